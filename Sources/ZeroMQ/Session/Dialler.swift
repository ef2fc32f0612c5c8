// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import NIOPosix
import ZMTP

/// A connected endpoint: dials, dials again with growing delays for as long as it is wanted, and keeps the pipe.
///
/// The pipe outlives the connections, unless the socket wants connected peers only (`ZMQ_IMMEDIATE`).
/// Isolation: the socket's event loop.
final class Dialler: PeerLink, @unchecked Sendable {
    // @unchecked: mutable state is touched on the event loop only, where all methods for other threads go.
    let host: any SessionHost
    private let loop: any EventLoop
    private let endpoint: Endpoint
    private let text: String

    private var phase = Phase.idle
    /// A connection on which a proxy is asked for the real one.
    private var detour: (any Channel)?
    private var redial: RedialPolicy
    /// When a peer older than ZMTP 3 became ready, which anybody can seem to be.
    private var unprovenSince: NIODeadline?
    /// The pipe that was joined at `connect`, or lives as long as the present connection.
    private var peer: PeerID?
    /// The peer that the end was told of before its connection has ended.
    private var lastPeer: PeerID?
    private let keepsPipe: Bool
    /// What the socket calls the peer, whatever it says.
    private let routingID: RoutingID?
    private var isDraining = false
    private var isSuspended = false
    private var peerAddress = ""
    private var localAddress: SocketAddress?
    /// Among those that dial the same endpoint.
    private let place: DialPlace
    /// The number of the present connection, or of the last one.
    private var connectionNumber: UInt64 = 0

    private enum Phase {
        case idle
        case dialling
        case connected(Session)
        case waiting(Scheduled<Void>)
        case suspended
        /// Over, but for the connection, whose end is still to be told.
        case ending(Session)
        case ended
    }

    /// A dialler that begins once started. With `keepsPipe` its pipe is made at `connect` and outlives connections.
    init(_ endpoint: Endpoint, text: String, host: any SessionHost, keepsPipe: Bool, routingID: RoutingID? = nil) {
        self.host = host
        self.loop = host.loop
        self.endpoint = endpoint
        self.text = text
        self.keepsPipe = keepsPipe
        self.routingID = routingID
        self.place = DialPlace(text, host: host)
        self.redial = RedialPolicy(host.options.reconnect, stop: host.options.reconnectStop)
    }

    /// Starts to dial, with the pipe that waits for connections if there is one.
    func start(_ peer: PeerID?) {
        // A socket with a pipe for the endpoint is not closed before the pipe is released.
        guard self.host.beginErrand() else { return }
        defer { self.host.endErrand() }
        self.loop.execute {
            guard case .idle = self.phase else {
                // Ended before it began, by somebody who was told of it before the pipe was.
                if let peer { self.host.release(peer, losing: .linger) }
                return
            }
            self.peer = peer
            if self.isDraining, let peer { self.host.startDraining(peer) }
            if self.isDraining, self.hasNothingToSend { return self.end(losing: .linger) }
            if self.isSuspended { self.phase = .suspended } else { self.dial() }
        }
    }

    /// Closes the connection and makes no other until resumed.
    func suspend() {
        self.loop.execute {
            self.isSuspended = true
            switch self.phase {
            case .connected(let session): session.abort()
            case .waiting(let timer):
                timer.cancel()
                self.phase = .suspended
            // An attempt under way comes to its end first.
            case .idle, .dialling, .suspended, .ending, .ended: break
            }
        }
    }

    /// Dials again, at once.
    func resume() {
        self.loop.execute {
            self.isSuspended = false
            self.redial.handshakeSucceeded()
            if case .suspended = self.phase { self.dial() }
        }
    }

    // MARK: PeerLink

    func drain() {
        self.loop.execute { self.drainNow() }
    }

    func disconnect() {
        self.loop.execute {
            let isGivenUp = self.redial.disconnect()
            self.drainNow()
            if case .waiting = self.phase, isGivenUp { self.end(losing: .peerGone) }
        }
    }

    private func drainNow() {
        self.isDraining = true
        // Before the start nobody knows yet what there is to send.
        if case .idle = self.phase { return }
        if let peer = self.peer { self.host.startDraining(peer) }
        // A connection that is ready ends by itself once it has sent all; others have nothing to wait for.
        if case .connected(let session) = self.phase, session.isReady { return }
        if self.hasNothingToSend { self.end(losing: .linger) }
    }

    func abort() {
        self.loop.execute { self.end(losing: .linger) }
    }

    private var hasNothingToSend: Bool {
        self.peer.map { self.host.outgoingCount(for: $0) == 0 } ?? true
    }

