// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import NIOPosix
import Synchronization
import ZMTP

/// A bound endpoint, and the connections that came in through it.
///
/// Isolation: the socket's event loop.
final class Listener: @unchecked Sendable {
    // @unchecked: mutable state is touched on the event loop only, where all methods for other threads go; the name, which
    // anybody may ask for, has a lock.
    private let host: any SessionHost
    private let loop: any EventLoop
    private var channel: (any Channel)?
    private var ipc: IPCListener?
    private var accepted: [ObjectIdentifier: Accepted] = [:]
    private var isClosed = false
    private var isSuspended = false
    /// Whether the socket was given a descriptor that listens; only who gave it can make another.
    private var isAdopted = false
    /// The next attempt to bind an endpoint whose descriptor is lost.
    private var rebinding: Scheduled<Void>?
    /// The resolved endpoint.
    var endpoint: String { self.name.withLock { $0 } }
    private let name = Mutex("")
    /// The endpoint as it was asked for; names the listener too, unless the system chose the port or the path.
    let given: String?

    private struct Accepted {
        let session: Session
        let number: UInt64
        var peer: PeerID?
        let address: String
        let local: SocketAddress?
    }

    private init(host: any SessionHost, given: String?) {
        self.host = host
        self.given = given
        self.loop = host.loop
    }

    /// Binds, or adopts a descriptor that listens already, and starts to accept.
    ///
    /// An errand of the host is then under way, for the caller to end.
    static func bind(
        _ endpoint: Endpoint, text: String, adopting descriptor: CInt?, host: any SessionHost
    ) async throws -> Listener {
        let listener = Listener(host: host, given: endpoint.leavesChoice ? nil : text)
        try await listener.bind(endpoint, adopting: descriptor)
        host.events.emit(.listening(endpoint: listener.endpoint))
        return listener
    }

    private func bind(_ endpoint: TCPEndpoint, at address: SocketAddress) async throws {
        let (tuning, isIPv6) = (self.host.options.tuning, address.protocol == .inet6)
        var bootstrap = self.bootstrap(isIPC: false) { try tuning.apply(to: $0, as: $1, ipv6: isIPv6) }
            .serverChannelOption(.backlog, value: Int32(clamping: self.host.options.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        if address.protocol == .inet6 {
            // `::` is for both families, whatever the system's default is.
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 0)
        }
        let channel = try await bootstrap.bind(to: address).get()
        let name = channel.localAddress.flatMap { Endpoint($0) }.map { "\($0)" } ?? "\(Endpoint.tcp(endpoint))"
        try await self.started(channel, as: name, ipc: nil)
    }

    private func bind(_ endpoint: IPCEndpoint) async throws {
        let (tuning, backlog) = (self.host.options.tuning, self.host.options.backlog)
        let mode = self.host.options.ipc.fileMode
        let previous = try await self.loop.submit { self.ipc }.get()
        var ipc =
            if let previous {
                try IPCListener(again: previous, backlog: backlog, mode: mode)
            } else {
                try IPCListener(at: endpoint, backlog: backlog, mode: mode)
            }
        do {
            let bootstrap = self.bootstrap(isIPC: true) { channel, role in
                try tuning.applyToIPC(channel)
                if role == .listener { try ListeningSocket.setBacklog(backlog, of: channel) }
            }
            let channel = try await bootstrap.withBoundSocket(ipc.descriptor).get()
            try await self.started(channel, as: "\(Endpoint.ipc(ipc.endpoint))", ipc: ipc)
        } catch {
            if previous == nil { ipc.removeFile() } else { ipc.suspendFile() }
            throw error
        }
    }

    /// Takes over what listens already. Its file, if it has one, belongs to who made it.
    private func adopt(_ descriptor: CInt, for endpoint: Endpoint) async throws {
        try await self.loop.submit { self.isAdopted = true }.get()
        try ListeningSocket.adopt(descriptor, for: endpoint)
        let (tuning, backlog) = (self.host.options.tuning, self.host.options.backlog)
        let isIPC = if case .ipc = endpoint { true } else { false }
        var bootstrap = self.bootstrap(isIPC: isIPC) { channel, role in
            if role == .listener { return try ListeningSocket.setBacklog(backlog, of: channel) }
            if isIPC { return try tuning.applyToIPC(channel) }
            try tuning.apply(to: channel, as: role, ipv6: channel.localAddress?.protocol == .inet6)
        }
        if !isIPC { bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1) }
        let channel = try await bootstrap.withBoundSocket(descriptor).get()
        let name = channel.localAddress.flatMap { Endpoint($0) }.map { "\($0)" } ?? "\(endpoint)"
        try await self.started(channel, as: name, ipc: nil)
    }

