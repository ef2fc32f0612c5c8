// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// A socket at one moment: its endpoints, its peers, and what has passed through it; see ``Socket/snapshot()``.
public struct SocketSnapshot: Sendable {
    /// The type of the socket.
    public let socketType: SocketType
    /// The bound endpoints as they were resolved, inproc's too.
    public let boundEndpoints: [String]
    /// The connected endpoints as they were given.
    public let connectedEndpoints: [String]
    /// Those who have a queue here: connected now, dialled, or gone with messages that are still to be received.
    public let peers: [PeerSnapshot]
    /// What has passed between the socket and all its peers since it was made, peers that are gone included.
    public let totals: Traffic
}

/// One peer of a socket at one moment.
public struct PeerSnapshot: Sendable {
    /// How far the peer is.
    public enum State: String, Sendable, Hashable {
        /// There is no connection now; it is being dialled.
        case connecting
        /// Messages flow.
        case connected
        /// Nothing new is queued for it; what waits leaves, then it goes.
        case leaving
        /// It has gone; messages of it are still to be received.
        case gone
    }

    /// The number of the peer, as in ``SocketEvent``; no other peer of the socket has it, before or after.
    public let id: PeerNumber
    /// How far it is.
    public let state: State
    /// The endpoint here that joins them, as it was resolved or, when dialled, given.
    public let endpoint: String
    /// Where it is, as `tcp://address:port`; nil before the first connection. Over ipc the path.
    public let address: String?
    /// The address under which a ROUTER knows it, generated or announced; elsewhere the one that it announced.
    public let routingID: RoutingID?
    /// The type of its socket, if it has said.
    public let socketType: SocketType?
    /// The version of ZMTP spoken with it; nil before the first connection, and over inproc.
    public let version: ProtocolVersion?
    /// The security mechanism; nil before the first connection, and over inproc.
    public let mechanism: String?
    /// How long the connection has been ready; nil if there is none.
    public let age: Duration?
    /// How many connections have been ready before this one.
    public let reconnects: Int
    /// How long the peer took to answer the last PING; nil without heartbeats, and over inproc.
    public let roundTripTime: Duration?
    /// What has passed between the socket and this peer.
    public let traffic: Traffic
}

/// The number of a peer in its socket.
public struct PeerNumber: Sendable, Hashable, CustomStringConvertible {
    /// The number; it means nothing but itself.
    public let rawValue: UInt64

    init(_ id: PeerID) {
        self.rawValue = UInt64(id.generation) << 32 | UInt64(id.index)
    }

    /// The number in decimal digits.
    public var description: String { "\(self.rawValue)" }
}
