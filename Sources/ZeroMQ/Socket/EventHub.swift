// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Logging
import NIOCore
import Synchronization

/// Hands a socket's events to everyone who listens. Isolation: its own lock.
final class EventHub: Sendable {
    private struct State: Sendable {
        var listeners: [UInt64: EventListener] = [:]
        var nextListener: UInt64 = 0
        var hasFinished = false
    }

    private let state = Mutex(State())
    private let logger: Logger?

    init(logger: Logger?) {
        self.logger = logger
    }

    /// Tells of an event, which is made only if somebody wants to know.
    func emit(_ event: @autoclosure () -> SocketEvent) {
        let listeners = self.state.withLock { $0.listeners.isEmpty ? [] : Array($0.listeners.values) }
        let isLogged = self.logger.map { $0.logLevel <= .debug } ?? false
        guard !listeners.isEmpty || isLogged else { return }
        let event = event()
        if isLogged { self.logger?.debug("\(event)") }
        for listener in listeners { listener.add(event) }
    }

    /// Lets those look again who wait for something of which no event tells.
    func poke() {
        for listener in self.state.withLock({ Array($0.listeners.values) }) { listener.poke() }
    }

    func listen() -> EventSubscription {
        let listener = EventListener()
        let number = self.state.withLock { state -> UInt64? in
            guard !state.hasFinished else { return nil }
            state.nextListener += 1
            state.listeners[state.nextListener] = listener
            return state.nextListener
        }
        guard let number else {
            listener.finish()
            return EventSubscription(listener) {}
        }
        return EventSubscription(listener) { self.state.withLock { $0.listeners[number] = nil } }
    }

    /// Nothing more will happen.
    func finish() {
        let listeners = self.state.withLock { state in
            state.hasFinished = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}

/// The events of one listener, and whoever waits for the next. Isolation: its own lock.
final class EventListener: Sendable {
    private struct State: Sendable {
        var buffer = EventBuffer(limit: SocketEvents.capacity)
        var waiters: [(number: UInt64, wakeup: Wakeup)] = []
        var nextWaiter: UInt64 = 0
        var watcher: Readiness?
        var hasFinished = false
    }

    private let state = Mutex(State())

    /// Fires the watcher at the next event, or when looking again is worth while; at once if an event is there.
    func watch(_ readiness: Readiness) {
        let isDue = self.state.withLock { state in
            state.watcher = readiness
            return state.hasFinished || !state.buffer.isEmpty
        }
        if isDue { readiness.fire() }
    }

    /// Something has changed of which no event tells.
    func poke() {
        self.wake { _ in }
    }

    /// The next event, if there is one.
    func take() -> SocketEvent? { self.state.withLock { $0.buffer.take() } }

    var hasFinished: Bool { self.state.withLock { $0.hasFinished } }

    func add(_ event: SocketEvent) {
        self.wake { $0.buffer.add(event) }
    }

    func finish() {
        self.wake { $0.hasFinished = true }
    }

    private func wake(_ change: (inout State) -> Void) {
        let (waiters, watcher) = self.state.withLock { state in
            change(&state)
            defer {
                state.waiters = []
                state.watcher = nil
            }
            return (state.waiters, state.watcher)
        }
        for waiter in waiters { waiter.wakeup.resume() }
        watcher?.fire()
    }

    /// The next event; nil at the end, or when the task is cancelled.
    func next() async -> SocketEvent? {
        while !Task.isCancelled {
            let (event, hasFinished) = self.state.withLock { ($0.buffer.take(), $0.hasFinished) }
            if let event { return event }
            if hasFinished { return nil }
            await self.wait()
        }
        return nil
    }

    private func wait() async {
        let number = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await Wakeup.suspend { wakeup in
                let mustWait = self.state.withLock { state in
                    guard !state.hasFinished, state.buffer.isEmpty else { return false }
                    state.waiters.append((number, wakeup))
                    return true
                }
                if !mustWait { wakeup.resume() } else if Task.isCancelled { self.cancel(number) }
            }
        } onCancel: {
            self.cancel(number)
        }
    }

    private func cancel(_ number: UInt64) {
        let waiter = self.state.withLock { state -> Wakeup? in
            guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiters.remove(at: index).wakeup
        }
        waiter?.resume()
    }
}

/// Listens as long as somebody holds it.
final class EventSubscription: Sendable {
    let listener: EventListener
    private let onEnd: @Sendable () -> Void

    init(_ listener: EventListener, onEnd: @escaping @Sendable () -> Void) {
        self.listener = listener
        self.onEnd = onEnd
    }

    deinit { self.onEnd() }
}

/// What happens at a socket's endpoints, from the moment the sequence was asked for; see ``Socket/events``.
///
/// Keeps up to ``capacity`` events for a listener; of those that are beyond it, one event tells their number,
/// ``SocketEvent/missed(_:)``. The end of what has begun is never missing. The sequence ends when the socket is closed
/// (`ZMQ_EVENT_MONITOR_STOPPED`), or for a task when it is cancelled.
public struct SocketEvents: AsyncSequence, Sendable {
    /// How many events wait for a listener that does not keep up.
    public static let capacity = 4096

    private let subscription: EventSubscription

    init(_ subscription: EventSubscription) {
        self.subscription = subscription
    }

    /// Walks the events. Several iterators share them.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(subscription: self.subscription)
    }

    /// Walks the events.
    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        let subscription: EventSubscription

        /// The next event; nil once the socket is closed.
        public mutating func next() async -> SocketEvent? {
            await self.subscription.listener.next()
        }

        /// The next event, for a caller on a certain actor; nil once the socket is closed.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> SocketEvent? {
            await self.subscription.listener.next()
        }
    }
}
