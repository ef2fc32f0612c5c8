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

    /// A peer that comes with its connection and goes with it.
    func admit(_ link: any PeerLink, as routingID: RoutingID?) -> Admittance
    /// The first handshake of a dialled peer, whose pipe was there before.
    func identify(_ peer: PeerID, as routingID: RoutingID?) -> Admittance
    /// What is known of a peer's present connection, from before it carries anything.
    func describe(_ peer: PeerID, as description: SocketEvent.PeerDescription)
    /// A connection with the peer is ready; nothing of it was received yet.
    func connectionDidBegin(_ peer: PeerID)
    /// A connection with the peer that was ready has ended; nothing more comes of it.
    func connectionDidEnd(_ peer: PeerID, isDialled: Bool)
    /// The peer is gone for good; what it sent can still be read.
    func release(_ peer: PeerID)
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
    /// Messages whose writing was under way: nobody can say whether the peer got them.
    var unknown: Int
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
