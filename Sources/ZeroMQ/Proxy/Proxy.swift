// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import ZMTP

/// Passes messages between two sockets, both ways, and a copy of each to a third. Twin of `zmq_proxy`.
///
/// Usual pairs are ROUTER and DEALER, PULL and PUSH. Runs on the frontend's event loop, where the octets arrive.
/// Takes a message from one side only when the other has room for it, so that high-water marks hold back the senders
/// rather than messages piling up here.
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
        try await withThrowingTaskGroup(of: Void.self) { group in
            if front.socketType.canReceive, back.socketType.canSend {
                group.addTask(executorPreference: self.frontend.executor) {
                    try await self.pass(from: front, to: back, .frontend)
                }
            }
            if front !== back, back.socketType.canReceive, front.socketType.canSend {
                group.addTask(executorPreference: self.frontend.executor) {
                    try await self.pass(from: back, to: front, .backend)
                }
            }
            if let control = self.control { group.addTask { try await control.waitForEnd() } }
            // Either way ends only by an error; the other is then cancelled. Only the control ends without one.
            try await group.next()
            group.cancelAll()
        }
    }

    private func pass(
        from source: any SocketEngine, to target: any SocketEngine, _ side: Side
    ) async throws {
        let capture = self.capture?.control.engine
        // A REP that answers its own requests has room only once it has taken one.
        let echoes = source === target && source.socketType == .rep
        let outlets = (echoes ? [] : [target]) + (capture.map { [$0] } ?? [])
        let turn = echoes ? 1 : Self.messagesPerTurn
        var parcels: [Parcel] = []
        parcels.reserveCapacity(Self.messagesPerTurn)
        var freight = Freight()
        while true {
            try Task.checkCancellation()
            if let control = self.control { try await control.waitWhilePaused() }
            // What is taken cannot be given back: no more of it than there is room for everywhere.
            if let full = outlets.first(where: { $0.room(atMost: 1) == 0 }) {
                await Readiness.wait(for: [(full, .writing), (source, .closing)])
                try full.checkOpen()
                try source.checkOpen()
                continue
            }
            let room = outlets.reduce(turn) { $1.room(atMost: $0) }
            if capture == nil, target.takesFreight() {
                try source.load(&freight, limit: room)
                if !freight.isEmpty {
                    let traffic = self.control.map { _ in ProxyStatistics.Traffic(freight) }
                    try await Self.hand(&freight, to: target)
                    if let traffic { self.control?.count(traffic, from: side) }
                    await Task.yield()
                    continue
                }
            }
            try source.takeParcels(&parcels, limit: room)
            guard !parcels.isEmpty else {
                await Readiness.wait(for: [(source, .reading), (target, .closing)])
                try target.checkOpen()
                continue
            }
            let traffic = self.control.map { _ in ProxyStatistics.Traffic(parcels) }
            if let capture {
                var copies = parcels
                try await Self.hand(&copies, to: capture)
            }
            try await Self.hand(&parcels, to: target)
            if let traffic { self.control?.count(traffic, from: side) }
            parcels.removeAll(keepingCapacity: true)
            await Task.yield()
        }
    }

    private static func hand(_ freight: inout Freight, to target: any SocketEngine) async throws {
        try target.unload(&freight)
        while !freight.isEmpty {
            let (first, message) = (freight.first, freight.firstMessage)
            _ = try await target.sendOpenWaiting(message, within: nil)
            freight.removeFirst(first)
        }
    }

    /// Sends all, waiting where somebody else has taken the room meanwhile.
    private static func hand(_ parcels: inout [Parcel], to target: any SocketEngine) async throws {
        let given = try target.giveParcels(&parcels)
        for parcel in parcels[given...] {
            let message = parcel.envelope.map { parcel.message.prepending($0) } ?? parcel.message
            _ = try await target.sendOpenWaiting(message, within: nil)
        }
    }
}

extension SocketType {
    var canReceive: Bool { self != .push && self != .pub }
    var canSend: Bool { self != .pull && self != .sub }
}