    private func end(losing reason: DropReason) {
        switch self.phase {
        case .ended, .ending: return
        case .connected(let session):
            self.phase = .ending(session)
            session.abort()
        case .waiting(let timer):
            self.phase = .ended
            timer.cancel()
        case .idle, .dialling:
            self.phase = .ended
            self.detour?.close(promise: nil)
        case .suspended:
            self.phase = .ended
        }
        self.detour = nil
        self.place.leave()
        if let peer = self.peer { self.host.release(peer, losing: reason) }
        self.lastPeer = self.peer
        self.peer = nil
        self.host.dialDidEnd(self)
    }

    // MARK: Dialling

    private func dial() {
        self.phase = .dialling
        self.place.take { self.begin() }
    }

    private func begin() {
        guard case .dialling = self.phase else { return self.place.leave() }
        guard !self.isSuspended else {
            self.phase = .suspended
            return self.place.leave()
        }
        let attempt = self.redial.beginAttempt()
        self.host.events.emit(.connecting(endpoint: self.text, attempt: attempt))
        switch self.endpoint {
        case .tcp(let endpoint): self.dial(endpoint)
        case .ipc(let endpoint): self.dial(endpoint)
        case .inproc: self.end(losing: .peerGone)
        }
    }

    private func dial(_ endpoint: TCPEndpoint) {
        let resolution = AddressResolution(allowsIPv6: self.host.options.ipv6, lookUp: self.host.lookUp)
        let handshake: SOCKSHandshake?
        do {
            handshake = try self.proxy.map { (proxy) throws(ZeroMQError) in try SOCKSHandshake(proxy, to: endpoint) }
        } catch {
            return self.failed(error)
        }
        // Names are resolved anew at each attempt, off the loop; behind a proxy, by the proxy.
        let near = self.proxy.map { endpoint.through($0) } ?? endpoint
        Task {
            let found: Result<[AddressResolution.Route], any Error>
            do { found = .success(try await resolution.routes(for: near)) } catch { found = .failure(error) }
            // A look-up cannot be stopped and may outlive the socket, and with it the loop.
            guard self.host.beginErrand() else { return }
            defer { self.host.endErrand() }
            self.loop.execute {
                switch found {
                case .success(let routes): self.tryRoutes(routes[...], handshake, lastError: nil)
                case .failure(let error): self.tryRoutes([], handshake, lastError: error)
                }
            }
        }
    }

    private var proxy: SOCKSProxy? {
        if case .tcp = self.endpoint { self.host.options.socksProxy } else { nil }
    }

    private func tryRoutes(
        _ routes: ArraySlice<AddressResolution.Route>, _ handshake: SOCKSHandshake?, lastError: (any Error)?
    ) {
        guard case .dialling = self.phase else { return }
        guard let route = routes.first else {
            let error = lastError ?? ZeroMQError(.resolutionFailed, "no address for \(self.text)")
            return self.failed(self.proxy?.unreachable(error, for: self.text) ?? error)
        }
        let isIPv6 = route.remote.protocol == .inet6
        var bootstrap = self.bootstrap(through: handshake) { [tuning = self.host.options.tuning] channel in
            try tuning.apply(to: channel, as: .dialled, ipv6: isIPv6)
        }
        bootstrap = bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
        if let local = route.local {
            // One source may be used for several peers.
            bootstrap = bootstrap.channelOption(.socketOption(.so_reuseaddr), value: 1).bind(to: local)
        }
        bootstrap.connect(to: route.remote).assumeIsolated().whenFailure { error in
            self.tryRoutes(routes.dropFirst(), handshake, lastError: error)
        }
    }

    private func dial(_ endpoint: IPCEndpoint) {
        do {
            let descriptor = try endpoint.openConnection()
            let bootstrap = self.bootstrap { [tuning = self.host.options.tuning] in try tuning.applyToIPC($0) }
            bootstrap.withConnectedSocket(descriptor).assumeIsolated().whenFailure { self.failed($0) }
        } catch {
            self.failed(error)
        }
    }

