// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// What happens at a socket's endpoints over tcp and ipc. Twin of libzmq's socket monitor.
///
/// Endpoints are named as ``Socket/bind(to:)`` resolved them and as they were given to ``Socket/connect(to:)``.
@nonexhaustive
public enum SocketEvent: Sendable {
    /// An endpoint is bound (`ZMQ_EVENT_LISTENING`).
    case listening(endpoint: String)
    /// An endpoint could not be bound (`ZMQ_EVENT_BIND_FAILED`).
    case bindFailed(endpoint: String, error: ZeroMQError)
    /// A bound endpoint is closed (`ZMQ_EVENT_CLOSED`).
    case closed(endpoint: String)
    /// A connection came in; its handshake follows (`ZMQ_EVENT_ACCEPTED`).
    case accepted(endpoint: String, peer: String)
    /// A connection could not be accepted, for want of descriptors for example; accepting goes on shortly
    /// (`ZMQ_EVENT_ACCEPT_FAILED`).
    case acceptFailed(endpoint: String, error: ZeroMQError)
    /// The transport is connected; the handshake follows (`ZMQ_EVENT_CONNECTED`).
    case connected(endpoint: String)
    /// Nobody answered; the next attempt comes after the time given, never if nil (`ZMQ_EVENT_CONNECT_RETRIED`).
    case connectFailed(endpoint: String, error: ZeroMQError, retryIn: Duration?)
    /// The peer is ready: messages can flow (`ZMQ_EVENT_HANDSHAKE_SUCCEEDED`).
    case handshakeSucceeded(endpoint: String, peer: PeerDescription)
    /// The connection ended before the peer was ready (`ZMQ_EVENT_HANDSHAKE_FAILED_…`).
    case handshakeFailed(endpoint: String, peer: String, reason: DisconnectReason, retryIn: Duration?)
    /// A connection with a peer that was ready has ended (`ZMQ_EVENT_DISCONNECTED`).
    case disconnected(endpoint: String, peer: String, reason: DisconnectReason, retryIn: Duration?)

    /// What is known of a peer that is connected, from the handshake; also beside messages, see
    /// ``ReceivingSocket/receiveDescribed()``.
    public struct PeerDescription: Sendable, Hashable {
        /// Where it is: the endpoint at the other end of the connection.
        public let address: String
        /// The type of its socket, if it said.
        public let socketType: SocketType?
        /// The routing id that it announced, if any.
        public let routingID: RoutingID?
        /// The protocol version that both sides speak.
        public let version: ProtocolVersion
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

extension DisconnectReason: CustomStringConvertible {
    /// The reason as a phrase.
    public var description: String {
        switch self {
        case .closedByPeer: "closed by the peer"
        case .closedHere: "closed here"
        case .handshakeTimedOut: "handshake timed out"
        case .heartbeatTimedOut: "heartbeat timed out"
        case .protocolViolation(let error): "protocol violation: \(error)"
        case .refused(let why): "refused: \(why)"
        case .failed(let error): "\(error)"
        }
    }
}

extension SocketEvent: CustomStringConvertible {
    /// The event as one line.
    public var description: String {
        switch self {
        case .listening(let endpoint): "listening at \(endpoint)"
        case .bindFailed(let endpoint, let error): "bind failed at \(endpoint): \(error)"
        case .closed(let endpoint): "closed \(endpoint)"
        case .accepted(let endpoint, let peer): "accepted \(peer) at \(endpoint)"
        case .acceptFailed(let endpoint, let error): "accept failed at \(endpoint): \(error)"
        case .connected(let endpoint): "connected to \(endpoint)"
        case .connectFailed(let endpoint, let error, let delay):
            "connect failed to \(endpoint): \(error)\(Self.retry(delay))"
        case .handshakeSucceeded(let endpoint, let peer):
            "handshake succeeded at \(endpoint) with \(peer)"
        case .handshakeFailed(let endpoint, let peer, let reason, let delay):
            "handshake failed at \(endpoint) with \(peer): \(reason)\(Self.retry(delay))"
        case .disconnected(let endpoint, let peer, let reason, let delay):
            "disconnected at \(endpoint) from \(peer): \(reason)\(Self.retry(delay))"
        }
    }

    private static func retry(_ delay: Duration?) -> String {
        delay.map { "; next attempt in \($0)" } ?? ""
    }
}

extension SocketEvent.PeerDescription: CustomStringConvertible {
    /// The address and what the peer said of itself.
    public var description: String {
        let type = self.socketType?.wireName ?? "unknown type"
        let id = self.routingID.map { ", routing id \($0)" } ?? ""
        return "\(self.address) (\(type), ZMTP \(self.version)\(id)\(self.metadataDescription))"
    }

    init(_ peer: ConnectionEvent.Peer, address: String) {
        self.init(
            address: address, socketType: peer.socketType, routingID: peer.routingID, version: peer.version,
            properties: peer.properties)
    }
}

extension SocketEvent {
    /// The event that tells of a session's end.
    static func ended(_ end: SessionEnd, endpoint: String, peer: String, retryIn delay: Duration?) -> SocketEvent {
        end.wasReady
            ? .disconnected(endpoint: endpoint, peer: peer, reason: end.reason, retryIn: delay)
            : .handshakeFailed(endpoint: endpoint, peer: peer, reason: end.reason, retryIn: delay)
    }
}
