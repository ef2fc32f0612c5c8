// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, Connection Heartbeating")
struct HeartbeatTests {
    /// A connection that is ready, and a clock that moves when told. Times are milliseconds since it became ready.
    struct Stage: ~Copyable {
        var subject: Subject
        var isReading = true
        var isWriting = false

        init(_ interval: Int?, timeout: Int? = nil, timeToLive: Int = 0) {
            var configuration = ConnectionConfiguration(socketType: .dealer)
            configuration.heartbeat = HeartbeatSettings(
                interval: interval.map { .milliseconds($0) }, timeout: timeout.map { .milliseconds($0) },
                timeToLive: .milliseconds(timeToLive))
            self.subject = Subject(configuration)
            self.subject.feed(Wire.handshake("DEALER"))
            _ = self.subject.drainOutput()
            if self.subject.connection.wantsTick { _ = self.tick(0) }
        }

        static func instant(_ time: Int) -> NIODeadline {
            .uptimeNanoseconds(1_000_000_000) + .milliseconds(Int64(time))
        }

        /// When to tick again, or nil; -1 for giving up.
        mutating func tick(_ time: Int) -> Int? {
            let verdict = self.subject.connection.tick(
                at: Self.instant(time), isReading: self.isReading, isWriting: self.isWriting)
            switch verdict {
            case .giveUp: return -1
            case .tickAgain(let next): return next.map { Int(($0 - Self.instant(0)).nanoseconds / 1_000_000) }
            }
        }

        /// Feeds octets at a time, and ticks if that is wanted.
        mutating func hear(_ bytes: [UInt8], at time: Int) {
            self.subject.feed(bytes)
            if self.subject.connection.wantsTick { _ = self.tick(time) }
        }

        /// Takes what goes out.
        mutating func output() -> [UInt8] {
            self.subject.takeOutput()
            return self.subject.drainOutput()
        }
    }

    static func ping(_ number: UInt8, timeToLive: [UInt8] = [0, 0]) -> [UInt8] {
        Wire.command("PING", timeToLive + [0, 0, 0, number])
    }

    static func pong(_ number: UInt8) -> [UInt8] { Wire.command("PONG", [0, 0, 0, number]) }

    // MARK: Our own

    @Test("without an interval, and while the peer asks for nothing, nobody needs to know the time")
    func off() {
        var stage = Stage(nil, timeout: 10, timeToLive: 1000)
        #expect(stage.subject.connection.wantsTick == false)
        stage.hear(Wire.message("x") + Wire.command("PING", [0, 0]) + Wire.command("PONG"), at: 5)
        #expect(stage.subject.connection.wantsTick == false)
        #expect(stage.tick(1_000_000) == nil)
        #expect(stage.output() == Wire.command("PONG"))
    }

    @Test("the first PING leaves one interval after the connection is ready, then one each interval")
    func intervals() {
        var stage = Stage(100, timeToLive: 350)
        #expect(stage.tick(1) == 100)
        #expect(stage.tick(99) == 100)
        #expect(stage.output() == [])
        for number in 1...5 {
            #expect(stage.tick(number * 100) == (number + 1) * 100)
            #expect(stage.output() == Self.ping(UInt8(number), timeToLive: [0, 3]))
            stage.hear(Self.pong(UInt8(number)), at: number * 100 + 1)
        }
    }

    @Test("a peer that is silent for the timeout after a PING is given up, and not before")
    func givesUp() {
        var stage = Stage(100, timeout: 30)
        #expect(stage.tick(100) == 130)
        #expect(stage.tick(129) == 130)
        #expect(stage.tick(130) == -1)
    }

    @Test("by default the timeout is the interval")
    func defaultTimeout() {
        var stage = Stage(100)
        #expect(stage.tick(100) == 200)
        #expect(stage.tick(200) == -1)
    }

    @Test("a timeout beyond the interval counts from the first PING of the silence")
    func longTimeout() {
        var stage = Stage(100, timeout: 250)
        #expect(stage.tick(100) == 200)
        #expect(stage.tick(200) == 300)
        #expect(stage.tick(300) == 350)
        #expect(stage.tick(350) == -1)
    }

