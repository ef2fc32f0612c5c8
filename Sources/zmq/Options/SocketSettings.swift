// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Everything that `--option` can set: the library's options, and the time limits that are a matter of each call here.
struct SocketSettings: Sendable {
    /// What the socket is made with, but for reconnecting.
    var options = SocketOptions()
    /// The first wait before reconnecting; an inner nil means never, an outer one the default.
    var reconnectInterval: Duration??
    /// Up to where that wait grows; nil means the default.
    var reconnectMaximum: Duration?
    /// What to subscribe to, and what not any more (`subscribe`, `unsubscribe`).
    var subscriptions: [Subscription] = []
    /// How long one send may take (`sndtimeo`); nil means for ever.
    var sendTimeout: Duration?
    /// How long one receive may take (`rcvtimeo`); nil means for ever.
    var receiveTimeout: Duration?

    /// What the socket is made with.
    var socketOptions: SocketOptions {
        var options = options
        if case .some(nil) = reconnectInterval {
            options.reconnect = nil
        } else if var policy = options.reconnect {
            if case .some(let interval?) = reconnectInterval { policy.initialDelay = interval }
            if let reconnectMaximum { policy.maxDelay = reconnectMaximum }
            options.reconnect = policy
        }
        return options
    }
}
