// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

// Binding and connecting, and taking both back.

extension SocketCore {
    func bind(to text: String, adopting descriptor: CInt?) async throws -> String {
        let endpoint = try Endpoint.parse(text, for: .bind)
        try self.checkOpen()
        guard !self.state.withLock({ $0.isSuspended }) else {
            throw ZeroMQError(.wrongState, "cannot bind \(text): the socket is suspended; expected resume() first")
        }
        if case .inproc(let name) = endpoint {
            guard descriptor == nil else {
                throw ZeroMQError(.notSupported, "cannot bind to \(text): expected tcp or ipc for a descriptor")
            }
            try self.environment.names.bind(name, self)
            let isOpen = self.state.withLock { state in
                guard case .open = state.phase else { return false }
                state.endpoints.add(name: name)
                return true
            }
            guard isOpen else {
                self.environment.names.unbind(name, self)
                throw ZeroMQError.socketClosed
            }
            return text
        }
        let listener = try await Listener.bind(endpoint, text: text, adopting: descriptor, host: self)
        defer { self.endErrand() }
        let isOpen = self.state.withLock { state in
            guard case .open = state.phase else { return false }
            state.endpoints.add(listener)
            return true
        }
        guard isOpen else {
            try? await listener.close(draining: true).get()
            listener.abortConnections()
            throw ZeroMQError.socketClosed
        }
        return listener.endpoint
    }

    func connect(to text: String, as routingID: RoutingID?) throws {
        guard routingID == nil || P.type == .router else {
            throw ZeroMQError(
                .notSupported,
                "\(P.type.wireName) sockets do not name their peers; expected a ROUTER (ZMQ_CONNECT_ROUTING_ID)")
        }
        let endpoint = try Endpoint.parse(text, for: .connect)
        if case .tcp(let tcp) = endpoint {
            // Behind a proxy it is the proxy that must be reached.
            let near = self.options.socksProxy.map { tcp.through($0) } ?? tcp
            try AddressResolution(allowsIPv6: self.options.ipv6).check(near, for: .connect)
        }
        if case .inproc(let name) = endpoint { return try self.connect(inproc: name, text, as: routingID) }
        let keepsPipe = !self.options.immediate
        let dialler = Dialler(endpoint, text: text, host: self, keepsPipe: keepsPipe, routingID: routingID)
        let pipe = keepsPipe ? self.makeWirePipe() : nil
        if self.state.withLock({ $0.isSuspended }) { dialler.suspend() }
        let result = self.state.withLock { state -> Result<PeerID?, ZeroMQError>? in
            guard case .open = state.phase else { return .failure(.socketClosed) }
            // libzmq: a second connect to the same endpoint means nothing for these types.
            if [.dealer, .req, .pub, .sub].contains(P.type), state.endpoints.isDialled(text) { return nil }
            if let routingID, state.pattern.isTaken(routingID) { return .failure(.routingIDTaken(routingID, text)) }
            guard let pipe else {
                state.endpoints.add(.init(endpoint: text, link: dialler, peer: nil))
                return .success(nil)
            }
            return state.dial(pipe, dialler, text, as: routingID, self.options).map { $0 }
        }
        guard let peer = try result?.get() else {
            if result != nil { dialler.start(nil) }
            return
        }
        if let pipe { self.connectQueues(of: pipe, to: peer) }
        dialler.start(peer)
    }

    func unbind(from text: String) async throws {
        guard self.beginErrand() else { throw Self.notInUse(text, "bound") }
        defer { self.endErrand() }
        let (name, listeners) = self.state.withLock { state in
            (state.endpoints.removeName(at: text), state.endpoints.removeListeners(at: text))
        }
        if let name { return self.environment.names.unbind(name, self) }
        guard !listeners.isEmpty else { throw Self.notInUse(text, "bound") }
        for listener in listeners {
            self.afterLinger { listener.abortConnections() }
            // It can fail only because the channel has closed by itself.
            try? await listener.close(draining: true).get()
        }
    }

    func disconnect(from text: String) throws {
        guard self.beginErrand() else { throw Self.notInUse(text, "connected") }
        defer { self.endErrand() }
        let (dialled, signals) = self.state.withLock { state in
            let dialled = state.endpoints.removeDialled(at: text)
            var signals = SignalList()
            // Nothing more is sent there, and what it sent and nobody has received is thrown away.
            for peer in dialled.compactMap(\.peer) { state.closeReading(from: peer, &signals) }
            return (dialled, signals)
        }
        guard !dialled.isEmpty else { throw Self.notInUse(text, "connected") }
        signals.deliver()
        for entry in dialled {
            entry.link.disconnect()
            self.afterLinger { entry.link.abort() }
        }
        self.serveSenders()
    }

    private func afterLinger(_ action: @escaping @Sendable () -> Void) {
        guard let linger = self.options.linger else { return }
        if linger == .zero { action() } else { _ = self.startTimer(in: TimeAmount(linger), action) }
    }

    func checkOpen() throws(ZeroMQError) {
        let isOpen = self.state.withLock { state in
            if case .open = state.phase { return true }
            return false
        }
        if !isOpen { throw .socketClosed }
    }

    private static func notInUse(_ text: String, _ use: String) -> ZeroMQError {
        ZeroMQError(.notFound, "\(text) is not \(use) by this socket; expected the endpoint as it was resolved")
    }
}

extension SocketCore.State {
    fileprivate mutating func dial(
        _ pipe: Pipe, _ link: any PeerLink, _ text: String, as routingID: RoutingID?, _ options: SocketOptions
    ) -> Result<PeerID?, ZeroMQError> {
        let batch = options.receiveHighWaterMark.map { max(1, $0 / 2) } ?? Int.max
        let peer = self.slots.take(
            pipe, link: link, marks: options.sendMarks, conflates: options.conflatesSending(as: P.type),
            creditBatch: batch)
        self.slots[peer.index].record.endpoint = text
        if P.joinsBeforeHandshake || routingID != nil, let why = self.join(peer, as: routingID).refusal {
            self.slots.release(peer.index)
            return .failure(ZeroMQError(.wrongState, "cannot connect to \(text): \(why)"))
        }
        self.endpoints.add(.init(endpoint: text, link: link, peer: peer))
        return .success(peer)
    }

    fileprivate mutating func closeReading(from peer: PeerID, _ signals: inout SignalList) {
        guard self.slots.holds(peer), let pipe = self.slots[peer.index].pipe else { return }
        self.pattern.closeSending(to: peer.index)
        self.pattern.didEmpty(peer.index)
        self.slots[peer.index].discardLocal(.unread)
        signals.add(pipe.inbound.closeReading())
    }
}
