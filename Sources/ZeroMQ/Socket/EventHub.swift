// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Logging
import Synchronization

/// Hands a socket's events to everyone who listens. Isolation: its own lock.
final class EventHub: Sendable {
    /// A listener that does not keep up misses the oldest.
    static let bufferedEvents = 4096

    private struct State: Sendable {
        var listeners: [UInt64: AsyncStream<SocketEvent>.Continuation] = [:]
        var nextListener: UInt64 = 0
        var hasFinished = false
    }

    private let state = Mutex(State())
    private let logger: Logger?

    init(logger: Logger?) {
        self.logger = logger
    }

    func emit(_ event: @autoclosure () -> SocketEvent) {
        let listeners = self.state.withLock { $0.listeners.isEmpty ? [] : Array($0.listeners.values) }
        guard !listeners.isEmpty || self.logger != nil else { return }
        let event = event()
        self.logger?.debug("\(event)")
        for listener in listeners { listener.yield(event) }
    }

    func listen() -> AsyncStream<SocketEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: SocketEvent.self, bufferingPolicy: .bufferingNewest(Self.bufferedEvents))
        let number = self.state.withLock { state -> UInt64? in
            guard !state.hasFinished else { return nil }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners[number] = nil }
        }
        return stream
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

/// What happens at a socket's endpoints, from the moment the sequence was asked for; see ``Socket/events``.
///
/// Keeps up to 4096 events for a listener; of more, it loses the oldest. Ends when the socket is closed.
public struct SocketEvents: AsyncSequence, Sendable {
    private let stream: AsyncStream<SocketEvent>

    init(_ stream: AsyncStream<SocketEvent>) {
        self.stream = stream
    }

    /// Walks the events.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: self.stream.makeAsyncIterator())
    }

    /// Walks the events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncStream<SocketEvent>.AsyncIterator

        /// The next event; nil once the socket is closed.
        public mutating func next() async -> SocketEvent? {
            await self.next(isolation: #isolation)
        }

        /// The next event, for a caller on a certain actor; nil once the socket is closed.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> SocketEvent? {
            await self.base.next(isolation: actor)
        }
    }
}
