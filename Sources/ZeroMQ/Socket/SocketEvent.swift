// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// What happens at a socket's endpoints over tcp and ipc. Twin of libzmq's socket monitor; docs/monitor.md has the
/// table of both.
///
/// A connection begins with ``accepted(_:)`` or ``connected(_:)``, goes on with ``handshakeSucceeded(_:peer:)`` or
/// ``handshakeFailed(_:reason:retryIn:)``, and ends with ``disconnected(_:peer:reason:retryIn:)``: exactly once, also
/// when it is refused or the socket is closed. Its number ties these together.
///
/// Endpoints are named as ``Socket/bind(to:)`` resolved them and as they were given to ``Socket/connect(to:)``.
@nonexhaustive
public enum SocketEvent: Sendable {
    // MARK: Endpoints

    /// An endpoint is bound (`ZMQ_EVENT_LISTENING`).
    case listening(endpoint: String)
    /// An endpoint could not be bound (`ZMQ_EVENT_BIND_FAILED`).
    case bindFailed(endpoint: String, error: ZeroMQError)
    /// A bound endpoint is closed (`ZMQ_EVENT_CLOSED`).
    case closed(endpoint: String)
    /// A bound endpoint is closed, and the system had something to say about it (`ZMQ_EVENT_CLOSE_FAILED`).
    case closeFailed(endpoint: String, error: ZeroMQError)
    /// A connection could not be accepted, for want of descriptors for example; accepting goes on shortly
    /// (`ZMQ_EVENT_ACCEPT_FAILED`).
    case acceptFailed(endpoint: String, error: ZeroMQError)
    /// An endpoint is being dialled; attempts count from 1 since the last handshake (`ZMQ_EVENT_CONNECT_DELAYED`).
    case connecting(endpoint: String, attempt: Int)
    /// Nobody answered; the next attempt comes after the time given, never if nil (`ZMQ_EVENT_CONNECT_RETRIED`).
    case connectFailed(endpoint: String, error: ZeroMQError, retryIn: Duration?)

    // MARK: Connections

    /// A connection came in; its handshake follows (`ZMQ_EVENT_ACCEPTED`).
    case accepted(Connection)
    /// The transport is connected; the handshake follows (`ZMQ_EVENT_CONNECTED`).
    case connected(Connection)
    /// The peer is ready: messages can flow (`ZMQ_EVENT_HANDSHAKE_SUCCEEDED`).
    case handshakeSucceeded(Connection, peer: PeerDescription)
    /// The connection ends before the peer was ready (`ZMQ_EVENT_HANDSHAKE_FAILED_…`, which
    /// ``DisconnectReason/handshakeFailure`` tells apart).
    case handshakeFailed(Connection, reason: DisconnectReason, retryIn: Duration?)
    /// The connection has ended (`ZMQ_EVENT_DISCONNECTED`). An endpoint that is dialled is tried again after the time
    /// given, never if nil. The peer is nil if it never was ready.
    case disconnected(Connection, peer: PeerNumber?, reason: DisconnectReason, retryIn: Duration?)

    // MARK: The sequence itself

    /// So many events are missing here, because they came faster than they were read.
    case missed(Int)

    /// One connection, from its beginning to its end.
    public struct Connection: Sendable, Hashable {
        /// Its number, which no other connection of the socket has; they count from 1.
        public let number: UInt64
        /// The endpoint here that it belongs to.
        public let endpoint: String
        /// Whether this side has dialled it.
        public let isDialled: Bool
        /// The address of this end; nil if the system does not say.
        public let localAddress: String?
        /// The address of the other end.
        public let peerAddress: String

        package init(number: UInt64, endpoint: String, isDialled: Bool, localAddress: String?, peerAddress: String) {
            self.number = number
            self.endpoint = endpoint
            self.isDialled = isDialled
            self.localAddress = localAddress
            self.peerAddress = peerAddress
        }
    }

