// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import NIOPosix
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// How long a call that would suspend looks whether it need not, which is mostly so while two ends keep each other busy.
///
/// To suspend a task and to wake a thread for it takes tens of microseconds on either side, in which a hundred messages
/// could be handled (benchmark rows PUSH/PULL inproc: 17 to 24 million messages a second). What was waited for in vain
/// is not waited for again for a while, twice as long each time; nor is it where others want the core. Never on an event
/// loop, and only for sockets of this process: between processes it takes the core from those who could do the work
/// (echo over tcp on two cores: half).
///
/// Isolation: any thread. That two calls may count for one does no harm.
final class Patience: Sendable {
    /// How many calls suspend at once before one looks again.
    private let pause = Atomic<Int>(0)
    private let nextPause = Atomic<Int>(1)
    private let limit: TimeAmount

    private static let longestPause = 256
    /// To offer the core takes less than this if nobody takes it.
    private static let unanswered = TimeAmount.microseconds(5)

    init(_ limit: TimeAmount) {
        self.limit = limit
    }

    /// Lets messages gather: see ``Gathering``. On an event loop others would wait as well.
    func wait(for nanoseconds: Int) {
        guard nanoseconds > 0, self.limit > .zero, MultiThreadedEventLoopGroup.currentEventLoop == nil else { return }
        let end = NIODeadline.now() + .nanoseconds(Int64(nanoseconds))
        while NIODeadline.now() < end {}
    }

    /// Whether the condition came true within the time.
    func wait(until condition: () -> Bool) -> Bool {
        let pause = self.pause.load(ordering: .relaxed)
        guard pause == 0 else {
            self.pause.store(pause - 1, ordering: .relaxed)
            return false
        }
        guard self.limit > .zero, MultiThreadedEventLoopGroup.currentEventLoop == nil else { return false }
        let begin = NIODeadline.now()
        var last = begin
        while true {
            sched_yield()
            if condition() {
                self.nextPause.store(1, ordering: .relaxed)
                return true
            }
            let now = NIODeadline.now()
            guard now - last < Self.unanswered, now - begin < self.limit else { break }
            last = now
        }
        let next = self.nextPause.load(ordering: .relaxed)
        self.pause.store(next, ordering: .relaxed)
        self.nextPause.store(min(2 * next, Self.longestPause), ordering: .relaxed)
        return false
    }
}
