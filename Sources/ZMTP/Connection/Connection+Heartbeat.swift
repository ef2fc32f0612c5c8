// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import NIOCore

/// What comes of a look at the clock; see ``Connection/tick(at:isReading:isWriting:)``.
public enum HeartbeatVerdict: Sendable, Hashable {
    /// The peer lives, as far as can be told. Tick again at this instant; if `nil`, once ``Connection/wantsTick`` says
    /// so.
    case tickAgain(NIODeadline?)
    /// The peer has been silent for too long: close the connection.
    case giveUp
}

extension Connection {
    /// Something has come since the last tick, or the connection has become ready, and the time of it matters: tick.
    ///
    /// Stays false where neither side uses heartbeats.
    public var wantsTick: Bool { self.heartbeat.wantsTick }

    /// How long the last PING took to the peer and back; `nil` before the first PONG. A peer that does not echo what
    /// PING carries, as libzmq before 4.3, leaves it so.
    public var roundTripTime: TimeAmount? { self.heartbeat.roundTripTime }

    /// Looks at the clock: queues a PING that is due, and says whether the peer is to be given up.
    ///
    /// Call it when ``wantsTick`` is true and at the instant that the last tick named; calling it earlier does no harm.
    /// Afterwards send what ``takeOutput()`` gives, if the transport can.
    ///
    /// - Parameters:
    ///   - now: The present instant; never before that of the last tick.
    ///   - isReading: Whether this side takes what the peer sends. A peer that is not listened to is not silent.
    ///   - isWriting: Whether the transport, which had not taken all that was sent, has taken more since the last tick:
    ///     a PING may stand behind a large message that is still on its way.
    /// - Returns: What to do. A connection that is not ready yet, or is over, needs nothing.
    public mutating func tick(
        at now: NIODeadline,
        isReading: Bool = true,
        isWriting: Bool = false
    ) -> HeartbeatVerdict {
        guard case .ready = self.phase.stage else { return .tickAgain(nil) }
        let circumstances = Heartbeat.Circumstances(
            isReading: isReading, isWriting: isWriting, pingWaits: self.pingWaits)
        let tick = self.heartbeat.tick(at: now, circumstances)
        if let ping = tick.ping {
            self.pingWaits = true
            Command.ping(timeToLive: self.heartbeat.timeToLive, context: ByteBuffer(integer: ping))
                .write(into: &self.output)
        }
        return tick.verdict
    }

    /// This side listens again, after a time in which it did not.
    public mutating func excuseSilence() { self.heartbeat.excuseSilence() }
}
