// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import struct NIOCore.ByteBuffer

/// The 64 octets that open a connection: signature, version, mechanism, as-server (RFC 37, "Formal Grammar").
///
/// They leave in two portions. The *opening*, 11 octets up to the major version, goes out at once; the rest follows
/// when the peer's major version is known to be 3 or more. So neither side waits for the other, and an older peer has
/// not been sent octets that it would misread.
public struct Greeting: Sendable, Hashable {
    /// The version that the sender speaks.
    public let version: ProtocolVersion

    /// The name of the mechanism that the sender demands, without the zeros behind it.
    public let mechanism: String

    /// Whether the sender takes the server's part in the security handshake. Advice only: libzmq never sets it.
    public let isServer: Bool

    static let signatureLength = 10
    static let openingLength = 11
    static let length = 64
    static let mechanismLength = 20

    /// The greeting of our side.
    package init(version: ProtocolVersion, mechanism: String, isServer: Bool) {
        self.version = version
        self.mechanism = mechanism
        self.isServer = isServer
    }

    // MARK: Writing

    /// Writes octets 0 to 10: signature and major version.
    package func writeOpening(into buffer: inout ByteBuffer, routingIDLength: Int) {
        self.writeSignature(into: &buffer, routingIDLength: routingIDLength)
        self.writeMajor(into: &buffer)
    }

    /// Writes octets 0 to 9.
    ///
    /// The padding carries the length of the announced routing id plus one, for 1.0 peers that take the signature for
    /// the header of a frame (RFC 37, "Detecting ZMTP 1.0 and 2.0 Peers").
    func writeSignature(into buffer: inout ByteBuffer, routingIDLength: Int) {
        buffer.writeInteger(0xFF as UInt8)
        buffer.writeInteger(UInt64(routingIDLength + 1))
        buffer.writeInteger(0x7F as UInt8)
    }

    /// Writes octet 10.
    func writeMajor(into buffer: inout ByteBuffer) {
        buffer.writeInteger(self.version.major)
    }

    /// Writes octets 11 to 63: minor version, mechanism, as-server, filler.
    package func writeRest(into buffer: inout ByteBuffer) {
        buffer.writeInteger(self.version.minor)
        let name = self.mechanism.utf8.prefix(Self.mechanismLength)
        buffer.writeBytes(name)
        buffer.writeRepeatingByte(0, count: Self.mechanismLength - name.count)
        buffer.writeInteger(self.isServer ? 1 : 0 as UInt8)
        buffer.writeRepeatingByte(0, count: 31)
    }

    // MARK: Reading

    /// Checks as much of the opening as there is.
    ///
    /// - Parameters:
    ///   - bytes: What has come.
    ///   - oldest: The oldest version that is let pass.
    /// - Returns: Whether all 11 octets are there and fit.
    /// - Throws: As soon as the octet that does not fit is there.
    package static func checkOpening(_ bytes: ByteBuffer, oldest: ProtocolVersion = .v30) throws(ZMTPError) -> Bool {
        func octet(_ offset: Int) -> UInt8? { bytes.getInteger(at: bytes.readerIndex + offset) }
        if let first = octet(0), first != 0xFF {
            throw ZMTPError(
                .notZMTP,
                "signature: expected 0xFF as the first octet, got \(hex(first)) (RFC 37, Formal Grammar)"
            )
        }
        // Octets 1 to 8 are padding: RFC 37, "Version Negotiation", forbids to look at them.
        if let last = octet(9), last != 0x7F {
            throw ZMTPError(
                .malformedGreeting,
                "signature: expected 0x7F as octet 9, got \(hex(last)) (RFC 37, Formal Grammar)"
            )
        }
        guard let major = octet(10) else { return false }
        // RFC 37, "Version Negotiation": who cannot downgrade MUST close; any higher version MUST be accepted.
        guard Self.version(ofMajor: major) >= oldest || major >= 3 else {
            throw ZMTPError(
                .unsupportedVersion,
                "major version: expected \(oldest < .v20 ? 0 : oldest < .v30 ? 1 : 3) or more, got \(major) "
                    + "(RFC 37, Version Negotiation)"
            )
        }
        return true
    }

    /// The version that octet 10 stands for, from 3 on without the minor version.
    ///
    /// RFC 15 counts revisions: 1 is ZMTP 2.0, and RFC 37 has 2 mean the same. What is older has 0 or no such octet.
    static func version(ofMajor major: UInt8) -> ProtocolVersion {
        switch major {
        case 0: .v10
        case 1, 2: .v20
        default: ProtocolVersion(major: major, minor: 0)
        }
    }

    /// Takes a whole greeting off the front of `bytes`.
    ///
    /// - Returns: The greeting, or `nil` while fewer than 64 octets are there; nothing is taken then.
    package init?(reading bytes: inout ByteBuffer) throws(ZMTPError) {
        guard try Self.checkOpening(bytes), var fields = bytes.readSlice(length: Self.length) else { return nil }
        fields.moveReaderIndex(forwardBy: Self.signatureLength)
        guard
            let (major, minor) = fields.readMultipleIntegers(as: (UInt8, UInt8).self),
            let mechanism = fields.readBytes(length: Self.mechanismLength),
            let asServer = fields.readInteger(as: UInt8.self)
        else { return nil }
        self.version = ProtocolVersion(major: major, minor: minor)
        self.mechanism = Self.mechanismName(mechanism)
        self.isServer = asServer != 0
        // The filler stays unread: a later version may give it a meaning.
    }

    /// The name up to the zeros; if the field is no name padded with zeros, a text that equals no mechanism's name.
    private static func mechanismName(_ field: [UInt8]) -> String {
        let name = field.prefix { $0 != 0 }
        // RFC 37, "Authentication and Confidentiality": an exact match counts, so what follows the name does too.
        let isPadded = field[name.endIndex...].allSatisfy { $0 == 0 }
        return printable(isPadded ? name : field[...])
    }
}

/// An octet as people read it: `0x7F`.
func hex(_ octet: UInt8) -> String {
    (octet < 16 ? "0x0" : "0x") + String(octet, radix: 16, uppercase: true)
}

/// Octets from a peer as text fit for a log: what is not printable ASCII becomes a question mark.
func printable(_ octets: some Sequence<UInt8>) -> String {
    String(decoding: octets.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}
