// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// The rules of one socket type: who gets what is sent, and whose turn it is when receiving.
///
/// A value without I/O, clock or lock. Peers are small numbers that the socket gives out. Requirements are events,
/// their results what the socket has to do.
package protocol Pattern: Sendable {
    /// What the application receives.
    associatedtype Incoming: Sendable = Message

    static var type: SocketType { get }
    /// False for types that only send: what peers send them is thrown away.
    static var receives: Bool { get }
    /// What waits for the socket is thrown away when it sends (REQ).
    static var discardsWaitingOnSend: Bool { get }
    /// Sending makes receiving possible again (REP).
    static var sendingEnablesReceiving: Bool { get }
    /// A peer can be joined before its handshake tells its routing id.
    static var joinsBeforeHandshake: Bool { get }

    init(_ rules: PatternRules)

    // MARK: Peers

    mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision
    /// The peer is gone, though messages of it may still be read: send it nothing more.
    mutating func closeSending(to peer: Int)
    mutating func leave(_ peer: Int)
    mutating func becameReadable(_ peer: Int)
    mutating func becameWritable(_ peer: Int)

    // MARK: Sending

    /// Why nothing may be sent now, whoever the peer (REQ, REP: EFSM).
    var sendingFault: ZeroMQError? { get }
    /// What goes in front of every message.
    var envelope: Envelope? { get }
    var canSend: Bool { get }
    mutating func route(to destination: Destination) -> Route
    /// Whom `route` would name for any peer, if nothing else has to be asked or done; nil if that is not so simple.
    var quickTarget: Int? { get }
    mutating func didSend(to peer: Int)
    mutating func didDrop()
    mutating func didFindFull(_ peer: Int)

    // MARK: Receiving

    /// Why nothing may be received now (REQ, REP: EFSM).
    var receivingFault: ZeroMQError? { get }
    var canReceive: Bool { get }
    /// Whose message comes next.
    var source: Int? { get }
    mutating func didEmpty(_ peer: Int)
    /// Takes a message from its source; nil if it is not for the application.
    mutating func deliver(_ message: consuming Message, from peer: Int) -> Incoming?
    /// The message, and its sender if the type names it.
    static func open(_ incoming: consuming Incoming) -> (peer: Peer?, message: Message)
}

/// Options that change a pattern's rules.
package struct PatternRules: Sendable {
    package var isMandatory: Bool
    package var allowsHandover: Bool
    package var isRelaxed: Bool
    package var correlates: Bool
    /// Where counters that peers see begin.
    package var seed: UInt32

    package init(
        isMandatory: Bool = false,
        allowsHandover: Bool = false,
        isRelaxed: Bool = false,
        correlates: Bool = false,
        seed: UInt32 = 0
    ) {
        self.isMandatory = isMandatory
        self.allowsHandover = allowsHandover
        self.isRelaxed = isRelaxed
        self.correlates = correlates
        self.seed = seed
    }
}

/// Whom the application wants to reach.
package enum Destination: Sendable {
    case any
    case peer(PeerID)
    case id(RoutingID)
}

package enum Route: Sendable {
    case to(Int)
    /// Nobody can take it now.
    case wait
    /// Nobody will take it, and the type's rule is to say nothing.
    case drop
    case fail(ZeroMQError)
}

package enum JoinDecision: Sendable, Equatable {
    case joined
    case refused(String)
    /// The newcomer takes over the address of this peer, which must go.
    case replaces(Int)
}

extension Pattern {
    package static var receives: Bool { true }
    package static var discardsWaitingOnSend: Bool { false }
    package static var sendingEnablesReceiving: Bool { false }
    package static var joinsBeforeHandshake: Bool { true }

    package var sendingFault: ZeroMQError? { nil }
    package var receivingFault: ZeroMQError? { nil }
    package var envelope: Envelope? { nil }
    package var quickTarget: Int? { nil }
    package mutating func didDrop() {}
}

extension Pattern where Incoming == Message {
    package static func open(_ incoming: consuming Message) -> (peer: Peer?, message: Message) { (nil, incoming) }
}
