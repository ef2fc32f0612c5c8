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
    /// What is sent mostly answers what was received: REQ, REP, DEALER, ROUTER.
    static var answers: Bool { get }
    /// One message is received for one that is sent: REQ, REP.
    static var takesTurns: Bool { get }
    /// A peer can be joined before its handshake tells its routing id.
    static var joinsBeforeHandshake: Bool { get }
    /// What is received goes to another socket, and what another socket has received to a peer, just as it is but for the
    /// address of a ROUTER: `didTake` instead of `deliver`.
    static var passesFrames: Bool { get }
    /// Sends to all peers that want a message rather than to one (PUB, XPUB, XSUB): `choose` and `nextTarget` instead of
    /// `route`.
    static var fansOut: Bool { get }
    /// What peers send is looked at when it comes, whoever receives (PUB, XPUB): `absorb` instead of `deliver`.
    static var absorbs: Bool { get }
    /// Tells its peers what it wants from them (SUB, XSUB).
    static var subscribes: Bool { get }

    init(_ rules: PatternRules)
    /// Some rules can change while the socket is in use: those of ROUTER, REQ and XPUB.
    mutating func update(_ rules: PatternRules)

    // MARK: Peers

    mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision
    /// A peer has this address.
    func isTaken(_ id: RoutingID) -> Bool
    /// The peer is gone, though messages of it may still be read: send it nothing more.
    mutating func closeSending(to peer: Int)
    mutating func leave(_ peer: Int)
    mutating func becameReadable(_ peer: Int)
    mutating func becameWritable(_ peer: Int)
    /// The address under which the socket knows a peer, for types that have addresses.
    func routingID(of peer: Int) -> RoutingID?

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

    // MARK: Sending to many

    /// Finds out who gets a message.
    mutating func choose(for message: borrowing Message)
    /// The first of those chosen with this number or a higher one.
    func nextTarget(from peer: Int) -> Int?
    /// Nobody gets the message as long as one of those chosen has no room (`ZMQ_XPUB_NODROP`).
    var waitsForAll: Bool { get }
    /// The message is out, to whomever had room.
    mutating func didPublish()
    /// What every new connection is sent first.
    var welcome: Message? { get }

    // MARK: Subscribing

    /// What the application wants. True if the peers must be told.
    mutating func apply(_ subscription: Subscription) -> Bool
    /// All that it wants, each once, to be told to a new connection.
    var topics: [Message.Part] { get }
    /// How many topics are known (`ZMQ_TOPICS_COUNT`).
    var topicCount: Int { get }
    /// Takes the subscriptions out of a message that is to be sent; what is left of it.
    func split(_ message: Message) -> (subscriptions: [Subscription], rest: Message?)

    // MARK: Absorbing

    /// More of what peers send may be looked at now.
    var canAbsorb: Bool { get }
    /// Looks at what a peer has sent.
    mutating func absorb(_ message: Message, from peer: Int)
    /// The next of what was absorbed that is for the application.
    mutating func takeAbsorbed() -> Incoming?
    /// How many peers would get a message with this first part, or, if nil, anything at all.
    func subscriberCount(for part: Message.Part?) -> Int
    /// Gives or takes a topic in the name of the peer whose request was taken last. False if there is none.
    mutating func setManually(_ subscription: Subscription) -> Bool

    // MARK: Receiving

    /// Why nothing may be received now (REQ, REP: EFSM).
    var receivingFault: ZeroMQError? { get }
    var canReceive: Bool { get }
    /// Whose message comes next.
    var source: Int? { get }
    mutating func didEmpty(_ peer: Int)
    /// Takes a message from its source; nil if it is not for the application.
    mutating func deliver(_ message: consuming Message, from peer: Int) -> Incoming?
    /// A message of a source has been taken as it is.
    mutating func didTake(from peer: Int)
    /// What goes in front of a source's messages where they are passed on.
    func address(of peer: Int) -> Envelope?
    /// Whom a message with this in front would be sent to behind it, if that is possible at once.
    mutating func target(at address: UnsafeRawBufferPointer) -> Int?
    /// Why the last message that was not for the application was thrown away; nil if it was for the socket itself.
    var discardReason: DropReason? { get }
    /// How many messages of peers were looked at and thrown away, because the type does not receive.
    var unwantedCount: Int { get }
    /// The message, and its sender if the type names it.
    static func open(_ incoming: consuming Incoming) -> (peer: Peer?, message: Message)
}