    @Test(
        "anything that comes is a sign of life, even a part of a message",
        arguments: [
            Wire.message("x"), Wire.short(1, [1]), [0], Wire.command("PING", [0, 0]), Wire.command("ANY"),
            Wire.command("PONG"),
        ])
    func life(bytes: [UInt8]) {
        var stage = Stage(100, timeout: 150)
        #expect(stage.tick(100) == 200)
        stage.hear(bytes, at: 160)
        // Silent since 160; the limit begins anew with the PING at 200.
        #expect(stage.tick(200) == 300)
        #expect(stage.tick(300) == 350)
        #expect(stage.tick(350) == -1)
    }

    @Test("a timeout of zero never gives up, and leaves only few PINGs unanswered")
    func neverGivesUp() {
        var stage = Stage(100, timeout: 0)
        for number in 1...50 { #expect(stage.tick(number * 100) == (number + 1) * 100, "\(number)") }
        #expect(stage.output() == Self.ping(1))
        stage.hear(Self.pong(1), at: 5050)
        #expect(stage.tick(5100) == 5200)
        #expect(stage.output() == Self.ping(2))
        for time in 52...99 {
            #expect(stage.tick(time * 100) == time * 100 + 100)
            stage.hear(Wire.message("no PONG"), at: time * 100 + 1)
            _ = time < 54 ? stage.output() : []
        }
        // Two have left since, and the last that was allowed is here.
        #expect(stage.output() == Self.ping(5))
    }

    @Test("a PING that cannot leave is followed by no other, and its limit moves while octets before it leave")
    func stuckBehindLargeMessage() {
        var stage = Stage(100, timeout: 150)
        stage.isWriting = true
        for time in 1...20 { #expect(stage.tick(time * 100) ?? -1 > time * 100) }
        stage.isWriting = false
        #expect(stage.tick(2100) == 2150)
        #expect(stage.tick(2150) == -1)
        #expect(stage.output() == Self.ping(1))
    }

    @Test("once a PING has left, that octets leave is no sign of life")
    func writingIsNoLife() {
        var stage = Stage(100, timeout: 150)
        stage.isWriting = true
        _ = stage.tick(100)
        #expect(stage.output() == Self.ping(1))
        #expect(stage.tick(200) == 250)
        #expect(stage.output() == Self.ping(2))
        #expect(stage.tick(250) == -1)
    }

    @Test("less than a millisecond counts as one")
    func shortestInterval() {
        var configuration = ConnectionConfiguration(socketType: .dealer)
        configuration.heartbeat.interval = .nanoseconds(1)
        var subject = Subject(configuration)
        subject.feed(Wire.handshake("DEALER"))
        #expect(subject.connection.tick(at: Stage.instant(0)) == .tickAgain(Stage.instant(1)))
    }

    @Test(
        "the time to live travels in tenths of a second, rounded down",
        arguments: [(0, 0), (99, 0), (100, 1), (999, 9), (65_500, 655), (65_600, 656), (6_553_599, 65_535)])
    func timeToLive(milliseconds: Int, tenths: Int) {
        var stage = Stage(100, timeToLive: milliseconds)
        _ = stage.tick(100)
        #expect(stage.output() == Self.ping(1, timeToLive: [UInt8(tenths >> 8), UInt8(tenths & 0xFF)]))
    }

    @Test("before the peer is ready and after a violation there are no heartbeats")
    func onlyWhenReady() {
        var configuration = ConnectionConfiguration(socketType: .dealer)
        configuration.heartbeat.interval = .milliseconds(100)
        var subject = Subject(configuration)
        subject.feed(Wire.greeting())
        #expect(subject.connection.wantsTick == false)
        #expect(subject.connection.tick(at: Stage.instant(1000)) == .tickAgain(nil))
        subject.feed(Wire.ready("DEALER") + [0xFF])
        #expect(subject.trace.error != nil)
        #expect(subject.connection.tick(at: Stage.instant(2000)) == .tickAgain(nil))
    }

    // MARK: The peer's

    @Test("a PING with a time to live limits the silence of its sender, also without heartbeats of our own")
    func peersTimeToLive() {
        var stage = Stage(nil)
        stage.subject.feed(Wire.command("PING", [0, 3]))
        #expect(stage.subject.connection.wantsTick == true)
        #expect(stage.tick(1000) == 1300)
        #expect(stage.subject.connection.wantsTick == false)
        #expect(stage.tick(1299) == 1300)
        #expect(stage.tick(1300) == -1)
    }

    @Test("each PING sets the limit anew; other traffic, or a PING that asks for nothing, lifts it")
    func liftsLimit() {
        var stage = Stage(nil)
        stage.hear(Wire.command("PING", [0, 3]), at: 0)
        stage.hear(Wire.command("PING", [0, 3]), at: 200)
        #expect(stage.tick(300) == 500)
        stage.hear(Wire.message("x"), at: 400)
        #expect(stage.tick(500) == nil)
        stage.hear(Wire.command("PING", [0xFF, 0xFF]), at: 1000)
        #expect(stage.tick(1001) == 1000 + 6_553_500)
        stage.hear(Wire.command("PING", [0, 0]), at: 2000)
        #expect(stage.tick(2001) == nil)
    }

    @Test("the shorter of both sides' limits counts")
    func bothLimits() {
        var stage = Stage(1000, timeout: 500)
        #expect(stage.tick(1000) == 1500)
        stage.hear(Wire.command("PING", [0, 2]), at: 1100)
        #expect(stage.tick(1100) == 1300)
        #expect(stage.tick(1300) == -1)
    }

    // MARK: A side that does not listen

    @Test("a peer that is not listened to is not silent, and goes on being sent PINGs")
    func paused() {
        var stage = Stage(100, timeout: 30)
        stage.hear(Wire.command("PING", [0, 1]), at: 50)
        _ = stage.output()
        stage.isReading = false
        for number in 1...20 {
            #expect(stage.tick(number * 100) == number * 100 + 30)
            #expect(stage.output() == Self.ping(UInt8(number)))
            #expect(stage.tick(number * 100 + 30) == number * 100 + 100)
        }
        stage.isReading = true
        #expect(stage.tick(2100) == 2130)
        #expect(stage.tick(2130) == -1)
    }

    @Test("a pause that is over when the limit comes counts all the same")
    func pausedBetweenTicks() {
        var stage = Stage(100, timeout: 30)
        #expect(stage.tick(100) == 130)
        stage.subject.connection.excuseSilence()
        #expect(stage.tick(130) == 200)
    }

    // MARK: Round trips

    @Test("the time of a PING and its PONG is known")
    func roundTrip() {
        var stage = Stage(100, timeout: 1000)
        _ = stage.tick(100)
        #expect(stage.subject.connection.roundTripTime == nil)
        stage.hear(Self.pong(1), at: 107)
        #expect(stage.subject.connection.roundTripTime == .milliseconds(7))
        _ = stage.output()
        _ = stage.tick(200)
        stage.hear(Self.pong(2), at: 203)
        #expect(stage.subject.connection.roundTripTime == .milliseconds(3))
    }

    @Test(
        "a PONG counts only if it echoes what is waited for",
        arguments: [pong(2), Wire.command("PONG"), Wire.command("PONG", [1])])
    func wrongEcho(bytes: [UInt8]) {
        var stage = Stage(100, timeout: 1000)
        _ = stage.tick(100)
        stage.hear(bytes, at: 107)
        #expect(stage.subject.connection.roundTripTime == nil)
        stage.hear(Self.pong(1), at: 120)
        #expect(stage.subject.connection.roundTripTime == .milliseconds(20))
        // It came once.
        stage.hear(Self.pong(1), at: 150)
        #expect(stage.subject.connection.roundTripTime == .milliseconds(20))
    }

    @Test("a round trip longer than the interval is known too")
    func longRoundTrip() {
        var stage = Stage(100, timeout: 1000)
        for number in 1...3 {
            _ = stage.tick(number * 100)
            _ = stage.output()
        }
        stage.hear(Self.pong(1), at: 350)
        #expect(stage.subject.connection.roundTripTime == .milliseconds(250))
    }

    @Test("a PONG that waited while this side did not listen tells no time")
    func pausedRoundTrip() {
        var stage = Stage(100, timeout: 1000)
        _ = stage.tick(100)
        stage.subject.connection.excuseSilence()
        stage.hear(Self.pong(1), at: 5000)
        #expect(stage.subject.connection.roundTripTime == nil)
    }
}
