// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZeroMQ
import ZeroMQTesting

/// Two types of sockets that talk to each other; the first one begins.
struct TypePair: Sendable, CustomTestStringConvertible {
    let first: SocketType
    let second: SocketType

    var testDescription: String { "\(self.first) and \(self.second)" }

    /// Whether there are answers.
    var isTwoWay: Bool { self.second != .pull }

    static let all: [TypePair] = [
        TypePair(first: .req, second: .rep), TypePair(first: .req, second: .router),
        TypePair(first: .dealer, second: .rep), TypePair(first: .dealer, second: .dealer),
        TypePair(first: .dealer, second: .router), TypePair(first: .router, second: .router),
        TypePair(first: .push, second: .pull), TypePair(first: .pair, second: .pair),
    ]
}

/// One end of a conversation, which sends and receives bodies only: addresses and delimiters that the application has
/// to add or to take away are added and taken away, so that a test reads the same for all types.
struct ConversationEnd: Sendable {
    let socket: AnySocket
    /// Whom a ROUTER talks to.
    private let address: Address
    private let frontParts: Int

    private static let ids: (first: RoutingID, second: RoutingID) = ("first", "second")

    private init(
        _ type: SocketType, facing other: SocketType, own: RoutingID, peer: RoutingID, in context: Context
    ) throws {
        var options = SocketOptions()
        options.routerMandatory = type == .router
        options.routingID = type == .router && other == .router ? own : nil
        self.socket = try context.makeSocket(type, options)
        self.address = Address(peer)
        self.frontParts =
            switch (type, other) {
            case (.router, .req): 2
            case (.router, _), (.dealer, .rep): 1
            default: 0
            }
    }

    static func make(_ pair: TypePair, in context: Context) throws -> (first: ConversationEnd, second: ConversationEnd)
    {
        (
            try Self(pair.first, facing: pair.second, own: Self.ids.first, peer: Self.ids.second, in: context),
            try Self(pair.second, facing: pair.first, own: Self.ids.second, peer: Self.ids.first, in: context)
        )
    }

    func send(_ body: Message) async throws {
        var message = body
        if self.frontParts > 0, self.socket.type != .router || self.frontParts == 2 { message.prepend("") }
        if self.socket.type == .router { message.prepend(self.address.value) }
        guard self.socket.type == .router else { return try await self.socket.send(message) }
        // Facing another ROUTER it speaks first, perhaps before the other one is there.
        let isSent = try await eventually {
            do {
                try await self.socket.send(message)
                return true
            } catch let error as ZeroMQError where error.code == .unroutable {
                return false
            }
        }
        #expect(isSent, "the peer was never routable")
    }

    func receive() async throws -> Message {
        var message = try await self.socket.receive()
        try #require(message.count > self.frontParts, "\(message) has nothing behind its envelope")
        if self.socket.type == .router { self.address.value = message.removeFirst() }
        if self.frontParts > 0, self.socket.type != .router || self.frontParts == 2 {
            #expect(message.removeFirst().isEmpty, "the delimiter")
        }
        return message
    }

    private final class Address: Sendable {
        private let part: Mutex<Message.Part>

        init(_ id: RoutingID) { self.part = Mutex(id.part) }

        var value: Message.Part {
            get { self.part.withLock { $0 } }
            set { self.part.withLock { $0 = newValue } }
        }
    }
}
