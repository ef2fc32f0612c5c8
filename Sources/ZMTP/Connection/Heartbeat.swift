// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// Decides when to send PING and when a silent peer is dead (RFC 37, "Connection Heartbeating").
///
/// A value without a clock. What comes in is only noted; one who has a clock calls ``tick(at:_:)`` when the last tick
/// said so or ``wantsTick`` does, and nothing else depends on the time. So a message costs nothing here, and a
/// connection without heartbeats of either side never asks for the time.
///
/// **Duties**: a PING each interval, the limit of the silence after it, the limit that the peer sets to its own silence
/// with PING, the time that PING and PONG took.
///
/// **Odd cases**: Anything that comes is a sign of life, PONG or not. It also lifts the limit that the peer has set to
/// its silence, until its next PING, as RFC 37 words it and libzmq does. A peer that this side does not listen to,
/// because too much of it waits to be received, is not silent: its limits begin anew. PING goes on then, it is this
/// side's own sign of life. A PING that cannot leave is not followed by others, and its limit moves on while the octets
/// in front of it still leave. Few PINGs go unanswered; the limit of the silence stands all the same.
struct Heartbeat: Sendable {
    /// What the connection has to do.
    struct Tick: Sendable, Equatable {
        /// The context of a PING to send.
        var ping: UInt32?
        var verdict: HeartbeatVerdict
    }

    /// What a tick has to know of the connection.
    struct Circumstances: Sendable {
        /// This side takes what the peer sends.
        var isReading = true
        /// Octets have left since the last tick.
        var isWriting = false
        /// The last PING has not left.
        var pingWaits = false
    }

    /// How many PINGs go out without a PONG (RFC 37: "a small number").
    static let mostUnanswered = 4
    private static let shortestInterval = TimeAmount.milliseconds(1)

    private let interval: TimeAmount?
    private let timeout: TimeAmount?
    /// What PING carries.
    let timeToLive: UInt16

    /// Set with everything that comes.
    var hasHeard = false
    private(set) var wantsTick: Bool
    private var nextPing: NIODeadline?
    /// The silence after our PING ends here, or the connection does.
    private var ownLimit: NIODeadline?
    /// The silence after the peer's PING ends here, or the connection does.
    private var peerLimit: NIODeadline?
    private var asked: TimeAmount?

    private var number: UInt32 = 0
    private var unanswered = 0
    /// The PING that is waited for, to know how long it takes.
    private var timed: (context: UInt32, sentAt: NIODeadline)?
    private var echoed: UInt32?
    private(set) var roundTripTime: TimeAmount?

    /// The heartbeat of a connection that is ready.
    init(_ settings: HeartbeatSettings) {
        self.interval = settings.interval.map { max(TimeAmount($0), Self.shortestInterval) }
        let timeout = settings.timeout.map { TimeAmount($0) } ?? self.interval
        self.timeout = timeout.flatMap { $0.nanoseconds > 0 ? $0 : nil }
        self.timeToLive = settings.tenthsToLive
        self.wantsTick = self.interval != nil
    }

    /// A PING came with this time to live, in tenths of a second.
    mutating func pingCame(timeToLive: UInt16) {
        guard timeToLive > 0 else { return }
        self.asked = .milliseconds(Int64(timeToLive) * 100)
        self.wantsTick = true
    }

    /// A PONG came.
    mutating func pongCame(_ context: ByteBuffer) {
        self.unanswered = 0
        guard let timed, context.readableBytes == 4, context.getInteger(at: context.readerIndex) == timed.context
        else { return }
        self.echoed = timed.context
        self.wantsTick = true
    }

    /// This side did not listen: what the peer said meanwhile is not known yet.
    mutating func excuseSilence() {
        self.hasHeard = true
        self.unanswered = 0
        self.timed = nil
    }

    /// What is to be done now. Instants never go back.
    mutating func tick(at now: NIODeadline, _ circumstances: Circumstances) -> Tick {
        self.wantsTick = false
        if !circumstances.isReading { self.excuseSilence() }
        self.noteEcho(at: now)
        self.moveLimits(at: now, circumstances)
        if let limit = self.earliestLimit, limit <= now { return Tick(ping: nil, verdict: .giveUp) }
        let ping = self.nextPing(at: now, circumstances)
        let next = [self.nextPing, self.earliestLimit].compactMap { $0 }.min()
        return Tick(ping: ping, verdict: .tickAgain(next))
    }

    private var earliestLimit: NIODeadline? { [self.ownLimit, self.peerLimit].compactMap { $0 }.min() }

    private mutating func noteEcho(at now: NIODeadline) {
        guard let timed, self.echoed == timed.context else { return }
        self.roundTripTime = now - timed.sentAt
        self.timed = nil
        self.echoed = nil
    }

    private mutating func moveLimits(at now: NIODeadline, _ circumstances: Circumstances) {
        if self.hasHeard {
            self.hasHeard = false
            self.ownLimit = nil
            self.peerLimit = nil
        } else if let timeout, self.ownLimit != nil, circumstances.pingWaits, circumstances.isWriting {
            self.ownLimit = now + timeout
        }
        guard let asked else { return }
        self.asked = nil
        self.peerLimit = now + asked
    }

    private mutating func nextPing(at now: NIODeadline, _ circumstances: Circumstances) -> UInt32? {
        guard let interval else { return nil }
        guard let due = self.nextPing, due <= now else {
            if self.nextPing == nil { self.nextPing = now + interval }
            return nil
        }
        self.nextPing = now + interval
        if let timeout, self.ownLimit == nil { self.ownLimit = now + timeout }
        guard !circumstances.pingWaits, self.unanswered < Self.mostUnanswered else { return nil }
        self.unanswered += 1
        self.number &+= 1
        if self.timed == nil { self.timed = (self.number, now) }
        return self.number
    }
}
