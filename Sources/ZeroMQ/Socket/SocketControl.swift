// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

/// What a socket's façade and its engine share, whatever the type; of use inside the library only.
public struct SocketControl: Sendable {
    let engine: any SocketEngine
}

/// A socket's engine without its type parameters: for everything that is not done once a message.
protocol SocketEngine: AnyObject, Sendable {
    var socketType: SocketType { get }
    var options: SocketOptions { get }
    var environment: SocketEnvironment { get }
    var events: EventHub { get }
    var lastEndpoint: String? { get }
    var unsentMessages: Int { get }
    var directReads: Int { get }
    /// Whether one task could read everything that comes to the socket.
    var hasOneSource: Bool { get }
    /// Reads what comes, if a task may; otherwise asks for it.
    func readDirectly() -> DirectLook
    func returnReading()
    func snapshot() -> SocketSnapshot

    func bind(to text: String, adopting descriptor: CInt?) async throws -> String
    func connect(to text: String, as routingID: RoutingID?) throws
    func suspend() async throws
    func resume() async throws
    func unbind(from text: String) async throws
    func disconnect(from text: String) throws
    func update(_ live: LiveOptions) throws(ZeroMQError)
    func close(linger: Duration?) async -> CloseReport
    func closeInBackground()
    func startTimer(in delay: TimeAmount, _ action: @escaping @Sendable () -> Void) -> CallTimer?

    func checkOpen() throws(ZeroMQError)
    func watch(_ readiness: Readiness, for interest: SocketInterest) -> Bool
    func unwatch(_ readiness: Readiness)

    func apply(_ subscription: Subscription) throws(ZeroMQError)
    var topicCount: Int { get }
    func subscriberCount(for part: Message.Part?) -> Int
    func waitForSubscribers(_ count: Int, for part: Message.Part?, within limit: Duration?) async throws

    func room(atMost limit: Int) -> Int
    func takeParcels(_ parcels: inout [Parcel], limit: Int) throws(ZeroMQError)
    func giveParcels(_ parcels: inout [Parcel]) throws(ZeroMQError) -> Int
    func takesFreight() -> Bool
    func load(_ freight: inout Freight, limit: Int) throws(ZeroMQError)
    func unload(_ freight: inout Freight) throws(ZeroMQError)

    /// Sends a message whose first part is the address, if the type has addresses.
    func trySendOpen(_ message: Message) throws(ZeroMQError) -> Bool
    func sendOpenWaiting(_ message: Message, within limit: Duration?) async throws -> Bool
    /// Receives a message, and its sender beside it.
    func tryReceiveOpen() throws(ZeroMQError) -> (peer: Peer?, message: Message)?
    func receiveOpenWaiting(within limit: Duration?) async throws -> (peer: Peer?, message: Message)?
    /// Receives a message, its sender and what is known of the connection beside it.
    func tryReceiveDescribed() throws(ZeroMQError) -> DescribedMessage?
}

enum SocketInterest: Sendable {
    case reading
    case writing
    /// Only that it is closed.
    case closing
}

extension SocketCore: SocketEngine {
    var lastEndpoint: String? { self.state.withLock { $0.endpoints.last } }

    var unsentMessages: Int {
        let (waiting, links) = self.state.withLock { state in
            let taken = (0..<state.slots.count).filter { state.slots[$0].pipe != nil }
            return (
                taken.reduce(0) { $0 + state.slots[$1].outgoing.count },
                taken.compactMap { state.slots[$0].link as? InprocLink }
            )
        }
        return links.reduce(waiting) { $0 + $1.unsent }
    }

    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PubPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RepPattern)
    @_specialize(where P == ReqPattern)
    @_specialize(where P == RouterPattern)
    @_specialize(where P == SubPattern)
    @_specialize(where P == XPubPattern)
    @_specialize(where P == XSubPattern)
    func trySendOpen(_ message: Message) throws(ZeroMQError) -> Bool {
        guard let (destination, body) = Self.address(message) else { return self.dropUnaddressed() }
        return try self.trySend(body, to: destination)
    }

    func sendOpenWaiting(_ message: Message, within limit: Duration?) async throws -> Bool {
        guard let (destination, body) = Self.address(message) else { return self.dropUnaddressed() }
        return try await self.sendWaiting(body, to: destination, behind: nil, within: limit)
    }

    /// An address without a body goes nowhere.
    private func dropUnaddressed() -> Bool {
        self.state.withLock { $0.countDropped(.unroutable, of: nil) }
        return true
    }

    /// Takes the address off for types that have one; nil for an address without a body, which libzmq ignores.
    private static func address(_ message: Message) -> (Destination, Message)? {
        guard P.type == .router else { return (.any, message) }
        guard message.isMultipart else { return nil }
        var body = message
        let id = RoutingID(unchecked: body.removeFirst().bytes)
        return (.id(id), body)
    }

    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PubPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RepPattern)
    @_specialize(where P == ReqPattern)
    @_specialize(where P == RouterPattern)
    @_specialize(where P == SubPattern)
    @_specialize(where P == XPubPattern)
    @_specialize(where P == XSubPattern)
    func tryReceiveOpen() throws(ZeroMQError) -> (peer: Peer?, message: Message)? {
        try self.tryReceive().map { P.open($0) }
    }

    func receiveOpenWaiting(within limit: Duration?) async throws -> (peer: Peer?, message: Message)? {
        try await self.receiveWaiting(within: limit).map { P.open($0) }
    }
}
