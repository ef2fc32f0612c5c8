// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The address of a peer at a ROUTER: 1 to 255 octets, chosen by the peer or, if it chose none, generated.
///
/// On the wire it is the property `Identity` of the handshake (RFC 37, "Connection Metadata"). Ids that begin with a
/// zero octet are those which a ROUTER generates; no application may choose one (RFC 28). Twin of `ZMQ_ROUTING_ID`.
public struct RoutingID: Sendable, Hashable {
    @usableFromInline package let bytes: Bytes

    /// Takes octets as they are: generated ids, and ids that were checked before.
    @inlinable
    package init(unchecked bytes: Bytes) {
        self.bytes = bytes
    }

    /// Creates a routing id from octets.
    ///
    /// - Throws: `.invalidRoutingID` unless there are 1 to 255 octets and the first is not zero.
    public init(_ octets: some Sequence<UInt8>) throws(ZMTPError) {
        try self.init(checking: Message.Part(octets).bytes)
    }

    /// Creates a routing id from the UTF-8 form of a text.
    ///
    /// - Throws: `.invalidRoutingID` unless it has 1 to 255 octets and the first is not zero.
    public init(_ text: String) throws(ZMTPError) {
        try self.init(checking: Message.Part(text).bytes)
    }

    package init(checking bytes: Bytes) throws(ZMTPError) {
        let count = bytes.count
        guard (1...255).contains(count) else {
            throw ZMTPError(.invalidRoutingID, "routing id: expected 1 to 255 octets, got \(count) (RFC 28)")
        }
        guard unsafe bytes.withUnsafeBytes({ unsafe $0.first }) != 0 else {
            throw ZMTPError(.invalidRoutingID, "routing id: must not begin with a zero octet (RFC 28)")
        }
        self.bytes = bytes
    }

    /// The id that a ROUTER gives to a peer without one: a zero octet and a number (RFC 28, ROUTER).
    package static func generated(_ number: UInt32) -> RoutingID {
        let octets = [0] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        return RoutingID(unchecked: Message.Part(octets).bytes)
    }

    /// The id as a message part, as it stands in envelopes.
    @inlinable public var part: Message.Part { Message.Part(bytes: self.bytes) }
}

extension RoutingID: ExpressibleByStringLiteral {
    /// Creates a routing id from a literal of 1 to 255 octets in UTF-8; another length is a mistake in the program
    /// and stops it. For text from elsewhere use the initializer that throws, with a variable.
    public init(stringLiteral text: String) {
        let part = Message.Part(text)
        precondition((1...255).contains(part.count), "a routing id has 1 to 255 octets")
        precondition(part[0] != 0, "a routing id does not begin with a zero octet")
        self.init(unchecked: part.bytes)
    }
}

extension RoutingID: CustomStringConvertible {
    /// The text, if all of it is printable ASCII, otherwise hexadecimal with `0x` in front.
    public var description: String {
        let part = self.part
        if part.allSatisfy({ (0x20...0x7E).contains($0) }) { return String(part) }
        return "0x" + part.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
