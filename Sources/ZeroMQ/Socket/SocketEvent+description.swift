// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

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
        case .closeFailed(let endpoint, let error): "close failed at \(endpoint): \(error)"
        case .acceptFailed(let endpoint, let error): "accept failed at \(endpoint): \(error)"
        case .connecting(let endpoint, let attempt): "connecting to \(endpoint), attempt \(attempt)"
        case .connectFailed(let endpoint, let error, let delay):
            "connect failed to \(endpoint): \(error)\(Self.retry(delay))"
        case .accepted(let connection): "accepted \(connection.peerAddress) at \(connection)"
        case .connected(let connection): "connected to \(connection)"
        case .handshakeSucceeded(let connection, let peer): "handshake succeeded at \(connection) with \(peer)"
        case .handshakeFailed(let connection, let reason, let delay):
            "handshake failed at \(connection) with \(connection.peerAddress): \(reason)\(Self.retry(delay))"
        case .disconnected(let connection, _, let reason, let delay):
            "disconnected at \(connection) from \(connection.peerAddress): \(reason)\(Self.retry(delay))"
        case .missed(let count): "missed \(count) events"
        }
    }

    private static func retry(_ delay: Duration?) -> String {
        delay.map { "; next attempt in \($0)" } ?? ""
    }
}

extension SocketEvent.Connection: CustomStringConvertible {
    /// The endpoint and the number.
    public var description: String { "\(self.endpoint) #\(self.number)" }
}

extension SocketEvent.PeerDescription: CustomStringConvertible {
    /// The address and what the peer said of itself.
    public var description: String {
        let type = self.socketType?.wireName ?? "unknown type"
        let id = self.routingID.map { ", routing id \($0)" } ?? ""
        return "\(self.address) (\(type), ZMTP \(self.version) \(self.mechanism)\(id)\(self.metadataDescription))"
    }
}
