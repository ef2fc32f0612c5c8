// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Everything that `--option` can set: the library's options, and the time limits that are a matter of each call here.
struct SocketSettings: Sendable {
    /// What the socket is made with, but for reconnecting.
    var options = SocketOptions()
    /// The first wait before reconnecting; an inner nil means never, an outer one the default.
    var reconnectInterval: Duration??
    /// Up to where that wait grows; nil means the default, zero that it does not grow.
    var reconnectMaximum: Duration?
    /// What to subscribe to, and what not any more (`subscribe`, `unsubscribe`).
    var subscriptions: [Subscription] = []
    /// What listens already, for the first endpoint that is bound (`use_fd`).
    var listeningDescriptor: CInt?
    /// The SOCKS proxy, and what it wants to hear.
    var socksAddress: String?
    var socksUsername: String?
    var socksPassword = ""
    /// What to call the peer of the first endpoint that is connected (`connect_routing_id`).
    var connectRoutingID: RoutingID?
    /// How long one send may take (`sndtimeo`); nil means for ever.
    var sendTimeout: Duration?
    /// How long one receive may take (`rcvtimeo`); nil means for ever.
    var receiveTimeout: Duration?

    /// What the socket is made with.
    var socketOptions: SocketOptions {
        var options = options
        options.reconnect = reconnectPolicy
        // Each of the three was checked when it was set.
        options.socksProxy = socksAddress.flatMap {
            try? SOCKSProxy($0, username: socksUsername, password: socksPassword)
        }
        return options
    }

    /// Waits as libzmq's once one of its options is given: the interval and up to as much more, or twice as long each
    /// time without chance up to the maximum. A maximum below the interval does not count.
    private var reconnectPolicy: ReconnectPolicy? {
        if case .some(nil) = reconnectInterval { return nil }
        guard reconnectInterval != nil || reconnectMaximum != nil else { return options.reconnect }
        let interval = reconnectInterval.flatMap { $0 } ?? .milliseconds(100)
        guard let maximum = reconnectMaximum, maximum >= interval else {
            return ReconnectPolicy(initialDelay: interval, maxDelay: interval, jitter: .added)
        }
        return ReconnectPolicy(initialDelay: interval, maxDelay: maximum, jitter: .none)
    }
}
