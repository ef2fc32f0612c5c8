// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// Keeps an event loop awake for a moment after its tasks had work, if work has been coming in quick succession.
///
/// To wake a sleeping core takes tens of microseconds, several times what a message takes to be handled; two peers
/// that answer each other spend most of their time so (benchmark rows latency and echo with `--on-loop`). A loop with
/// a timer that is due polls the system instead of sleeping.
///
/// Where others want the core there is no such thing to be gained, and a thread that always runs is scheduled worse
/// than one that sleeps. They get the core at each turn, and if they take it there is no waiting for some time.
///
/// Isolation: the event loop.
final class BusyWait: NIOScheduledCallbackHandler, @unchecked Sendable {
    // @unchecked: touched on the event loop only.
    private let limit: TimeAmount
    private var lastWork = NIODeadline.uptimeNanoseconds(0)
    private var isPolling = false
    /// Until when the core is taken to be wanted by others.
    private var sharedUntil = NIODeadline.uptimeNanoseconds(0)

    /// To offer the core takes less than this if nobody takes it.
    private static let unanswered = TimeAmount.microseconds(5)
    private static let restraint = TimeAmount.milliseconds(50)

    init(_ limit: Duration) {
        self.limit = TimeAmount(limit)
    }

    /// There is work.
    func noteWork(on loop: any EventLoop) {
        let now = NIODeadline.now()
        let gap = now - self.lastWork
        self.lastWork = now
        if !self.isPolling, gap < self.limit, now > self.sharedUntil { self.poll(on: loop) }
    }

    private func poll(on loop: some EventLoop) {
        // Due at once, but not in this turn of the loop, which would never end. It fails only if the loop has ended.
        self.isPolling = (try? loop.scheduleCallback(at: .now() + .nanoseconds(1), handler: self)) != nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        self.isPolling = false
        let now = NIODeadline.now()
        guard now - self.lastWork < self.limit else { return }
        sched_yield()
        let end = NIODeadline.now()
        if end - now < Self.unanswered { self.poll(on: eventLoop) } else { self.sharedUntil = end + Self.restraint }
    }
}
