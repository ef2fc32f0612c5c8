// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The flags octet and the size in front of every frame (RFC 37, "Framing").
@usableFromInline
package struct FrameHeader: Sendable, Hashable {
    /// The bits of the flags octet.
    @usableFromInline package static let more: UInt8 = 0x01
    @usableFromInline package static let long: UInt8 = 0x02
    @usableFromInline package static let command: UInt8 = 0x04

    /// A short header is the flags and one octet of size, a long one has eight octets of size.
    @usableFromInline package static let shortLength = 2
    @usableFromInline package static let longLength = 9

    /// The flags with the LONG bit cleared.
    @usableFromInline package let flags: UInt8
    @usableFromInline package let bodyLength: Int
    @usableFromInline package let headerLength: Int

    @inlinable
    init(flags: UInt8, bodyLength: Int, headerLength: Int) {
        self.flags = flags
        self.bodyLength = bodyLength
        self.headerLength = headerLength
    }

    @inlinable package var hasMore: Bool { self.flags & Self.more != 0 }
    @inlinable package var isCommand: Bool { self.flags & Self.command != 0 }
    @inlinable package var frameLength: Int { self.headerLength + self.bodyLength }

    package enum ParseResult {
        case header(FrameHeader)
        case missing(Int)
        case invalid(ZMTPError)
    }

    /// Reads the header at the start of `bytes`, which may be cut anywhere.
    package static func parse(_ bytes: UnsafeRawBufferPointer) -> ParseResult {
        guard let flags = unsafe bytes.first else { return .missing(shortLength) }
        // RFC 37: bits 3–7 are reserved and MUST be zero; a command is a single frame.
        guard flags & 0xF8 == 0 else {
            return .invalid(
                ZMTPError(
                    .malformedFrame,
                    "frame flags: expected reserved bits to be zero, got 0x\(hex(flags)) (RFC 37, Framing)"))
        }
        guard flags & (command | more) != command | more else {
            return .invalid(ZMTPError(.malformedFrame, "frame flags: a command cannot have MORE set (RFC 37, Framing)"))
        }
        guard flags & long != 0 else {
            guard bytes.count >= shortLength else { return .missing(shortLength - bytes.count) }
            let length = unsafe Int(bytes[1])
            return .header(FrameHeader(flags: flags, bodyLength: length, headerLength: shortLength))
        }
        guard bytes.count >= longLength else { return .missing(longLength - bytes.count) }
        let size = unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
        guard let length = Int(exactly: size), length <= Int.max - longLength else {
            // The header's own nine octets count here, so that no sum of lengths overflows.
            return .invalid(
                ZMTPError(.malformedFrame, "frame size: expected less than 2^63 octets, got \(size) (RFC 37, Framing)"))
        }
        return .header(FrameHeader(flags: flags & ~long, bodyLength: length, headerLength: longLength))
    }

    /// Reads a header that is known to be whole and valid, as in canonical frames of our own making or checking.
    @inlinable
    static func trusted(at pointer: UnsafeRawPointer) -> FrameHeader {
        let flags = unsafe pointer.load(as: UInt8.self)
        if flags & long == 0 {
            let length = unsafe Int(pointer.load(fromByteOffset: 1, as: UInt8.self))
            return FrameHeader(flags: flags, bodyLength: length, headerLength: shortLength)
        }
        let size = unsafe UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
        return FrameHeader(flags: flags & ~long, bodyLength: Int(truncatingIfNeeded: size), headerLength: longLength)
    }

    /// How many octets a message takes whose canonical frames are known to be whole and valid.
    @inlinable
    @inline(__always)
    static func trustedMessageLength(at pointer: UnsafeRawPointer) -> Int {
        var header = unsafe Self.trusted(at: pointer)
        var length = header.frameLength
        while header.hasMore {
            header = unsafe Self.trusted(at: pointer + length)
            length += header.frameLength
        }
        return length
    }

    /// How many octets the shortest header for a body takes.
    @inlinable
    package static func length(forBody bodyLength: Int) -> Int {
        bodyLength <= 255 ? shortLength : longLength
    }

    /// Writes the shortest header for a body and returns its length; `pointer` has room for nine octets.
    @inlinable
    package static func write(to pointer: UnsafeMutableRawPointer, flags: UInt8, bodyLength: Int) -> Int {
        if bodyLength <= 255 {
            unsafe pointer.storeBytes(of: flags, as: UInt8.self)
            unsafe pointer.storeBytes(of: UInt8(truncatingIfNeeded: bodyLength), toByteOffset: 1, as: UInt8.self)
            return shortLength
        }
        unsafe pointer.storeBytes(of: flags | long, as: UInt8.self)
        unsafe pointer.storeBytes(of: UInt64(bodyLength).bigEndian, toByteOffset: 1, as: UInt64.self)
        return longLength
    }

    private static func hex(_ octet: UInt8) -> String {
        let digits = String(octet, radix: 16)
        return octet < 16 ? "0" + digits : digits
    }
}
