// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// Carries out a ``SOCKSHandshake`` on a new connection, then gives its place to who really wants the connection.
///
/// Isolation: the channel's event loop.
final class SOCKSHandler: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    // @unchecked: everything is touched on the event loop only.
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// More than the longest answer.
    private static let readSize = 512

    private var handshake: SOCKSHandshake
    private let deadline: NIODeadline?
    private let whenEstablished: (any Channel) throws -> Void
    private let whenFailed: (any Error) -> Void
    private var timer: Scheduled<Void>?
    private var hasBegun = false
    private var isOver = false

    /// - Parameters:
    ///   - handshake: What is said.
    ///   - deadline: Until when all must be said.
    ///   - whenEstablished: Adds the handler that comes next.
    ///   - whenFailed: Called instead, once; the channel is closed.
    init(
        _ handshake: SOCKSHandshake, deadline: NIODeadline?,
        whenEstablished: @escaping @Sendable (any Channel) throws -> Void,
        whenFailed: @escaping @Sendable (any Error) -> Void
    ) {
        self.handshake = handshake
        self.deadline = deadline
        self.whenEstablished = whenEstablished
        self.whenFailed = whenFailed
    }

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            let allocator = FixedSizeRecvByteBufferAllocator(capacity: Self.readSize)
            try context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
            try context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        } catch {
            self.fail(error, context)
        }
        if context.channel.isActive { self.begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !self.hasBegun, !self.isOver else { return }
        self.hasBegun = true
        if let deadline {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            self.timer = context.eventLoop.scheduleTask(deadline: deadline) {
                self.fail(self.handshake.timedOut(), bound.value)
            }
        }
        self.send(self.handshake.greeting, context)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isOver else { return }
        do throws(ZeroMQError) {
            switch try self.handshake.receive(self.unwrapInboundIn(data).readableBytesView) {
            case .wait: break
            case .send(let octets): self.send(octets, context)
            case .established(let rest): self.finish(rest, context)
            }
        } catch {
            self.fail(error, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if self.isOver { context.fireChannelReadComplete() } else { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(error, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(self.handshake.closed(), context)
        context.fireChannelInactive()
    }

    private func send(_ octets: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: octets)), promise: nil)
    }

    private func finish(_ rest: [UInt8], _ context: ChannelHandlerContext) {
        self.isOver = true
        self.timer?.cancel()
        do {
            try self.whenEstablished(context.channel)
            if !rest.isEmpty { context.fireChannelRead(self.wrapInboundOut(ByteBuffer(bytes: rest))) }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            self.whenFailed(error)
            context.close(promise: nil)
        }
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        guard !self.isOver else { return }
        self.isOver = true
        self.timer?.cancel()
        self.whenFailed(error)
        context.close(promise: nil)
    }
}