    private func bootstrap(
        through handshake: SOCKSHandshake? = nil, _ tune: @escaping @Sendable (any Channel) throws -> Void
    ) -> ClientBootstrap {
        // A proxy that says nothing is given up in any case.
        let options = self.host.options
        let deadline = (options.connectTimeout ?? options.handshakeTimeout).map { NIODeadline.now() + TimeAmount($0) }
        var bootstrap = ClientBootstrap(group: self.loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.writeBufferWaterMark, value: .allOrNothing)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try tune(channel)
                    guard let handshake else { return try self.addSession(to: channel) }
                    self.detour = channel
                    let handler = SOCKSHandler(handshake, deadline: deadline) { channel in
                        self.detour = nil
                        try self.addSession(to: channel)
                    } whenFailed: { error in
                        self.detour = nil
                        self.failed(error)
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        // The system's own limit stands unless there is an option; NIO's default would be ten seconds.
        let limit = options.connectTimeout.map { TimeAmount($0) } ?? .hours(1)
        bootstrap = bootstrap.connectTimeout(limit)
        return bootstrap
    }

    private func addSession(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(Session(host: self.host, delegate: self))
    }

    private func failed(_ error: any Error) {
        guard case .dialling = self.phase else { return }
        self.place.leave()
        let described = ZeroMQError.describing(error, while: .connect, self.endpoint)
        let delay = self.scheduleRetry(after: ZeroMQError.isRefusal(error) ? .refused : .unreachable)
        self.host.events.emit(.connectFailed(endpoint: self.text, error: described, retryIn: delay))
    }

    /// Waits and dials again; nil if it is over.
    private func scheduleRetry(after ending: RedialPolicy.Ending) -> Duration? {
        if self.isDraining, self.hasNothingToSend {
            self.end(losing: .linger)
            return nil
        }
        guard !self.isSuspended else {
            self.phase = .suspended
            return nil
        }
        guard let delay = self.redial.delay(after: ending, random: Double.random(in: 0..<1)) else {
            self.end(losing: .peerGone)
            return nil
        }
        let timer = self.loop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
            if case .waiting = self.phase { self.dial() }
        }
        self.phase = .waiting(timer)
        return delay
    }
}

extension Dialler: SessionDelegate {
    func sessionDidConnect(_ session: Session) {
        guard case .dialling = self.phase else { return session.abort() }
        guard !self.isSuspended else {
            self.phase = .suspended
            self.place.leave()
            return session.abort()
        }
        self.phase = .connected(session)
        let (local, remote) = session.addresses
        self.localAddress = local
        let peer = self.proxy == nil ? remote.flatMap { Endpoint($0) } : self.endpoint
        self.peerAddress = peer.map { "\($0)" } ?? self.text
        self.connectionNumber = self.host.beginConnection()
        self.host.events.emit(.connected(self.connection))
        // An ephemeral port dialled on the same machine can be connected to itself (semantics of TCP).
        if let local, let remote, local == remote, case .tcp = self.endpoint { return session.abort() }
    }

    private var connection: SocketEvent.Connection {
        SocketEvent.Connection(
            number: self.connectionNumber, endpoint: self.text, isDialled: true,
            localAddress: self.localAddress.flatMap { Endpoint($0) }.map { "\($0)" }, peerAddress: self.peerAddress)
    }

    func session(_ session: Session, isReady peer: ConnectionEvent.Peer) -> Admittance {
        self.place.leave()
        let admittance = self.admittance(of: session, peer)
        if case .admitted(let end, _) = admittance {
            // Before 3.0 nothing has been agreed upon yet: such a connection counts once it has lasted for a while.
            if peer.version >= .v30 { self.redial.handshakeSucceeded() } else { self.unprovenSince = .now() }
            self.peer = end.peer
            let record = ConnectionRecord(
                endpoint: self.text, address: self.peerAddress, peer: peer, mechanism: session.mechanism, now: .now())
            let description = SocketEvent.PeerDescription(record, end.peer)
            self.host.describe(end.peer, as: description)
            self.host.peerIsReady(end.peer, record)
            self.host.connectionDidBegin(end.peer)
            self.host.events.emit(.handshakeSucceeded(self.connection, peer: description))
        }
        return admittance
    }

    private func admittance(of session: Session, _ peer: ConnectionEvent.Peer) -> Admittance {
        guard case .connected(let current) = self.phase, current === session else {
            return .refused("the endpoint is no longer connected")
        }
        if let id = self.peer { return self.host.identify(id, as: peer.routingID) }
        return self.host.admit(self, as: self.routingID ?? peer.routingID)
    }

    func session(_ session: Session, didEnd end: SessionEnd) {
        switch self.phase {
        case .connected(let current) where current === session:
            self.didLose(session, end)
        case .ending(let current) where current === session:
            self.phase = .ended
            self.host.events.emitEnd(end, of: self.connection, peer: self.lastPeer, retryIn: nil)
        case .idle, .dialling, .connected, .waiting, .suspended, .ending, .ended:
            // It came too late to be announced.
            return
        }
        self.host.endConnection()
    }

    private func didLose(_ session: Session, _ end: SessionEnd) {
        self.place.leave()
        let peer = self.peer
        if end.wasReady, let peer { self.host.connectionDidEnd(peer, isDialled: true) }
        if !self.keepsPipe, let peer {
            self.host.release(peer, losing: end.reason.loss)
            self.peer = nil
        }
        self.phase = .dialling
        if let since = exchange(&self.unprovenSince, with: nil), let policy = self.host.options.reconnect,
            .now() - since >= TimeAmount(policy.maxDelay)
        {
            self.redial.handshakeSucceeded()
        }
        let delay = self.scheduleRetry(after: end.wasReady ? .disconnected : .handshakeFailed)
        self.host.events.emitEnd(end, of: self.connection, peer: end.wasReady ? peer : nil, retryIn: delay)
    }
}
