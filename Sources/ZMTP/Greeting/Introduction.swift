// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import struct NIOCore.ByteBuffer

/// What a peer older than ZMTP 3.0 says of itself before its messages: in 2.0 the type of its socket and its routing id
/// (RFC 15), in 1.0 the routing id alone (RFC 13).
struct Introduction: Sendable, Equatable {
    var socketType: SocketType?
    var identity: [UInt8]

    // MARK: Writing

    /// Writes what 2.0 peers are told behind signature and revision.
    static func writeSecond(_ type: SocketType, _ identity: [UInt8], into buffer: inout ByteBuffer) {
        buffer.writeInteger(type.octet)
        buffer.writeInteger(0 as UInt8)
        buffer.writeInteger(UInt8(truncatingIfNeeded: identity.count))
        buffer.writeBytes(identity)
    }

    // MARK: Reading

    /// Whether a peer speaks 1.0 and says nothing of versions, as far as its first octets tell; nil until they do.
    ///
    /// RFC 37, "Detecting ZMTP 1.0 and 2.0 Peers": it begins with the header of a frame, which a signature resembles but
    /// for the last bit of octet 9.
    static func isUnversioned(_ bytes: ByteBuffer) -> Bool? {
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return nil }
        guard first == 0xFF else { return true }
        guard let last = bytes.getInteger(at: bytes.readerIndex + Greeting.signatureLength - 1, as: UInt8.self) else {
            return nil
        }
        return last & 1 == 0
    }

    /// Takes the introduction of a 2.0 peer off the front of `bytes`; nil while it is not whole, and nothing is taken.
    static func readSecond(from bytes: inout ByteBuffer) throws(ZMTPError) -> Introduction? {
        var rest = bytes
        guard let octet = rest.readInteger(as: UInt8.self) else { return nil }
        guard let type = SocketType(octet: octet) else {
            throw ZMTPError(
                .incompatibleSocketType, "socket type: expected 0 to 10, got \(octet) (RFC 15, Formal Grammar)")
        }
        guard let flags = rest.readInteger(as: UInt8.self) else { return nil }
        guard flags == 0 else {
            throw ZMTPError(
                .malformedGreeting, "identity: expected a short, final frame, got flags \(hex(flags)) (RFC 15)")
        }
        guard let length = rest.readInteger(as: UInt8.self), let identity = rest.readBytes(length: Int(length)) else {
            return nil
        }
        bytes = rest
        return Introduction(socketType: type, identity: identity)
    }

    /// Takes the introduction of a 1.0 peer off the front of `bytes`; nil while it is not whole, and nothing is taken.
    static func readFirst(from bytes: inout ByteBuffer) throws(ZMTPError) -> Introduction? {
        var rest = bytes
        guard let first = rest.readInteger(as: UInt8.self) else { return nil }
        var length = UInt64(first)
        if first == 0xFF {
            guard let long = rest.readInteger(as: UInt64.self) else { return nil }
            length = long
        }
        guard (1...256).contains(length) else {
            throw ZMTPError(
                length == 0 ? .malformedFrame : .invalidRoutingID,
                "identity: expected a length of 1 to 256 with the flags octet, got \(length) (RFC 13, Connection Layer)"
            )
        }
        // RFC 13: the flags of an identity are not validated.
        guard rest.readInteger(as: UInt8.self) != nil, let identity = rest.readBytes(length: Int(length) - 1) else {
            return nil
        }
        bytes = rest
        return Introduction(socketType: nil, identity: identity)
    }
}

extension SocketType {
    /// The type as 2.0 spells it (RFC 15, "Formal Grammar"). XPUB and XSUB are not known on the wire there, but libzmq
    /// sends 9 and 10 for them.
    private static let octets: [SocketType] = [
        .pair, .pub, .sub, .req, .rep, .dealer, .router, .pull, .push, .xpub, .xsub,
    ]

    fileprivate init?(octet: UInt8) {
        guard octet < Self.octets.count else { return nil }
        self = Self.octets[Int(octet)]
    }

    fileprivate var octet: UInt8 {
        switch self {
        case .pair: 0
        case .pub, .xpub: 1
        case .sub, .xsub: 2
        case .req: 3
        case .rep: 4
        case .dealer: 5
        case .router: 6
        case .pull: 7
        case .push: 8
        }
    }
}
