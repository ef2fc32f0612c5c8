// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import NIOPosix
import ZeroMQ

/// One end of a TCP connection that says, octet for octet, what a test tells it to, and shows what it hears.
///
/// For all that no well-behaved socket does: to break the protocol, to stop in the middle, not to read, to be slow. It
/// answers nothing by itself and reads only while somebody waits for octets, so that one that is left alone is a peer
/// that does not read.
///
/// ```swift
/// let peer = try await ScriptedPeer.connect(to: endpoint)
/// try await peer.shakeHands(as: .push)
/// try await peer.send(ScriptedPeer.frame([1, 2, 3], more: true))
/// await peer.close()                              // in the middle of a message
/// ```
///
/// Cancelling a call that waits closes the connection. Octets are put together here by hand, so that what is tested
/// has no part in them.
public final class ScriptedPeer: Sendable {
    private let channel: any Channel
    private let ear: Ear

    fileprivate init(_ channel: any Channel, _ ear: Ear) {
        self.channel = channel
        self.ear = ear
    }

    /// Connects to a bound tcp endpoint with a numeric address.
    ///
    /// - Parameters:
    ///   - endpoint: As `bind(to:)` returned it, for example `tcp://127.0.0.1:49152`.
    ///   - receiveBuffer: How many octets the system shall hold for this side, to be an even slower reader. By default
    ///     as the system likes.
    /// - Returns: The peer, connected, with nothing sent.
    /// - Throws: What the system says if nobody listens there.
    public static func connect(to endpoint: String, receiveBuffer: Int? = nil) async throws -> ScriptedPeer {
        let ear = Ear()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { $0.pipeline.addHandler(ear) }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: numericCast(receiveBuffer))
        }
        let channel = try await bootstrap.connect(to: Self.address(endpoint, for: .connect)).get()
        return ScriptedPeer(channel, ear)
    }

    // MARK: Speaking

    /// Sends octets; returns when the system has taken all of them.
    public func send(_ octets: some Sequence<UInt8> & Sendable) async throws {
        let buffer = ByteBuffer(bytes: octets)
        try await withTaskCancellationHandler {
            try await self.channel.writeAndFlush(buffer).get()
        } onCancel: {
            self.channel.close(promise: nil)
        }
    }

    /// Says that nothing more will come, and goes on hearing.
    public func closeWriting() async throws {
        try await self.channel.close(mode: .output).get()
    }

    /// Closes the connection; does nothing if it is closed.
    public func close() async {
        // The only failure is that it is closed already.
        _ = try? await self.channel.close().get()
    }

    /// Breaks the connection: the other side sees a reset.
    public func reset() async throws {
        // To close a connection without lingering is to break it.
        if let options = self.channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        await self.close()
    }

    // MARK: Hearing

    /// Waits for a certain number of octets and takes them.
    ///
    /// - Throws: ``Closed``, with what came, if the connection ends before.
    public func receive(_ count: Int) async throws -> [UInt8] {
        let heard = try await self.hear(count)
        guard heard.count == count else { throw Closed(heard: heard) }
        return heard
    }

    /// Waits until the other side closes the connection, and takes all that comes before.
    public func receiveUntilClosed() async throws -> [UInt8] {
        try await self.hear(nil)
    }

    private func hear(_ count: Int?) async throws -> [UInt8] {
        let (ear, loop) = (self.ear, self.channel.eventLoop)
        let future = loop.flatSubmit { ear.listen(for: count) }
        return try await withTaskCancellationHandler {
            let heard = try await future.get()
            try Task.checkCancellation()
            return heard
        } onCancel: {
            self.channel.close(promise: nil)
        }
    }

    /// The connection ended before all the octets that were waited for had come.
    public struct Closed: Error {
        /// What came before the end and nobody had taken.
        public let heard: [UInt8]
    }
}

