// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// How the two sides of a connection prove who they are and keep others out.
///
/// A demand, not an offer: a peer that announces another mechanism is refused, also a stronger one (RFC 37,
/// "Authentication and Confidentiality").
@nonexhaustive
public enum SecurityMechanism: Sendable, Hashable {
    /// Neither authentication nor confidentiality (RFC 37, "The NULL Security Mechanism").
    case null

    /// The name in the greeting.
    public var name: String {
        switch self {
        case .null: "NULL"
        }
    }

    /// Whether this side takes the server's part; NULL has no parts, so as-server MUST be zero.
    public var isServer: Bool {
        switch self {
        case .null: false
        }
    }
}