    /// What is known of a peer that is connected, from the handshake; also beside messages, see
    /// ``ReceivingSocket/receiveDescribed()``.
    public struct PeerDescription: Sendable, Hashable {
        /// The number of the peer, as snapshots have it: an endpoint that is dialled keeps it.
        public let id: PeerNumber
        /// Where it is: the endpoint at the other end of the connection.
        public let address: String
        /// The type of its socket, if it said.
        public let socketType: SocketType?
        /// The routing id that it announced, if any.
        public let routingID: RoutingID?
        /// The protocol version that both sides speak.
        public let version: ProtocolVersion
        /// The name of the security mechanism.
        public let mechanism: String
        /// All that it said of itself, under names as it spelled them. Nothing here is checked or proved; see
        /// ``property(_:)`` for what is.
        public let properties: PeerProperties
    }
}

/// Why a connection ended.
@nonexhaustive
public enum DisconnectReason: Sendable {
    /// The peer closed it.
    case closedByPeer
    /// This side closed it: the endpoint or the socket is no longer wanted.
    case closedHere
    /// The peer was not ready in time (`ZMQ_HANDSHAKE_IVL`).
    case handshakeTimedOut
    /// The peer was silent for too long after a PING, its own or this side's (`ZMQ_HEARTBEAT_TIMEOUT`).
    case heartbeatTimedOut
    /// The peer broke the protocol, speaks another one or has a socket that does not fit.
    case protocolViolation(ZMTPError)
    /// This socket takes no such peer; says why.
    case refused(String)
    /// The network failed.
    case failed(ZeroMQError)
}

extension DisconnectReason {
    /// The kinds of failed handshakes that libzmq's monitor tells apart.
    public enum HandshakeFailure: Sendable, Hashable {
        /// The network failed, the time was up, or somebody closed (`ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL`).
        case noDetail
        /// The protocol was broken, or the sides do not fit (`ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL`).
        case protocolError
        /// The peer refused with the status 300, 400 or 500 (`ZMQ_EVENT_HANDSHAKE_FAILED_AUTH`; RFC 27).
        case authentication(status: Int)
    }

    /// Of which kind a failed handshake with this reason is.
    public var handshakeFailure: HandshakeFailure {
        switch self {
        case .closedByPeer, .closedHere, .handshakeTimedOut, .heartbeatTimedOut, .failed: .noDetail
        case .refused: .protocolError
        case .protocolViolation(let error):
            ["300", "400", "500"].contains(error.peerReason)
                ? .authentication(status: error.peerReason.flatMap { Int($0) } ?? 0) : .protocolError
        }
    }
}

extension SocketEvent {
    /// The connection that the event is about, if it is about one.
    public var connection: Connection? {
        switch self {
        case .accepted(let connection), .connected(let connection), .handshakeSucceeded(let connection, _),
            .handshakeFailed(let connection, _, _), .disconnected(let connection, _, _, _):
            connection
        case .listening, .bindFailed, .closed, .closeFailed, .acceptFailed, .connecting, .connectFailed, .missed: nil
        }
    }

    /// The endpoint here that the event is about.
    public var endpoint: String? {
        switch self {
        case .listening(let endpoint), .bindFailed(let endpoint, _), .closed(let endpoint),
            .closeFailed(let endpoint, _), .acceptFailed(let endpoint, _), .connecting(let endpoint, _),
            .connectFailed(let endpoint, _, _):
            endpoint
        case .accepted, .connected, .handshakeSucceeded, .handshakeFailed, .disconnected: self.connection?.endpoint
        case .missed: nil
        }
    }
}

extension SocketEvent.PeerDescription {
    init(_ connection: ConnectionRecord, _ peer: PeerID) {
        self.init(
            id: PeerNumber(peer), address: connection.address, socketType: connection.peer.socketType,
            routingID: connection.peer.routingID, version: connection.peer.version, mechanism: connection.mechanism,
            properties: connection.peer.properties)
    }
}