/// A bound tcp endpoint whose connections follow a script; see ``ScriptedPeer``.
public final class ScriptedListener: Sendable {
    /// Where it listens.
    public let endpoint: String
    private let channel: any Channel
    private let accepted: AsyncStream<ScriptedPeer>

    private init(endpoint: String, channel: any Channel, accepted: AsyncStream<ScriptedPeer>) {
        self.endpoint = endpoint
        self.channel = channel
        self.accepted = accepted
    }

    /// Binds an endpoint with a numeric address.
    public static func bind(to endpoint: String = "tcp://127.0.0.1:*") async throws -> ScriptedListener {
        let (accepted, continuation) = AsyncStream.makeStream(of: ScriptedPeer.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                let ear = Ear { continuation.yield(ScriptedPeer(channel, $0)) }
                return channel.pipeline.addHandler(ear)
            }
            .bind(to: ScriptedPeer.address(endpoint, for: .bind)).get()
        channel.closeFuture.whenComplete { _ in continuation.finish() }
        let bound = channel.localAddress.flatMap { Endpoint($0) }
        return ScriptedListener(endpoint: bound.map { "\($0)" } ?? endpoint, channel: channel, accepted: accepted)
    }

    /// Waits for the next connection. For one task at a time.
    ///
    /// - Throws: `CancellationError` when cancelled or closed.
    public func accept() async throws -> ScriptedPeer {
        for await peer in self.accepted { return peer }
        throw CancellationError()
    }

    /// Stops listening; connections that were accepted live on.
    public func close() async {
        // The only failure is that it is closed already.
        _ = try? await self.channel.close().get()
    }
}

extension ScriptedPeer {
    fileprivate static func address(_ endpoint: String, for purpose: Endpoint.Purpose) throws -> SocketAddress {
        guard case .tcp(let tcp) = try Endpoint.parse(endpoint, for: purpose) else {
            throw ZeroMQError(.unsupportedTransport, "\(endpoint): a scripted peer speaks over tcp only")
        }
        let host =
            switch tcp.host {
            case .ipv6(let address, _): address
            default: "\(tcp.host)"
            }
        return try SocketAddress(ipAddress: host, port: Int(tcp.port))
    }
}

/// Keeps what was heard for the one who waits for it. Isolation: its event loop.
private final class Ear: ChannelInboundHandler, @unchecked Sendable {
    // @unchecked: everything is touched on the event loop only.
    typealias InboundIn = ByteBuffer

    private var heard = ByteBuffer()
    private var isOver = false
    private var context: ChannelHandlerContext?
    private var waiter: (count: Int?, promise: EventLoopPromise<[UInt8]>)?
    private let whenConnected: (Ear) -> Void

    init(whenConnected: @escaping @Sendable (Ear) -> Void = { _ in }) {
        self.whenConnected = whenConnected
    }

    /// The octets once so many are there; fewer, or for nil all, once the connection is over.
    func listen(for count: Int?) -> EventLoopFuture<[UInt8]> {
        guard let context = self.context else { return NIOSingletons.posixEventLoopGroup.any().makeSucceededFuture([]) }
        precondition(self.waiter == nil, "one call at a time waits for octets")
        let promise = context.eventLoop.makePromise(of: [UInt8].self)
        self.waiter = (count, promise)
        if !self.serve() { context.read() }
        return promise.futureResult
    }

    private func serve() -> Bool {
        guard let waiter else { return true }
        let count = waiter.count ?? Int.max
        guard self.isOver || self.heard.readableBytes >= count else { return false }
        self.waiter = nil
        let octets = self.heard.readBytes(length: min(count, self.heard.readableBytes)) ?? []
        self.heard.discardReadBytes()
        waiter.promise.succeed(octets)
        return true
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        self.whenConnected(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.heard.writeImmutableBuffer(self.unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !self.serve() { context.read() }
    }

    /// A reset ends the connection like everything else.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isOver = true
        _ = self.serve()
    }
}
