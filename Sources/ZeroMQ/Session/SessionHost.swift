// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import ZMTP

/// A socket, as its connections see it. Isolation: any thread.
protocol SessionHost: PipeOwner {
    var loop: any EventLoop { get }
    var memory: ReceiveMemory { get }
    var directWriters: DirectWriterBudget { get }
    var options: SocketOptions { get }
    var events: EventHub { get }
    var socketType: SocketType { get }
    var lookUp: HostLookUp { get }
    var dialQueue: DialQueue { get }

    /// Begins something that needs the event loop from outside it. The socket is not closed before `endErrand`; false if
    /// it is closed already, and its loop perhaps gone.
    func beginErrand() -> Bool
    func endErrand()
    /// A peer that comes with its connection and goes with it.
    func admit(_ link: any PeerLink, as routingID: RoutingID?) -> Admittance
    /// The first handshake of a dialled peer, whose pipe was there before.
    func identify(_ peer: PeerID, as routingID: RoutingID?) -> Admittance
    /// A connection has begun; its number. The socket is not closed before its end is told.
    func beginConnection() -> UInt64
    func endConnection()
    /// What is known of a peer's present connection, from before it carries anything.
    func describe(_ peer: PeerID, as description: SocketEvent.PeerDescription)
    /// A connection with a peer that was admitted or identified is about to carry messages.
    func peerIsReady(_ peer: PeerID, _ connection: ConnectionRecord)
    /// A connection with the peer is ready; nothing of it was received yet.
    func connectionDidBegin(_ peer: PeerID)
    /// A connection with the peer that was ready has ended; nothing more comes of it.
    func connectionDidEnd(_ peer: PeerID, isDialled: Bool)
    /// The peer is gone for good; what it sent can still be read. What waits for it is lost for the reason given.
    func release(_ peer: PeerID, losing reason: DropReason)
    /// A connected endpoint is dialled no more.
    func dialDidEnd(_ link: any PeerLink)
}

/// Whether a peer that is ready may take part.
enum Admittance: Sendable {
    case admitted(PipeEnd, Pipe)
    case refused(String)
}

/// Who started a session and follows its fate. Isolation: the session's event loop.
protocol SessionDelegate: AnyObject, Sendable {
    func sessionDidConnect(_ session: Session)
    func session(_ session: Session, isReady peer: ConnectionEvent.Peer) -> Admittance
    func session(_ session: Session, didEnd end: SessionEnd)
}

/// Why a session ended.
struct SessionEnd: Sendable {
    var reason: DisconnectReason
    /// Whether messages could have flowed.
    var wasReady: Bool
}

extension DisconnectReason {
    /// Why messages that waited for an accepted peer do so no longer.
    var loss: DropReason {
        if case .closedHere = self { return .linger }
        return .peerGone
    }
}

extension EventHub {
    /// Tells that a connection has ended, and before that its handshake if it never succeeded.
    func emitEnd(
        _ end: SessionEnd, of connection: @autoclosure () -> SocketEvent.Connection, peer: PeerID?, retryIn: Duration?
    ) {
        if !end.wasReady { self.emit(.handshakeFailed(connection(), reason: end.reason, retryIn: retryIn)) }
        self.emit(
            .disconnected(connection(), peer: peer.map { PeerNumber($0) }, reason: end.reason, retryIn: retryIn))
    }
}

extension SessionHost {
    /// What the connections of this socket tell their peers and put up with.
    var connectionConfiguration: ConnectionConfiguration {
        var configuration = ConnectionConfiguration(socketType: self.socketType, routingID: self.options.routingID)
        configuration.maxFrameSize = self.options.maxMessageSize
        configuration.oldestVersion = self.options.oldestVersion
        configuration.heartbeat = self.options.heartbeat
        configuration.properties = self.options.announcedMetadata
        return configuration
    }
}
