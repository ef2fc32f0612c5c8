// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// ROUTER: receives from its peers in turn, each message with its sender, and sends to the peer that is named
/// (RFC 28).
///
/// The asynchronous server: it may answer a request with any number of messages, at any time. Talks to DEALER, REQ and
/// ROUTER; messages of REQ carry its empty delimiter, which the answer must repeat.
///
/// Answers to requests that came together leave together: once all of these are received, or after two milliseconds.
///
/// A message for an unknown peer, or one without room, is dropped, unless ``SocketOptions/routerMandatory`` is set:
/// then the first throws `.unroutable` and the second waits.
public final class RouterSocket: ReceivingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<RouterPattern>

    init(_ core: SocketCore<RouterPattern>) {
        self.core = core
        self.control = SocketControl(engine: core)
    }

    deinit { self.control.engine.closeInBackground() }

    /// Connects an endpoint and names its peer, so that messages can be sent to it at once, before it is there.
    ///
    /// The name lasts as long as the endpoint is connected, whatever the peer says it is. With
    /// ``SocketOptions/immediate`` the peer has it while a connection is ready. Twin of `ZMQ_CONNECT_ROUTING_ID`.
    ///
    /// - Parameters:
    ///   - endpoint: As for ``Socket/connect(to:)``.
    ///   - routingID: What to call the peer.
    /// - Throws: `.addressInUse` if a peer has this routing id already; else as ``Socket/connect(to:)``.
    public func connect(to endpoint: String, as routingID: RoutingID) async throws {
        try self.control.engine.connect(to: endpoint, as: routingID)
    }

    /// Sends a message to a peer; suspends only if the socket is mandatory and the peer has no room.
    ///
    /// - Throws: `.unroutable` if the socket is mandatory and the peer is not there, `CancellationError`, `.closed`.
    @inlinable
    public func send(_ message: Message, to peer: Peer) async throws {
        if try self.trySend(message, to: peer) { return }
        try await self.send(message, to: peer, within: nil)
    }

    /// Sends a message to whoever has a routing id; suspends only if the socket is mandatory and it has no room.
    ///
    /// - Throws: `.unroutable` if the socket is mandatory and nobody has the id, `CancellationError`, `.closed`.
    @inlinable
    public func send(_ message: Message, to routingID: RoutingID) async throws {
        if try self.trySend(message, to: routingID) { return }
        try await self.send(message, to: routingID, within: nil)
    }

    /// Sends a message to a peer if that needs no waiting.
    ///
    /// - Returns: False if the socket is mandatory and the peer has no room.
    /// - Throws: `.unroutable` if the socket is mandatory and the peer is not there, `.closed`.
    public func trySend(_ message: Message, to peer: Peer) throws -> Bool {
        try self.core.trySend(message, to: peer.key)
    }

    /// Sends a message to whoever has a routing id if that needs no waiting.
    ///
    /// - Returns: False if the socket is mandatory and the peer has no room.
    /// - Throws: `.unroutable` if the socket is mandatory and nobody has the id, `.closed`.
    public func trySend(_ message: Message, to routingID: RoutingID) throws -> Bool {
        try self.core.trySend(message, to: .id(routingID))
    }

    /// Sends a message to a peer, waiting at most a given time for room; nil waits for ever.
    public func send(_ message: Message, to peer: Peer, within limit: Duration?) async throws {
        try await self.send(message, .peer(peer.key), limit)
    }

    /// Sends a message to whoever has a routing id, waiting at most a given time for room; nil waits for ever.
    public func send(_ message: Message, to routingID: RoutingID, within limit: Duration?) async throws {
        try await self.send(message, .id(routingID), limit)
    }

    private func send(_ message: Message, _ destination: Destination, _ limit: Duration?) async throws {
        guard try await self.core.sendWaiting(message, to: destination, behind: nil, within: limit) else {
            throw ZeroMQError.sendTimedOut(limit ?? .zero)
        }
    }

    /// Whether a message to whoever has a routing id would find room at this moment.
    ///
    /// Twin of `zmq_socket_get_peer_state` with `ZMQ_POLLOUT`.
    ///
    /// - Throws: `.unroutable` if nobody has the id, whether the socket is mandatory or not; `.closed`.
    public func hasRoom(for routingID: RoutingID) throws -> Bool {
        try self.core.hasRoom(for: routingID)
    }

    /// Takes a message if one is there; see ``ReceivingSocket/tryReceive()``.
    public func tryReceive() throws -> RoutedMessage? {
        try self.core.tryReceive()
    }

    /// Receives a message, waiting at most a given time; see ``ReceivingSocket/receive(within:)``.
    public func receive(within limit: Duration?) async throws -> RoutedMessage? {
        try await self.core.receiveWaiting(within: limit)
    }

    /// What is known of a peer's connection, such as its address and what it said of itself; nil over inproc, and after
    /// the peer has left, as soon as nothing of it is found to be received any more.
    ///
    /// Beside a message: ``ReceivingSocket/receiveDescribed()``.
    public func description(of peer: Peer) -> SocketEvent.PeerDescription? {
        self.core.description(of: peer.key)
    }
}
