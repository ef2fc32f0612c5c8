// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

extension SocketCore {
    struct Remains: Sendable {
        var receivers: [ReceiveWaiter<P.Incoming>] = []
        var senders: [SendWaiter] = []
        var watchers: [Readiness] = []
        var listeners: [Listener] = []
        var names: [String] = []
        var links: [any PeerLink] = []
        var signals = SignalList()
    }

    /// Ends everything: calls that wait fail, listeners close, what was sent leaves for as long as `linger` says.
    ///
    /// Cancelling the task means to wait no longer.
    func close(linger: Duration?) async -> CloseReport {
        self.startClosing(linger: linger)
        await withTaskCancellationHandler {
            await Wakeup.suspend { wakeup in
                let isClosed = self.state.withLock { state in
                    if case .closed = state.phase { return true }
                    state.closers.append(wakeup)
                    return false
                }
                if isClosed { wakeup.resume() } else if Task.isCancelled { self.abortAll() }
            }
        } onCancel: {
            self.abortAll()
        }
        return self.state.withLock { $0.closing.report }
    }

    /// Closes without anybody waiting for it: the program has let go of the socket.
    func closeInBackground() {
        self.startClosing(linger: self.options.linger)
    }

    private func startClosing(linger: Duration?) {
        // A suspended socket makes no connections any more.
        let linger = self.state.withLock { $0.isSuspended } ? .zero : linger
        guard let remains = self.state.withLock({ $0.startClosing() }) else { return self.abort(after: linger) }
        defer { self.endErrand() }
        for waiter in remains.receivers { waiter.continuation.resume(throwing: ZeroMQError.socketClosed) }
        for waiter in remains.senders { waiter.continuation.resume(throwing: ZeroMQError.socketClosed) }
        for watcher in remains.watchers { watcher.fire() }
        for name in remains.names { self.environment.names.unbind(name, self) }
        remains.signals.deliver()
        for listener in remains.listeners {
            listener.close(draining: false).whenComplete { _ in
                self.state.withLock { $0.openListeners -= 1 }
                self.finishIfClosed()
            }
        }
        for link in remains.links { if linger == .zero { link.abort() } else { link.drain() } }
        self.abort(after: linger)
    }

    /// Bounds the closing; a later and shorter limit counts as well.
    private func abort(after linger: Duration?) {
        guard let linger else { return }
        if linger == .zero { return self.abortAll() }
        // Holds the socket no longer than it takes to close.
        _ = self.startTimer(in: TimeAmount(linger)) { [weak self] in self?.abortAll() }
    }

    /// Ends the closing once the last peer and the last listener are gone, and nothing is under way.
    func finishIfClosed() {
        let closers = self.state.withLock { $0.finishClosing() }
        guard let closers else { return }
        self.events.finish()
        self.environment.onClosed()
        for closer in closers { closer.resume() }
    }

    private func abortAll() {
        guard self.beginErrand() else { return }
        defer { self.endErrand() }
        let links = self.state.withLock { state in
            (0..<state.slots.count).compactMap { state.slots[$0].link }
        }
        for link in links { link.abort() }
    }
}

extension SocketCore.State {
    /// Nil if somebody else has begun. To close is an errand of its own.
    fileprivate mutating func startClosing() -> SocketCore.Remains? {
        guard case .open = self.phase else { return nil }
        self.phase = .closing
        self.openErrands += 1
        self.closing.begin(self.traffic, written: self.written, unsentInproc: self.unsentInproc)
        var remains = SocketCore.Remains()
        remains.receivers = Array(self.receivers)
        remains.senders = Array(self.senders)
        remains.watchers = self.readers + self.writers + self.others + self.observers
        self.receivers.removeAll()
        self.senders.removeAll()
        self.readers = []
        self.writers = []
        self.others = []
        self.observers = []
        let endpoints = self.endpoints.removeAll()
        remains.listeners = endpoints.listeners
        self.openListeners = endpoints.listeners.count
        remains.names = endpoints.names
        // Diallers without a pipe have no slot; those with one are named twice, which does no harm.
        remains.links = endpoints.dialled.map(\.link)
        for index in 0..<self.slots.count {
            guard let pipe = self.slots[index].pipe else { continue }
            self.slots[index].discardLocal(.unread)
            self.slots[index].unknownBefore = self.slots[index].outgoing.unknown
            remains.signals.add(pipe.inbound.closeReading())
            if let link = self.slots[index].link {
                remains.links.append(link)
            } else {
                // The peer had left, only its messages were still here.
                self.forget(index)
            }
        }
        return remains
    }

    /// Who waits for the end, if it has come; nil before and after.
    fileprivate mutating func finishClosing() -> [Wakeup]? {
        guard case .closing = self.phase, self.slots.occupied == 0, self.openListeners == 0, self.openConnections == 0,
            self.openErrands == 0
        else { return nil }
        self.phase = .closed
        self.closing.finish(self.past, written: self.pastWritten)
        defer { self.closers = [] }
        return self.closers
    }
}