    private func bootstrap(
        isIPC: Bool, _ tune: @escaping @Sendable (any Channel, ChannelTuning.Role) throws -> Void
    ) -> ServerBootstrap {
        let (host, loop, door) = (self.host, self.loop, self.host.options.doorkeeper)
        return ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try tune(channel, .listener)
                    try channel.pipeline.syncOperations.addHandler(AcceptErrorHandler(listener: self))
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.writeBufferWaterMark, value: .allOrNothing)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    do {
                        try door.check(channel, isIPC: isIPC)
                        try tune(channel, .accepted)
                    } catch {
                        throw self.turnedAway(channel, error)
                    }
                    let session = Session(host: host, delegate: self)
                    try channel.pipeline.syncOperations.addHandler(session)
                }
            }
    }

    private func started(_ channel: any Channel, as name: String, ipc: IPCListener?) async throws {
        try await self.loop.submit {
            self.channel = channel
            self.name.withLock { $0 = name }
            self.ipc = ipc
            channel.closeFuture.whenComplete { _ in self.didEnd(channel) }
        }.get()
    }

    func acceptFailed(_ error: any Error) {
        let described = ZeroMQError(
            .tooManyFiles, "cannot accept a connection at \(self.endpoint): \(error)", cause: error)
        self.host.events.emit(.acceptFailed(endpoint: self.endpoint, error: described))
    }

    /// Tells of a connection that came and is closed before its handshake.
    private func turnedAway(_ channel: any Channel, _ error: any Error) -> any Error {
        self.nameEndpoint(after: channel.localAddress)
        let described = ZeroMQError.describing(error, whileAcceptingAt: self.endpoint)
        self.host.events.emit(.acceptFailed(endpoint: self.endpoint, error: described))
        return described
    }

    /// A connection can come before the bind has returned.
    private func nameEndpoint(after local: SocketAddress?) {
        guard let local, let endpoint = Endpoint(local) else { return }
        self.name.withLock { if $0.isEmpty { $0 = "\(endpoint)" } }
    }

    /// Stops accepting; connections send what waits for them and end, or end at once.
    ///
    /// - Parameter draining: Whether the connections belong to an unbound endpoint. A closing socket ends its own.
    /// - Returns: When accepting has ended.
    func close(draining: Bool) -> EventLoopFuture<Void> {
        self.loop.flatSubmit { () -> EventLoopFuture<Void> in
            guard !self.isClosed else { return self.loop.makeSucceededVoidFuture() }
            self.isClosed = true
            guard !self.isSuspended else {
                self.ipc?.removeFile()
                return self.loop.makeSucceededVoidFuture()
            }
            // The file goes first: once the channel is closed, the path may be somebody else's.
            self.ipc?.removeFile()
            for accepted in self.accepted.values where draining || accepted.peer == nil {
                if accepted.peer == nil { accepted.session.abort() } else { accepted.session.drain() }
            }
            return self.closeChannel()
        }
    }

    private func closeChannel() -> EventLoopFuture<Void> {
        self.rebinding?.cancel()
        self.rebinding = nil
        guard let channel = exchange(&self.channel, with: nil) else { return self.loop.makeSucceededVoidFuture() }
        return channel.close().always { self.didClose($0) }
    }

    /// Stops accepting and ends all connections, until resumed; who waited for a connection has lost its queue.
    func suspend() async {
        let closed = self.loop.flatSubmit { () -> EventLoopFuture<Void> in
            guard !self.isClosed, !self.isSuspended else { return self.loop.makeSucceededVoidFuture() }
            self.isSuspended = true
            self.ipc?.suspendFile()
            for accepted in self.accepted.values { accepted.session.abort() }
            return self.closeChannel()
        }
        // Why it failed has been told as an event; closed it is in any case.
        try? await closed.get()
    }

    /// Binds again what was bound before, with the same port or path.
    func resume() async throws {
        let mustBind = try await self.loop.submit { !self.isClosed && self.isSuspended }.get()
        guard mustBind else { return }
        try await self.bind(try Endpoint.parse(self.endpoint, for: .bind))
        defer { self.host.endErrand() }
        try await self.loop.flatSubmit {
            self.isSuspended = false
            return self.didBindAgain()
        }.get()
    }

    /// What was bound again may not be wanted any more.
    private func didBindAgain() -> EventLoopFuture<Void> {
        if self.isClosed {
            self.ipc?.removeFile()
        } else if self.isSuspended {
            self.ipc?.suspendFile()
        } else {
            self.host.events.emit(.listening(endpoint: self.endpoint))
            return self.loop.makeSucceededVoidFuture()
        }
        let channel = exchange(&self.channel, with: nil)
        return channel?.close() ?? self.loop.makeSucceededVoidFuture()
    }

    /// Binds again, with the delays of dialling, if nobody here has closed the channel: systems take the descriptors of
    /// apps in the background away, and a server must not stay deaf for that.
    private func didEnd(_ channel: any Channel) {
        guard let current = self.channel, current === channel else { return }
        self.channel = nil
        self.ipc?.suspendFile()
        self.host.events.emit(.closed(endpoint: self.endpoint))
        if !self.isAdopted { self.rebindLater(attempt: 1) }
    }

    private func rebindLater(attempt: Int) {
        guard !self.isClosed, !self.isSuspended, let policy = self.host.options.reconnect else { return }
        let delay = policy.delay(attempt: attempt, random: Double.random(in: 0..<1))
        self.rebinding = self.loop.scheduleTask(in: TimeAmount(delay)) {
            self.rebinding = nil
            Task { [endpoint = self.endpoint] in await self.bindAgain(endpoint, attempt: attempt) }
        }
    }

    private func bindAgain(_ endpoint: String, attempt: Int) async {
        do {
            try await self.bind(try Endpoint.parse(endpoint, for: .bind))
        } catch {
            // Why it failed has been told as an event.
            guard self.host.beginErrand() else { return }
            defer { self.host.endErrand() }
            return self.loop.execute { self.rebindLater(attempt: attempt + 1) }
        }
        defer { self.host.endErrand() }
        // It may be closed again at once, which can fail only because it is closed already.
        try? await self.loop.flatSubmit { self.didBindAgain() }.get()
    }

    /// Leaves an errand of the host under way if it succeeds.
    private func bind(_ endpoint: Endpoint, adopting descriptor: CInt? = nil) async throws {
        do {
            switch endpoint {
            case _ where descriptor != nil:
                try await self.onErrand { try await self.adopt(descriptor ?? -1, for: endpoint) }
            case .tcp(let tcp):
                // Takes its time: the socket may be closed meanwhile.
                let resolution = AddressResolution(allowsIPv6: self.host.options.ipv6, lookUp: self.host.lookUp)
                let address = try await resolution.bindAddress(for: tcp)
                try await self.onErrand { try await self.bind(tcp, at: address) }
            case .ipc(let ipc): try await self.onErrand { try await self.bind(ipc) }
            case .inproc: throw ZeroMQError(.unsupportedTransport, "inproc has no listener")
            }
        } catch {
            let described = ZeroMQError.describing(error, while: .bind, endpoint)
            self.host.events.emit(.bindFailed(endpoint: "\(endpoint)", error: described))
            throw described
        }
    }

    private func onErrand(_ body: () async throws -> Void) async throws {
        guard self.host.beginErrand() else { throw ZeroMQError.socketClosed }
        do {
            try await body()
        } catch {
            self.host.endErrand()
            throw error
        }
    }

    private func didClose(_ result: Result<Void, any Error>) {
        switch result {
        case .success, .failure(ChannelError.alreadyClosed): self.host.events.emit(.closed(endpoint: self.endpoint))
        case .failure(let error):
            let described = ZeroMQError(.io, "cannot close \(self.endpoint): \(error)", cause: error)
            self.host.events.emit(.closeFailed(endpoint: self.endpoint, error: described))
        }
    }

    /// Ends all connections of an unbound endpoint whose time is up.
    func abortConnections() {
        self.loop.execute {
            for accepted in self.accepted.values { accepted.session.abort() }
        }
    }
}

