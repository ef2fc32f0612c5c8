// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// A peer of a ROUTER, as received messages name it and sent ones address it.
///
/// It names one connection: when the peer leaves, sending to it finds nobody, even if another peer has taken the
/// same routing id since. To address whoever has an id at the time, use the ``routingID``.
public struct Peer: Sendable, Hashable {
    /// The address that the peer announced or, if it announced none, that was generated for it (RFC 28, ROUTER).
    public let routingID: RoutingID
    let key: PeerID
}

extension Peer: CustomStringConvertible {
    /// The routing id: its text if printable, otherwise hexadecimal.
    public var description: String { self.routingID.description }
}

/// A message that a ROUTER received, and who sent it.
public struct RoutedMessage: Sendable, Hashable {
    /// Who sent it; send the answer there.
    public let peer: Peer
    /// The message, without the address.
    public var message: Message

    /// Puts a message and its sender together.
    public init(peer: Peer, message: Message) {
        self.peer = peer
        self.message = message
    }
}
