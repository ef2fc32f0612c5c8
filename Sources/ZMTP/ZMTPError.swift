// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Why a connection cannot go on: the peer broke a rule of ZMTP, or what it wants does not fit what is wanted here.
///
/// Branch on ``code``; show ``message``. The message says what was expected, what came, and where the rule stands.
/// It never repeats what a message or a credential holds.
public struct ZMTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure, to branch on.
    @nonexhaustive
    public enum Code: Sendable, Hashable {
        /// The first octets are no ZMTP 3 signature: another protocol, or ZMTP 1.0 without a version.
        case notZMTP
        /// The peer speaks a version of ZMTP that is not spoken here.
        case unsupportedVersion
        /// The peer demands another security mechanism.
        case mechanismMismatch
        /// The greeting begins as it should, and the rest of its signature does not follow.
        case malformedGreeting
        /// A frame has reserved bits set, a size that cannot be, or MORE on a command.
        case malformedFrame
        /// The body of a command does not follow its grammar.
        case malformedCommand
        /// The properties of a READY do not follow their grammar.
        case malformedMetadata
        /// A command that may not come at this point of the connection.
        case unexpectedCommand
        /// A data frame before the handshake is complete.
        case unexpectedMessage
        /// A frame, part of a message or command, announces more octets than allowed.
        case frameTooLarge
        /// The frames of one message have more octets together than allowed.
        case messageTooLarge
        /// A message has more parts than allowed.
        case tooManyParts
        /// The socket types of the two sides may not talk to each other.
        case incompatibleSocketType
        /// A routing id is empty, longer than 255 octets, or begins with a zero octet.
        case invalidRoutingID
        /// The peer sent ERROR: it does not want this connection.
        case refusedByPeer
    }

    /// The kind of failure, to branch on.
    public let code: Code

    /// One sentence for people: what was expected, what came, and the section of the RFC.
    public let message: String

    /// What a peer that sent ERROR gave as its reason, which may be a status such as `400` (RFC 27).
    public let peerReason: String?

    /// An error of the given kind.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - message: One sentence for people, without payload and without secrets.
    ///   - peerReason: The reason in the peer's ERROR.
    public init(_ code: Code, _ message: String, peerReason: String? = nil) {
        self.code = code
        self.message = message
        self.peerReason = peerReason
    }

    /// The kind and the sentence, as in `malformedFrame: …`.
    public var description: String { "\(self.code): \(self.message)" }
}
