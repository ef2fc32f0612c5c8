// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

extension OurEnd {
    /// A publisher without mark, so that it drops nothing, or a subscriber to everything.
    init(publishing type: SocketType, in context: Context) throws {
        var options = SocketOptions()
        options.sendHighWaterMark = nil
        options.receiveHighWaterMark = nil
        switch type {
        case .pub:
            let socket = try context.makePubSocket(options)
            self.init(socket, sending: { try await socket.send($0) }, receiving: { _ in nil })
        case .xpub:
            let socket = try context.makeXPubSocket(options)
            self.init(
                socket, sending: { try await socket.send($0) }, receiving: { try await socket.receive(within: $0) })
        case .xsub:
            let socket = try context.makeXSubSocket(options)
            try socket.subscribe()
            self.init(
                socket, sending: { try await socket.send($0) }, receiving: { try await socket.receive(within: $0) })
        default:
            let socket = try context.makeSubSocket(options)
            try socket.subscribe()
            self.init(
                socket, sending: { _ in throw ZeroMQError(.notSupported, "SUB sends nothing") },
                receiving: { try await socket.receive(within: $0) })
        }
    }
}
