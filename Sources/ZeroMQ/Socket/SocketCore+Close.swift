// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

/// What became of the messages that waited to leave when a socket, or all of a context, was closed.
public struct CloseReport: Sendable, Hashable {
    /// Messages that the system took for their peers before the end.
    public var flushed = 0
    /// Messages that were discarded because the time was up or nobody was there.
    public var lost = 0

    /// A report of nothing.
    public init() {}

    static func + (left: CloseReport, right: CloseReport) -> CloseReport {
        var sum = left
        sum.flushed += right.flushed
        sum.lost += right.lost
        return sum
    }
}

extension SocketCore {
    struct Remains: Sendable {
        var receivers: [ReceiveWaiter<P.Incoming>] = []
        var senders: [SendWaiter] = []
        var watchers: [Readiness] = []
        var listeners: [Listener] = []
        var names: [String] = []
        var links: [any PeerLink] = []
        var pipes: [Pipe] = []
        var waiting = 0
    }

    /// Ends everything: calls that wait fail, listeners close, what was sent leaves for as long as `linger` says.
    ///
    /// Cancelling the task means to wait no longer.
    func close(linger: Duration?) async -> CloseReport {
        guard let remains = self.state.withLock({ $0.startClosing() }) else {
            await self.waitUntilClosed()
            return CloseReport()
        }
        for waiter in remains.receivers { waiter.continuation.resume(throwing: ZeroMQError.socketClosed) }
        for waiter in remains.senders { waiter.continuation.resume(throwing: ZeroMQError.socketClosed) }
        for watcher in remains.watchers { watcher.fire() }
        for name in remains.names { self.environment.names.unbind(name, self) }
        for pipe in remains.pipes { pipe.inbound.closeReading().deliver() }
        for link in remains.links { if linger == .zero { link.abort() } else { link.drain() } }
        for listener in remains.listeners { await listener.close(draining: false) }
        let timer = linger.map { limit in
            self.loop.scheduleTask(in: TimeAmount(limit)) { self.abortAll() }
        }
        await withTaskCancellationHandler {
            await self.waitUntilEmpty()
        } onCancel: {
            self.abortAll()
        }
        timer?.cancel()
        return self.finishClosing(waiting: remains.waiting)
    }

    private func finishClosing(waiting: Int) -> CloseReport {
        let (lost, closers) = self.state.withLock { state in
            state.phase = .closed
            defer { state.closers = [] }
            return (state.lost, state.closers)
        }
        self.events.finish()
        self.environment.onClosed()
        for closer in closers { closer.resume() }
        var report = CloseReport()
        report.lost = lost
        report.flushed = max(0, waiting - lost)
        return report
    }

    private func abortAll() {
        let links = self.state.withLock { state in
            (0..<state.slots.count).compactMap { state.slots[$0].link }
        }
        for link in links { link.abort() }
    }

    private func waitUntilEmpty() async {
        await Wakeup.suspend { continuation in
            let isEmpty = self.state.withLock { state in
                guard state.slots.occupied > 0 else { return true }
                state.closers.append(continuation)
                return false
            }
            if isEmpty { continuation.resume() } else if Task.isCancelled { self.abortAll() }
        }
    }

    private func waitUntilClosed() async {
        await Wakeup.suspend { continuation in
            let isClosed = self.state.withLock { state in
                if case .closed = state.phase { return true }
                state.closers.append(continuation)
                return false
            }
            if isClosed { continuation.resume() }
        }
    }
}

extension SocketCore.State {
    /// Nil if somebody else has begun.
    fileprivate mutating func startClosing() -> SocketCore.Remains? {
        guard case .open = self.phase else { return nil }
        self.phase = .closing
        self.lost = 0
        var remains = SocketCore.Remains()
        remains.receivers = Array(self.receivers)
        remains.senders = Array(self.senders)
        remains.watchers = self.readers + self.writers
        self.receivers.removeAll()
        self.senders.removeAll()
        self.readers = []
        self.writers = []
        let endpoints = self.endpoints.removeAll()
        remains.listeners = endpoints.listeners
        remains.names = endpoints.names
        // Diallers without a pipe have no slot; those with one are named twice, which does no harm.
        remains.links = endpoints.dialled.map(\.link)
        for index in 0..<self.slots.count {
            guard let pipe = self.slots[index].pipe else { continue }
            remains.pipes.append(pipe)
            remains.waiting += self.slots[index].outgoing.count
            if let link = self.slots[index].link {
                remains.links.append(link)
            } else {
                // The peer had left, only its messages were still here.
                self.forget(index)
            }
        }
        return remains
    }
}
