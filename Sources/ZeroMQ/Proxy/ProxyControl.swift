// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZMTP

/// The handle by which a proxy that runs is paused, ended and asked what it has passed. Twin of
/// `zmq_proxy_steerable`'s control socket.
///
/// ```swift
/// let control = ProxyControl()
/// async let passing: Void = Proxy(frontend: router, backend: dealer, control: control).run()
/// control.pause()       // messages now wait in the sockets, up to their marks
/// control.resume()
/// print(control.statistics.frontend.received.messages)
/// control.terminate()   // run() returns
/// try await passing
/// ```
///
/// From any task or thread. One control is for one proxy.
public final class ProxyControl: Sendable {
    private struct State: Sendable {
        var isPaused = false
        var isTerminated = false
        var statistics = ProxyStatistics()
        var waiting: [Readiness] = []

        var mayPass: Bool { !self.isPaused && !self.isTerminated }
    }

    private let state = Mutex(State())

    /// A control that lets messages pass.
    public init() {}

    /// Takes no more messages from either side: they wait in the sockets, up to the high-water marks. What a turn of the
    /// proxy has taken already, up to 256 messages a way, still passes.
    public func pause() { self.change { $0.isPaused = true } }

    /// Lets messages pass again.
    public func resume() { self.change { $0.isPaused = false } }

    /// Ends the proxy: ``Proxy/run()`` returns once it has passed on what it has taken. What then waits for room that
    /// somebody else took meanwhile, on the same socket, is lost.
    public func terminate() { self.change { $0.isTerminated = true } }

    /// Whether messages are held back.
    public var isPaused: Bool { self.state.withLock { $0.isPaused } }

    /// What has passed so far.
    public var statistics: ProxyStatistics { self.state.withLock { $0.statistics } }

    var mayPass: Bool { self.state.withLock { $0.mayPass } }

    private func change(_ change: (inout State) -> Void) {
        let waiting = self.state.withLock { state in
            change(&state)
            defer { state.waiting = [] }
            return state.waiting
        }
        for readiness in waiting { readiness.fire() }
    }

    /// Returns when messages may pass, at once if they may, or when the task is cancelled, as it is at the end.
    func waitUntilMayPass() async throws { try await self.wait { $0.mayPass } }

    /// Returns when the end is wanted, or the task is cancelled.
    func waitForEnd() async throws { try await self.wait { $0.isTerminated } }

    private func wait(until isSo: (State) -> Bool) async throws {
        while true {
            let readiness = Readiness()
            let isOver = self.state.withLock { state in
                if isSo(state) { return true }
                state.waiting.append(readiness)
                return false
            }
            if isOver { return }
            await readiness.wait()
            self.state.withLock { $0.waiting.removeAll { $0 === readiness } }
            try Task.checkCancellation()
        }
    }

    /// Counts messages that have gone from one side to the other.
    func count(_ traffic: ProxyStatistics.Traffic, from side: Proxy.Side) {
        self.state.withLock { state in
            switch side {
            case .frontend:
                state.statistics.frontend.received += traffic
                state.statistics.backend.sent += traffic
            case .backend:
                state.statistics.backend.received += traffic
                state.statistics.frontend.sent += traffic
            }
        }
    }
}

/// What a proxy has passed.
public struct ProxyStatistics: Sendable, Hashable {
    /// How much, addresses of a ROUTER counted as a part.
    public struct Traffic: Sendable, Hashable {
        /// Whole messages.
        public internal(set) var messages = 0
        /// Their parts, which is what libzmq counts.
        public internal(set) var parts = 0
        /// The octets in them.
        public internal(set) var bytes = 0

        static func += (left: inout Traffic, right: Traffic) {
            left.messages += right.messages
            left.parts += right.parts
            left.bytes += right.bytes
        }
    }

    /// What one of the sockets has received and sent.
    public struct Side: Sendable, Hashable {
        /// What was received from its peers.
        public internal(set) var received = Traffic()
        /// What was sent to its peers.
        public internal(set) var sent = Traffic()
    }

    /// The frontend.
    public internal(set) var frontend = Side()
    /// The backend.
    public internal(set) var backend = Side()

    /// Eight numbers of 64 bits, as libzmq tells them: received parts and octets, sent parts and octets of the frontend,
    /// then of the backend; in the byte order of this machine, as there.
    var message: Message {
        let numbers = [self.frontend.received, self.frontend.sent, self.backend.received, self.backend.sent]
            .flatMap { [$0.parts, $0.bytes] }
        return Message(
            parts: numbers.map { number in
                unsafe withUnsafeBytes(of: UInt64(truncatingIfNeeded: number)) { unsafe Message.Part(Array($0)) }
            })
    }
}

extension ProxyStatistics.Traffic {
    init(_ freight: borrowing Freight) {
        let size = freight.size
        self.init(messages: freight.count, parts: size.parts, bytes: size.bytes)
    }

    init(_ parcels: [Parcel]) {
        self.init()
        for parcel in parcels {
            self.messages += 1
            self.parts += parcel.message.count
            self.bytes += parcel.message.byteCount
            guard let envelope = parcel.envelope else { continue }
            self.parts += Int(envelope.partCount)
            self.bytes += envelope.byteCount
        }
    }
}
