// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import ZMTP

/// Passes messages between two sockets, both ways, and a copy of each to a third. Twin of `zmq_proxy`.
///
/// Usual pairs are ROUTER and DEALER, PULL and PUSH. Takes a message from one side only when the other has room for it, so
/// that high-water marks hold back the senders rather than messages piling up here.
///
/// Runs on the frontend's event loop, where the octets arrive. Where ROUTER and DEALER have one connection each, over tcp
/// or ipc, and messages keep coming, a task on another thread reads both itself, and waits for them for up to
/// ``ContextOptions/busyWait``, as other receivers do. Not so with a capture socket.
///
/// ```swift
/// let proxy = Proxy(frontend: router, backend: dealer)
/// try await proxy.run()
/// ```
public struct Proxy: Sendable {
    /// How many messages go one way before other work of the loop gets its turn.
    private static let messagesPerTurn = 256

    private let frontend: any Socket
    private let backend: any Socket
    private let capture: (any Socket)?
    var control: ProxyControl?

    enum Side: Sendable { case frontend, backend }

    /// Creates a proxy; nothing happens until it runs.
    ///
    /// - Parameters:
    ///   - frontend: Usually where clients connect. May be the same socket as the backend.
    ///   - backend: Usually where workers are.
    ///   - capture: Gets a copy of every message, both ways; PUSH, PUB, DEALER or PAIR. While it has no room, messages
    ///     wait for it.
    ///   - control: Pauses, ends and watches it, if there is one; only then messages are counted.
    public init(
        frontend: any Socket, backend: any Socket, capture: (any Socket)? = nil, control: ProxyControl? = nil
    ) {
        self.frontend = frontend
        self.backend = backend
        self.capture = capture
        self.control = control
    }

    /// Passes messages until the task is cancelled, one of the sockets is closed, or its ``ProxyControl`` ends it, which
    /// makes it return.
    ///
    /// - Throws: `CancellationError`, or `.closed`.
    public func run() async throws {
        let (front, back) = (self.frontend.control.engine, self.backend.control.engine)
        let shift = ProxyShift(front, back, captures: self.capture != nil)
        let ways = [Way(from: front, to: back, .frontend), Way(from: back, to: front, .backend)]
            .prefix(front === back ? 1 : 2)
            .filter { $0.source.socketType.canReceive && $0.target.socketType.canSend }
        var left = [Leftovers(), Leftovers()]
        while try await self.pass(ways, left, shift) { left = try await self.passDirectly(ways, shift) }
    }

    /// What one task had taken when somebody else took the room for it, and leaves to two.
    private struct Leftovers: Sendable {
        var messages: [Message] = []
        var traffic: ProxyStatistics.Traffic?
    }

    private struct Way: Sendable {
        let source: any SocketEngine
        let target: any SocketEngine
        let side: Side

        init(from source: any SocketEngine, to target: any SocketEngine, _ side: Side) {
            self.source = source
            self.target = target
            self.side = side
        }
    }

    /// What one way has in its hands.
    private struct Load: ~Copyable {
        var freight = Freight()
        var parcels: [Parcel] = []

        var isEmpty: Bool { self.freight.isEmpty && self.parcels.isEmpty }
        var traffic: ProxyStatistics.Traffic {
            self.parcels.isEmpty ? ProxyStatistics.Traffic(self.freight) : ProxyStatistics.Traffic(self.parcels)
        }

        mutating func take(from source: any SocketEngine, limit: Int, asFrames: Bool) throws {
            if asFrames { try source.load(&self.freight, limit: limit) }
            if self.freight.isEmpty { try source.takeParcels(&self.parcels, limit: limit) }
        }

        /// Gives what there is room for, and says what is left where somebody else has taken the room meanwhile.
        mutating func give(to target: any SocketEngine) throws -> [Message] {
            var left: [Message] = []
            if !self.freight.isEmpty { try target.unload(&self.freight) }
            while !self.freight.isEmpty {
                left.append(self.freight.firstMessage)
                self.freight.removeFirst(self.freight.first)
            }
            guard !self.parcels.isEmpty else { return left }
            let given = try target.giveParcels(&self.parcels)
            left += self.parcels[given...].map { $0.wholeMessage }
            self.parcels.removeAll(keepingCapacity: true)
            return left
        }
    }

    // MARK: A task for each way