extension Listener: SessionDelegate {
    func sessionDidConnect(_ session: Session) {
        let (local, remote) = session.addresses
        self.nameEndpoint(after: local)
        let address = remote.flatMap { Endpoint($0) }.map { "\($0)" } ?? "unnamed peer"
        let accepted = Accepted(
            session: session, number: self.host.beginConnection(), peer: nil, address: address, local: local)
        self.accepted[ObjectIdentifier(session)] = accepted
        self.host.events.emit(.accepted(self.description(of: accepted)))
        if self.isClosed { session.abort() }
    }

    func session(_ session: Session, isReady peer: ConnectionEvent.Peer) -> Admittance {
        guard !self.isClosed else { return .refused("the endpoint is no longer bound") }
        let admittance = self.host.admit(session, as: peer.routingID)
        guard case .admitted(let end, _) = admittance, let accepted = self.accepted[ObjectIdentifier(session)]
        else { return admittance }
        self.accepted[ObjectIdentifier(session)]?.peer = end.peer
        let record = ConnectionRecord(
            endpoint: self.endpoint, address: accepted.address, peer: peer, mechanism: session.mechanism, now: .now())
        let description = SocketEvent.PeerDescription(record, end.peer)
        self.host.describe(end.peer, as: description)
        self.host.peerIsReady(end.peer, record)
        self.host.connectionDidBegin(end.peer)
        self.host.events.emit(.handshakeSucceeded(self.description(of: accepted), peer: description))
        return admittance
    }

    func session(_ session: Session, didEnd end: SessionEnd) {
        guard let accepted = self.accepted.removeValue(forKey: ObjectIdentifier(session)) else { return }
        if let peer = accepted.peer {
            self.host.connectionDidEnd(peer, isDialled: false)
            self.host.release(peer, losing: self.isSuspended ? .peerGone : end.reason.loss)
        }
        self.host.events.emitEnd(end, of: self.description(of: accepted), peer: accepted.peer, retryIn: nil)
        self.host.endConnection()
    }

    private func description(of accepted: Accepted) -> SocketEvent.Connection {
        SocketEvent.Connection(
            number: accepted.number, endpoint: self.endpoint, isDialled: false,
            localAddress: accepted.local.flatMap { Endpoint($0) }.map { "\($0)" }, peerAddress: accepted.address)
    }
}

extension Endpoint {
    /// Whether the system chooses the port or the path.
    fileprivate var leavesChoice: Bool {
        switch self {
        case .tcp(let endpoint): endpoint.port == 0
        case .ipc(let endpoint): endpoint == .wildcard
        case .inproc: false
        }
    }
}
