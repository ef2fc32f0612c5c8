// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// Reports connections that could not be accepted, and lets some time pass before the next attempt.
///
/// After a failure NIO leaves the listener registered as readable, so that the next one would follow at once; its own
/// back-off handler only delays reads that are asked for.
final class AcceptErrorHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(100)

    private let listener: Listener

    init(listener: Listener) {
        self.listener = listener
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.listener.acceptFailed(error)
        let channel = context.channel
        channel.setOption(.autoRead, value: false).whenSuccess {
            // Fails only if the listener has been closed meanwhile.
            channel.eventLoop.scheduleTask(in: Self.pause) { channel.setOption(.autoRead, value: true) }
        }
    }
}