    /// Passes messages until the end, or until one task is to pass them both ways: then true.
    private func pass(_ ways: [Way], _ left: [Leftovers], _ shift: ProxyShift) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (way, left) in zip(ways, left) {
                group.addTask(executorPreference: self.frontend.executor) {
                    try await Self.send(left.messages, to: way.target)
                    self.count(left.traffic, way)
                    try await self.pass(way, shift)
                    return true
                }
            }
            if let control = self.control {
                group.addTask {
                    try await control.waitForEnd()
                    return false
                }
                if ways.isEmpty { _ = try await group.next() }
            }
            // A way ends by an error, and the other is then cancelled, or as the other does. Only the control ends all
            // without one.
            defer { group.cancelAll() }
            for _ in ways where try await group.next() == false { return false }
            // Sockets that have nothing to pass on to each other are no reason to look for it.
            return !ways.isEmpty
        }
    }

    private func pass(_ way: Way, _ shift: ProxyShift) async throws {
        let (source, target) = (way.source, way.target)
        let capture = self.capture?.control.engine
        // A REP that answers its own requests has room only once it has taken one.
        let echoes = source === target && source.socketType == .rep
        let outlets = (echoes ? [] : [target]) + (capture.map { [$0] } ?? [])
        let turn = echoes ? 1 : Self.messagesPerTurn
        var load = Load()
        load.parcels.reserveCapacity(Self.messagesPerTurn)
        var hasPassed = false
        while true {
            try Task.checkCancellation()
            if let control = self.control { try await control.waitUntilMayPass() }
            // What is taken cannot be given back: no more of it than there is room for everywhere.
            if let full = outlets.first(where: { $0.room(atMost: 1) == 0 }) {
                if await shift.wait(for: [(full, .writing), (source, .closing)], after: false) { return }
                try full.checkOpen()
                try source.checkOpen()
                continue
            }
            let room = outlets.reduce(turn) { $1.room(atMost: $0) }
            try load.take(from: source, limit: room, asFrames: capture == nil && target.takesFreight())
            guard !load.isEmpty else {
                if await shift.wait(for: [(source, .reading), (target, .closing)], after: hasPassed) { return }
                hasPassed = false
                try target.checkOpen()
                continue
            }
            let traffic = self.control.map { _ in load.traffic }
            if let capture {
                var copies = load.parcels
                let given = try capture.giveParcels(&copies)
                try await Self.send(copies[given...].map { $0.wholeMessage }, to: capture)
            }
            try await Self.send(try load.give(to: target), to: target)
            self.count(traffic, way)
            hasPassed = true
            await Task.yield()
        }
    }

    private func count(_ traffic: ProxyStatistics.Traffic?, _ way: Way) {
        if let traffic { self.control?.count(traffic, from: way.side) }
    }

    /// Sends what there was no room for, as room comes.
    private static func send(_ left: [Message], to target: any SocketEngine) async throws {
        for message in left { _ = try await target.sendOpenWaiting(message, within: nil) }
    }

    // MARK: One task for both

    /// Passes messages as long as they keep coming. What is left, way by way, has no room.
    @concurrent
    private func passDirectly(_ ways: [Way], _ shift: ProxyShift) async throws -> [Leftovers] {
        defer { shift.changeBack() }
        var load = Load()
        var left = [Leftovers(), Leftovers()]
        var turn = shift.beginTurn()
        while true {
            try Task.checkCancellation()
            guard shift.waitDirectly(), self.control?.mayPass ?? true else { break }
            for (index, way) in ways.enumerated() {
                let room = way.target.room(atMost: Self.messagesPerTurn)
                // Whoever waits for room must not keep the other way waiting.
                guard room > 0 else {
                    shift.patience.rest()
                    return left
                }
                try load.take(from: way.source, limit: room, asFrames: way.target.takesFreight())
                guard !load.isEmpty else { continue }
                let traffic = self.control.map { _ in load.traffic }
                let messages = try load.give(to: way.target)
                guard messages.isEmpty else {
                    left[index] = Leftovers(messages: messages, traffic: traffic)
                    return left
                }
                self.count(traffic, way)
            }
            if turn.isOver(at: .now()) {
                guard shift.endTurn(turn) else { break }
                await Task.yield()
                turn = shift.beginTurn()
            }
        }
        return left
    }
}

extension SocketType {
    var canReceive: Bool { self != .push && self != .pub }
    var canSend: Bool { self != .pull && self != .sub }
}
