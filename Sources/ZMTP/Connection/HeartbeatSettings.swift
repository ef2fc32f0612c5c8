// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import struct NIOCore.TimeAmount

/// How a side of a connection finds out whether the other one still lives (RFC 37, "Connection Heartbeating").
public struct HeartbeatSettings: Sendable, Hashable {
    /// The time between two PINGs; `nil`, the default, sends none. Less than a millisecond counts as one.
    ///
    /// Twin of `ZMQ_HEARTBEAT_IVL`.
    public var interval: Duration?

    /// How long the peer may be silent after a PING; `nil`, the default, is as long as the interval, and zero for ever.
    ///
    /// Twin of `ZMQ_HEARTBEAT_TIMEOUT`.
    public var timeout: Duration?

    /// How long this side may be silent after a PING before the peer shall drop the connection; zero, the default, asks
    /// for nothing.
    ///
    /// Travels in tenths of a second, rounded down, at most 6,553.5 s. Twin of `ZMQ_HEARTBEAT_TTL`.
    public var timeToLive: Duration

    /// Settings; without an interval the others mean nothing.
    public init(interval: Duration? = nil, timeout: Duration? = nil, timeToLive: Duration = .zero) {
        self.interval = interval
        self.timeout = timeout
        self.timeToLive = timeToLive
    }
}

extension HeartbeatSettings {
    /// As PING carries it, in tenths of a second.
    var tenthsToLive: UInt16 {
        UInt16(clamping: max(0, TimeAmount(self.timeToLive).nanoseconds / 100_000_000))
    }
}
