// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZeroMQ

/// The foreign end of a conversation.
struct TheirEnd: ConversationEnd {
    static let routingID: RoutingID = "theirs"

    let socket: ForeignSocket
    private let type: SocketType
    private let hasDelimiter: Bool
    private let address = LastAddress()

    private final class LastAddress: Sendable {
        let part = Mutex(OurEnd.routingID.part)
    }

    /// Makes a foreign socket that talks to one of ours.
    init(_ type: SocketType, facing other: SocketType, in peer: ForeignPeer) async throws {
        self.type = type
        self.hasDelimiter = (type == .dealer && other == .rep) || (type == .router && other == .req)
        var options: [String: ForeignPeer.Option] = ["sndhwm": 0, "rcvhwm": 0]
        if type == .router { options["router_mandatory"] = 1 }
        if type == .router && other == .router { options["routing_id"] = "theirs" }
        self.socket = try await peer.open(type, options)
        if type == .sub || type == .xsub { try await self.socket.subscribe(to: "") }
    }

    func send(_ body: Message) async throws {
        try await self.socket.send(Message(parts: self.head + body), patient: true)
    }

    func receive() async throws -> Message {
        guard var message = try await self.socket.receive() else { throw Silence() }
        if self.type == .router {
            let sender = message.removeFirst()
            self.address.part.withLock { $0 = sender }
        }
        return self.hasDelimiter ? try message.undelimited() : message
    }

    /// What stands before the body of a message that this end sends.
    var head: [Message.Part] {
        let address = self.type == .router ? [self.address.part.withLock { $0 }] : []
        return address + (self.hasDelimiter ? [""] : [])
    }

    /// Takes the head off a raw message.
    func body(of message: Message) -> Message {
        Message(parts: message.dropFirst(self.head.count))
    }
}