/// Options that change a pattern's rules.
package struct PatternRules: Sendable {
    package var isMandatory: Bool
    package var allowsHandover: Bool
    package var isRelaxed: Bool
    package var correlates: Bool
    package var publishing: PublishingRules
    /// Where counters that peers see begin.
    package var seed: UInt32

    package init(
        isMandatory: Bool = false,
        allowsHandover: Bool = false,
        isRelaxed: Bool = false,
        correlates: Bool = false,
        publishing: PublishingRules = PublishingRules(),
        seed: UInt32 = 0
    ) {
        self.isMandatory = isMandatory
        self.allowsHandover = allowsHandover
        self.isRelaxed = isRelaxed
        self.correlates = correlates
        self.publishing = publishing
        self.seed = seed
    }
}

/// Options of the publish-subscribe types.
package struct PublishingRules: Sendable {
    package var inverts = false
    package var verbosity = XPubVerbosity.quiet
    package var isManual = false
    package var sendsLastValue = false
    package var waitsForAll = false
    package var welcome: Message?
    package var looksAtFirstPartOnly = false
    package var repeatsCancellations = false
    /// How many messages and octets may wait for the application before nothing more is taken from peers.
    package var mark: Int?
    package var byteMark: Int?

    package init() {}
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
    /// Nobody will take it, and the type's rule is to say nothing but to count it: for this peer, if there is one.
    case drop(DropReason, for: Int?)
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
    package static var answers: Bool { false }
    package static var takesTurns: Bool { false }
    package static var joinsBeforeHandshake: Bool { true }
    package static var passesFrames: Bool { false }
    package static var fansOut: Bool { false }
    package static var absorbs: Bool { false }
    package static var subscribes: Bool { false }

    package mutating func update(_ rules: PatternRules) {}
    package func isTaken(_ id: RoutingID) -> Bool { false }

    package var sendingFault: ZeroMQError? { nil }
    package var receivingFault: ZeroMQError? { nil }
    package var envelope: Envelope? { nil }
    package var quickTarget: Int? { nil }
    package mutating func didDrop() {}

    package mutating func choose(for message: borrowing Message) {}
    package func nextTarget(from peer: Int) -> Int? { nil }
    package var waitsForAll: Bool { false }
    package mutating func didPublish() {}
    package var welcome: Message? { nil }

    package mutating func apply(_ subscription: Subscription) -> Bool { false }
    package var topics: [Message.Part] { [] }
    package var topicCount: Int { 0 }
    package func split(_ message: Message) -> (subscriptions: [Subscription], rest: Message?) { ([], message) }

    package var canAbsorb: Bool { false }
    package mutating func absorb(_ message: Message, from peer: Int) {}
    package mutating func takeAbsorbed() -> Incoming? { nil }
    package func subscriberCount(for part: Message.Part?) -> Int { 0 }
    package mutating func setManually(_ subscription: Subscription) -> Bool { false }
    package mutating func didTake(from peer: Int) {}
    package func address(of peer: Int) -> Envelope? { nil }
    package mutating func target(at address: UnsafeRawBufferPointer) -> Int? { nil }
    package var discardReason: DropReason? { nil }
    package var unwantedCount: Int { 0 }
    package func routingID(of peer: Int) -> RoutingID? { nil }
}

extension Pattern where Incoming == Message {
    package static func open(_ incoming: consuming Message) -> (peer: Peer?, message: Message) { (nil, incoming) }
}
