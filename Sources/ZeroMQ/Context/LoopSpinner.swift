// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

final class LoopSpinner: NIOScheduledCallbackHandler, @unchecked Sendable {
    private let loop: any EventLoop
    private var last = NIODeadline.uptimeNanoseconds(0)
    private var isScheduled = false
    static let time = TimeAmount.microseconds(
        Int64(unsafe getenv("SPIN").flatMap { unsafe Int(String(cString: $0)) } ?? 0))
    static let workerTime = TimeAmount.microseconds(
        Int64(unsafe getenv("SPINW").flatMap { unsafe Int(String(cString: $0)) } ?? 0))

    init(_ loop: any EventLoop) { self.loop = loop }

    func active() {
        guard Self.time > .zero else { return }
        let now = NIODeadline.now()
        let gap = now - self.last
        self.last = now
        _ = gap
        if !self.isScheduled { self.schedule(now) }
    }

    private func schedule(_ now: NIODeadline) {
        self.isScheduled = true
        _ = try? self.loop.scheduleCallback(at: now + .nanoseconds(1), handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        let now = NIODeadline.now()
        self.isScheduled = false
        if now - self.last < Self.time {
            sched_yield()
            self.schedule(.now())
        }
    }
}

extension SocketCore {
    func poll() throws(ZeroMQError) -> P.Incoming? {
        guard LoopSpinner.workerTime > .zero, !self.loop.inEventLoop else { return nil }
        let end = NIODeadline.now() + LoopSpinner.workerTime
        repeat {
            if self.state.withLock({ $0.pattern.canReceive }), let incoming = try self.tryReceive() { return incoming }
            sched_yield()
        } while NIODeadline.now() < end
        return nil
    }
}
