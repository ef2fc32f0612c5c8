// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import NIOPosix
import ZMTP

extension Context {
    /// Finds out what listens at an endpoint: version, mechanism, socket type, metadata, and how fast it answers.
    ///
    /// The peer is not disturbed: it gets no message and no subscription, and where its type would make the asker one of
    /// those it sends messages to (PUSH, DEALER, REQ, PAIR), the handshake is left unfinished.
    ///
    /// - Parameters:
    ///   - endpoint: Of tcp or ipc, as for ``Socket/connect(to:)``.
    ///   - limit: How long all of it may take.
    ///   - ipv6: Whether names may mean IPv6 addresses.
    /// - Returns: What is known. A peer that shows itself to speak ZMTP and then falls silent is reported as far as it
    ///   went.
    /// - Throws: What connecting failed with; `.refused` if something else than ZMTP is spoken there; `.timedOut`.
    public func probe(_ endpoint: String, within limit: Duration, ipv6: Bool = false) async throws -> ProbeReport {
        let parsed = try Endpoint.parse(endpoint, for: .connect)
        let loop = self.firstLoop
        let handler = ProbeHandler(endpoint, parsed, loop.makePromise())
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler) }
            }
        let timer = loop.scheduleTask(in: TimeAmount(limit)) { handler.timeOut(limit) }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            do {
                try await Self.dial(parsed, bootstrap, ipv6: ipv6)
            } catch {
                loop.execute { handler.fail(ZeroMQError.describing(error, while: .connect, parsed)) }
            }
            return try await handler.result.futureResult.get()
        } onCancel: {
            loop.execute { handler.fail(CancellationError()) }
        }
    }

    private static func dial(_ endpoint: Endpoint, _ bootstrap: ClientBootstrap, ipv6: Bool) async throws {
        switch endpoint {
        case .inproc:
            throw ZeroMQError(.unsupportedTransport, "\(endpoint): inproc is asked by socket.snapshot() only")
        case .ipc(let ipc):
            _ = try await bootstrap.withConnectedSocket(ipc.openConnection()).get()
        case .tcp(let tcp):
            let resolution = AddressResolution(allowsIPv6: ipv6)
            try resolution.check(tcp, for: .connect)
            var failure: any Error = ZeroMQError(.resolutionFailed, "no address for \(endpoint)")
            for route in try await resolution.routes(for: tcp) {
                do {
                    let bound = route.local.map { bootstrap.bind(to: $0) } ?? bootstrap
                    _ = try await bound.connect(to: route.remote).get()
                    return
                } catch {
                    failure = error
                }
            }
            throw failure
        }
    }
}

/// Carries a ``ProbeConversation`` over a channel. Isolation: the event loop.
private final class ProbeHandler: ChannelInboundHandler, @unchecked Sendable {
    // @unchecked: mutable state is touched on one event loop only: the channel's, where time runs out and from where the
    // caller's word comes too; the caller itself touches the promise, which never changes.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let result: EventLoopPromise<ProbeReport>
    private let text: String
    private let endpoint: Endpoint
    private let began = NIODeadline.now()
    private var conversation = ProbeConversation(at: .now(), context: .random(in: 0...UInt64.max))
    private var context: ChannelHandlerContext?
    private var connectTime: Duration?
    private var isOver = false

    init(_ text: String, _ endpoint: Endpoint, _ result: EventLoopPromise<ProbeReport>) {
        self.text = text
        self.endpoint = endpoint
        self.result = result
    }

    func channelActive(context: ChannelHandlerContext) { self.begin(context) }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.begin(context) }
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard self.context == nil, !self.isOver else { return context.close(promise: nil) }
        self.context = context
        let now = NIODeadline.now()
        self.connectTime = .nanoseconds((now - self.began).nanoseconds)
        self.conversation = ProbeConversation(at: now, context: .random(in: 0...UInt64.max))
        self.writeOutput(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isOver else { return }
        do throws(ZMTPError) {
            try self.conversation.receive(self.unwrapInboundIn(data), at: .now())
            self.writeOutput(context)
            if self.conversation.isDone { self.finish("done") }
        } catch {
            self.finish("\(error)")
        }
    }

    private func writeOutput(_ context: ChannelHandlerContext) {
        guard let output = self.conversation.takeOutput() else { return }
        context.writeAndFlush(self.wrapOutboundOut(output), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.finish(ZeroMQError.describing(error, while: .connect, self.endpoint).message)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish("the peer closed the connection")
        self.context = nil
    }

    func timeOut(_ limit: Duration) {
        guard !self.isOver else { return }
        guard var report = self.conversation.end("none within \(limit)") else {
            return self.fail(ZeroMQError(.timedOut, "\(self.text): no answer within \(limit)"))
        }
        self.complete(&report)
    }

    /// Ends with what is known, or with why nothing is.
    private func finish(_ why: String) {
        guard !self.isOver else { return }
        guard var report = self.conversation.end(why) else {
            return self.fail(
                ZeroMQError(.refused, "\(self.text): expected a ZeroMQ peer, found something else: \(why)"))
        }
        self.complete(&report)
    }

    private func complete(_ report: inout ProbeReport) {
        report.endpoint = self.text
        report.address = self.context?.remoteAddress.flatMap { Endpoint($0) }.map { "\($0)" }
        report.connectTime = self.connectTime
        self.isOver = true
        self.result.succeed(report)
        self.context?.close(promise: nil)
    }

    func fail(_ error: any Error) {
        guard !self.isOver else { return }
        self.isOver = true
        self.result.fail(error)
        self.context?.close(promise: nil)
    }
}
