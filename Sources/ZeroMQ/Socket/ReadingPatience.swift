// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore
import Synchronization

/// When a task that receives looks at the network itself, and for how long, before it suspends.
///
/// What was looked for in vain is not looked for again for some calls, twice as many each time. Others may have the core
/// between any two looks. That peers have it, who then answer, is what is waited for; but who computes all the time keeps
/// it for milliseconds, and a thread that offers its core is scheduled behind such ones, where one that slept would come
/// first (echo beside two programs that compute, on two cores: a seventh). Then nobody looks for a while, longer each time.
///
/// Isolation: any thread. That two calls may count for one does no harm.
package final class ReadingPatience: Sendable {
    /// How many calls suspend at once before one looks again.
    private let pause = Atomic<Int>(0)
    private let nextPause = Atomic<Int>(1)
    /// Until when others want the core, and how long they were taken to the last time, in nanoseconds.
    private let restEnd = Atomic<UInt64>(0)
    private let restraint = Atomic<Int64>(ReadingPatience.shortestRest.nanoseconds)
    private let limit: TimeAmount
    private let heedsOthers: Bool

    package static let longestPause = 64
    package static let uselessPause = 16
    /// Peers answer sooner.
    package static let taken = TimeAmount.microseconds(500)
    package static let shortestRest = TimeAmount.milliseconds(50)
    package static let longestRest = TimeAmount.seconds(2)

    /// - Parameters:
    ///   - limit: How long to look; nothing is never.
    ///   - heedsOthers: Whether to look less where it is in vain or others want the core.
    package init(_ limit: TimeAmount, heedsOthers: Bool = true) {
        self.limit = limit
        self.heedsOthers = heedsOthers
    }

    /// Whether it is time to look again; asked where a call suspends that would not have to.
    package func isReady(at now: NIODeadline) -> Bool {
        let pause = self.pause.load(ordering: .relaxed)
        guard pause == 0 else {
            self.pause.store(pause - 1, ordering: .relaxed)
            return false
        }
        return self.limit > .zero && now.uptimeNanoseconds >= self.restEnd.load(ordering: .relaxed)
    }

    /// It was of no use to look: the next calls suspend.
    package func rest() { if self.heedsOthers { self.pause.store(Self.uselessPause, ordering: .relaxed) } }

    /// Looks until something has come, for as long as that is worth it.
    ///
    /// - Parameters:
    ///   - clock: Tells the time.
    ///   - offer: Lets others have the core.
    ///   - look: Whether something has come.
    /// - Returns: Whether it has.
    package func wait(clock: () -> NIODeadline, offer: () -> Void, until look: () -> Bool) -> Bool {
        let begin = clock()
        guard self.limit > .zero, begin.uptimeNanoseconds >= self.restEnd.load(ordering: .relaxed) else { return false }
        var last = begin
        while true {
            offer()
            let now = clock()
            let isTaken = self.heedsOthers && now - last >= Self.taken
            if isTaken { self.rest(at: now) }
            if look() {
                self.nextPause.store(1, ordering: .relaxed)
                return true
            }
            guard !isTaken, now - begin < self.limit else { break }
            last = now
        }
        guard self.heedsOthers else { return false }
        let next = self.nextPause.load(ordering: .relaxed)
        self.pause.store(next, ordering: .relaxed)
        self.nextPause.store(min(2 * next, Self.longestPause), ordering: .relaxed)
        return false
    }

    /// Others want the core: for long, if it is not long since they did.
    private func rest(at now: NIODeadline) {
        let last = self.restraint.load(ordering: .relaxed)
        let isAgain = now.uptimeNanoseconds < self.restEnd.load(ordering: .relaxed) &+ UInt64(last)
        let next = isAgain ? min(2 * last, Self.longestRest.nanoseconds) : Self.shortestRest.nanoseconds
        self.restraint.store(next, ordering: .relaxed)
        self.restEnd.store(now.uptimeNanoseconds &+ UInt64(next), ordering: .relaxed)
    }
}
