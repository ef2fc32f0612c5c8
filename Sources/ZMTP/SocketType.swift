// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// What a socket is for, and with that which sockets it may talk to.
///
/// The raw value is the name in lower case, for command lines and logs; ``wireName`` is the one in capitals that
/// READY announces as `Socket-Type` (RFC 37, "The Socket-Type Property").
@nonexhaustive
public enum SocketType: String, Sendable, CaseIterable, CustomStringConvertible {
    /// One peer, both ways (RFC 31).
    case pair
    /// Publishes to all who subscribed (RFC 29).
    case pub
    /// Subscribes and receives (RFC 29).
    case sub
    /// Asks one question at a time (RFC 28).
    case req
    /// Answers one question at a time (RFC 28).
    case rep
    /// Asks and answers without taking turns, spread over its peers (RFC 28).
    case dealer
    /// Talks to each peer by its routing id (RFC 28).
    case router
    /// Receives from a pipeline (RFC 30).
    case pull
    /// Sends into a pipeline (RFC 30).
    case push
    /// A publisher that sees the subscriptions (RFC 29).
    case xpub
    /// A subscriber that sends subscriptions as messages (RFC 29).
    case xsub

    /// The type with this name in capitals, as `Socket-Type` carries it, or `nil` if there is none.
    public init?(wireName: String) {
        guard let type = Self.allCases.first(where: { $0.wireName == wireName }) else { return nil }
        self = type
    }

    /// The name in capitals, as `Socket-Type` carries it.
    public var wireName: String { self.rawValue.uppercased() }

    /// The name in lower case.
    public var description: String { self.rawValue }

    /// Whether a socket of this type and one of the other may share a connection.
    ///
    /// The same from both sides (RFC 37, "The Socket-Type Property").
    public func canTalk(to other: SocketType) -> Bool {
        switch self {
        case .pair: other == .pair
        case .pub, .xpub: other == .sub || other == .xsub
        case .sub, .xsub: other == .pub || other == .xpub
        case .req: other == .rep || other == .router
        case .rep: other == .req || other == .dealer
        case .dealer: other == .rep || other == .dealer || other == .router
        case .router: other == .req || other == .dealer || other == .router
        case .pull: other == .push
        case .push: other == .pull
        }
    }

    /// Whether READY of this type carries `Identity`: the property means something from these three only.
    ///
    /// RFC 37, "The Identity Property"; libzmq sends it from exactly these.
    package var announcesRoutingID: Bool {
        self == .req || self == .dealer || self == .router
    }
}
