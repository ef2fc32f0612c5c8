// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZeroMQ
import ZeroMQTesting

/// One end of a conversation. What it sends and receives are the bodies alone: routing ids and delimiters are added and
/// taken away, so that a test reads the same for all types.
protocol ConversationEnd: Sendable {
    func send(_ body: Message) async throws
    func receive() async throws -> Message
}

/// Nothing came in time.
struct Silence: Error, CustomStringConvertible {
    var description = "nothing came in time"
}

/// The message had no delimiter where there has to be one.
struct MissingDelimiter: Error {}

/// Our end: a typed socket.
struct OurEnd: ConversationEnd {
    static let routingID: RoutingID = "ours"
    static let patience = Duration.seconds(30)

    let socket: any Socket
    private let sending: @Sendable (Message) async throws -> Void
    private let receiving: @Sendable (Duration) async throws -> Message?

    func send(_ body: Message) async throws {
        try await self.sending(body)
    }

    func receive() async throws -> Message {
        guard let body = try await self.receive(within: Self.patience) else { throw Silence() }
        return body
    }

    func receive(within limit: Duration) async throws -> Message? {
        try await self.receiving(limit)
    }

    /// Makes a socket that talks to one of the other type.
    ///
    /// A DEALER facing a REP, and a ROUTER facing a REQ, have to care for the delimiter themselves. A ROUTER answers
    /// the peer that spoke last; facing a ROUTER, it knows the id `theirs` from the start.
    init(_ type: SocketType, facing other: SocketType, in context: Context) throws {
        var options = SocketOptions()
        options.routerMandatory = type == .router
        if type == .router && other == .router { options.routingID = Self.routingID }
        switch type {
        case .req: self.init(try context.makeReqSocket(options))
        case .rep: self.init(try context.makeRepSocket(options))
        case .dealer: self.init(try context.makeDealerSocket(options), hasDelimiter: other == .rep)
        case .router: self.init(try context.makeRouterSocket(options), hasDelimiter: other == .req)
        case .push: self.init(try context.makePushSocket(options))
        case .pull: self.init(try context.makePullSocket(options))
        case .pair: self.init(try context.makePairSocket(options))
        case .pub, .xpub, .sub, .xsub: try self.init(publishing: type, in: context)
        }
    }

    init(
        _ socket: any Socket,
        sending: @escaping @Sendable (Message) async throws -> Void,
        receiving: @escaping @Sendable (Duration) async throws -> Message?
    ) {
        self.socket = socket
        self.sending = sending
        self.receiving = receiving
    }

    private init(_ socket: ReqSocket) {
        self.socket = socket
        self.sending = { try await socket.send($0) }
        self.receiving = { try await socket.receive(within: $0) }
    }

    private init(_ socket: RepSocket) {
        self.socket = socket
        self.sending = { try await socket.send($0) }
        self.receiving = { try await socket.receive(within: $0) }
    }

    private init(_ socket: DealerSocket, hasDelimiter: Bool) {
        self.socket = socket
        self.sending = { try await socket.send(hasDelimiter ? $0.delimited() : $0) }
        self.receiving = { limit in
            let message = try await socket.receive(within: limit)
            return hasDelimiter ? try message?.undelimited() : message
        }
    }

    private init(_ socket: RouterSocket, hasDelimiter: Bool) {
        self.socket = socket
        let address = Address(TheirEnd.routingID)
        self.sending = { body in
            let message = hasDelimiter ? body.delimited() : body
            // Facing a ROUTER we speak first, perhaps before it is connected.
            let isSent = try await eventually(within: Self.patience) {
                do {
                    try await socket.send(message, to: address.id)
                    return true
                } catch let error as ZeroMQError where error.code == .unroutable {
                    return false
                }
            }
            guard isSent else { throw Silence(description: "the peer was never routable") }
        }
        self.receiving = { limit in
            guard let received = try await socket.receive(within: limit) else { return nil }
            address.id = received.peer.routingID
            return hasDelimiter ? try received.message.undelimited() : received.message
        }
    }

    private init(_ socket: PushSocket) {
        self.socket = socket
        self.sending = { try await socket.send($0) }
        self.receiving = { _ in nil }
    }

    private init(_ socket: PullSocket) {
        self.socket = socket
        self.sending = { _ in throw ZeroMQError(.notSupported, "PULL sends nothing") }
        self.receiving = { try await socket.receive(within: $0) }
    }

    private init(_ socket: PairSocket) {
        self.socket = socket
        self.sending = { try await socket.send($0) }
        self.receiving = { try await socket.receive(within: $0) }
    }
}

/// The peer that a ROUTER answers.
final class Address: Sendable {
    private let value: Mutex<RoutingID>

    init(_ id: RoutingID) { self.value = Mutex(id) }

    var id: RoutingID {
        get { self.value.withLock { $0 } }
        set { self.value.withLock { $0 = newValue } }
    }
}

extension Message {
    /// With an empty delimiter in front.
    func delimited() -> Message {
        var message = self
        message.prepend("")
        return message
    }

    /// Without the empty delimiter in front.
    func undelimited() throws -> Message {
        var message = self
        guard message.count > 1, message.removeFirst().isEmpty else { throw MissingDelimiter() }
        return message
    }
}
