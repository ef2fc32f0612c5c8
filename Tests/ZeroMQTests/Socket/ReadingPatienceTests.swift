// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZeroMQ

@Suite("How long a task looks at the network before it suspends")
struct ReadingPatienceTests {
    /// A time that passes only when a test says so.
    private final class Clock {
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var looks = 0

        /// Looks; each time others have the core for so long, and something comes at the look with this number.
        func wait(_ patience: ReadingPatience, offering time: TimeAmount = .microseconds(1), comes number: Int?) -> Bool
        {
            self.looks = 0
            return patience.wait(
                clock: { self.now }, offer: { self.now = self.now + time },
                until: {
                    self.looks += 1
                    return self.looks == number
                })
        }
    }

    /// After how many calls it is time to look again.
    private static func pause(_ patience: ReadingPatience, _ clock: Clock) -> Int {
        var calls = 0
        while !patience.isReady(at: clock.now), calls < 10_000 { calls += 1 }
        return calls
    }

    @Test("until something comes, at once, or until the time is up")
    func limit() {
        let (patience, clock) = (ReadingPatience(.microseconds(200)), Clock())
        #expect(clock.wait(patience, comes: 1) == true && clock.looks == 1)
        #expect(clock.wait(patience, comes: 150) == true && clock.looks == 150)
        #expect(clock.wait(patience, comes: nil) == false && clock.looks == 200)
        #expect(clock.wait(patience, offering: .microseconds(90), comes: 2) == true, "others may have the core")
    }

    @Test("never, if there is no time for it")
    func never() {
        let (patience, clock) = (ReadingPatience(.zero), Clock())
        #expect(clock.wait(patience, comes: 1) == false && clock.looks == 0)
        #expect(!patience.isReady(at: clock.now))
    }

    @Test("in vain: not for some calls, twice as many each time, until something comes")
    func vain() {
        let (patience, clock) = (ReadingPatience(.microseconds(200)), Clock())
        for pause in [1, 2, 4, 8, 16, 32, 64, 64] {
            #expect(clock.wait(patience, comes: nil) == false)
            #expect(Self.pause(patience, clock) == pause)
        }
        #expect(clock.wait(patience, comes: 3) == true)
        #expect(Self.pause(patience, clock) == 0)
        #expect(clock.wait(patience, comes: nil) == false)
        #expect(Self.pause(patience, clock) == 1)
        patience.rest()
        #expect(Self.pause(patience, clock) == ReadingPatience.uselessPause)
    }

    @Test("as long and as often as ever, if told to heed nobody")
    func heedless() {
        let (patience, clock) = (ReadingPatience(.microseconds(200), heedsOthers: false), Clock())
        for _ in 0..<10 {
            #expect(clock.wait(patience, comes: nil) == false && clock.looks == 200)
            #expect(clock.wait(patience, offering: .milliseconds(3), comes: 1) == true)
            patience.rest()
            #expect(patience.isReady(at: clock.now))
        }
    }

    @Test("not while others compute: for a while, longer if they still do after it")
    func taken() {
        let (patience, clock) = (ReadingPatience(.microseconds(200)), Clock())
        var rest = ReadingPatience.shortestRest
        for _ in 0..<8 {
            // Even if something has come meanwhile.
            #expect(clock.wait(patience, offering: .milliseconds(3), comes: 1) == true)
            #expect(!patience.isReady(at: clock.now + rest - .nanoseconds(1)))
            #expect(clock.wait(patience, comes: 1) == false && clock.looks == 0)
            clock.now = clock.now + rest
            #expect(patience.isReady(at: clock.now))
            rest = min(rest * 2, ReadingPatience.longestRest)
        }
        // Long after it they are taken to be others.
        clock.now = clock.now + ReadingPatience.longestRest + .nanoseconds(1)
        #expect(clock.wait(patience, offering: .milliseconds(3), comes: 1) == true)
        #expect(patience.isReady(at: clock.now + ReadingPatience.shortestRest))
        // And nobody looks on for the rest of the time.
        clock.now = clock.now + .seconds(60)
        #expect(clock.wait(patience, offering: ReadingPatience.taken, comes: nil) == false && clock.looks == 1)
    }
}
