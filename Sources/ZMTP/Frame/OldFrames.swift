// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import struct NIOCore.ByteBuffer

/// Turns the frames of ZMTP 1.0, cut anywhere, into those of later versions (RFC 13, "The Framing Layer").
///
/// Every header is turned as soon as it is whole, before its body is there, so that the limits on announced sizes hold.
/// What comes out is never longer than what went in.
struct OldFrameReader: Sendable {
    private enum Place: Sendable {
        /// The length, or 0xFF in front of it.
        case length
        /// So many of eight octets of length were read.
        case longLength(Int, UInt64)
        /// The flags of a frame whose body has so many octets.
        case flags(body: Int)
        /// So many octets of the body are to come.
        case body(Int)
    }

    private var place = Place.length
    /// What the peer did wrong; nothing behind it is read.
    private(set) var failure: ZMTPError?

    mutating func translate(_ bytes: ByteBuffer) -> ByteBuffer {
        var input = bytes
        var output = ByteBuffer()
        output.reserveCapacity(bytes.readableBytes)
        while self.failure == nil {
            if case .body(let missing) = self.place {
                guard var piece = input.readSlice(length: min(missing, input.readableBytes)) else { break }
                let rest = missing - piece.readableBytes
                output.writeBuffer(&piece)
                guard rest == 0 else {
                    self.place = .body(rest)
                    break
                }
                self.place = .length
            }
            guard let octet = input.readInteger(as: UInt8.self) else { break }
            self.read(octet, into: &output)
        }
        return output
    }

    private mutating func read(_ octet: UInt8, into output: inout ByteBuffer) {
        switch self.place {
        case .length where octet == 0xFF:
            self.place = .longLength(0, 0)
        case .length:
            self.expectFlags(behind: UInt64(octet))
        case .longLength(7, let value):
            self.expectFlags(behind: value << 8 | UInt64(octet))
        case .longLength(let count, let value):
            self.place = .longLength(count + 1, value << 8 | UInt64(octet))
        case .flags(let body):
            guard octet & ~FrameHeader.more == 0 else {
                return self.fail("frame flags: expected reserved bits to be zero, got \(hex(octet))")
            }
            FrameHeader.write(into: &output, flags: octet, bodyLength: body)
            self.place = body == 0 ? .length : .body(body)
        case .body:
            break
        }
    }

    /// The length counts the flags octet.
    private mutating func expectFlags(behind length: UInt64) {
        guard length > 0, let length = Int(exactly: length), length <= Int.max - FrameHeader.longLength else {
            return self.fail("frame length: expected 1 to 2^63-10, got \(length)")
        }
        self.place = .flags(body: length - 1)
    }

    private mutating func fail(_ message: String) {
        self.failure = ZMTPError(.malformedFrame, "\(message) (RFC 13, The Framing Layer)")
    }
}

/// Turns canonical frames into those of ZMTP 1.0.
enum OldFrameWriter {
    /// The frames, and whether the body of the last one is not among them but follows.
    static func translate(_ frames: ByteBuffer) -> (frames: ByteBuffer, lacksBody: Bool) {
        var input = frames
        var output = ByteBuffer()
        output.reserveCapacity(frames.readableBytes + FrameHeader.longLength)
        while let header = Self.readHeader(from: &input) {
            let length = header.bodyLength + 1
            if length < 0xFF {
                output.writeInteger(UInt8(length))
            } else {
                output.writeInteger(0xFF as UInt8)
                output.writeInteger(UInt64(length))
            }
            output.writeInteger(header.flags & FrameHeader.more)
            guard var body = input.readSlice(length: header.bodyLength) else { return (output, true) }
            output.writeBuffer(&body)
        }
        return (output, false)
    }

    private static func readHeader(from input: inout ByteBuffer) -> FrameHeader? {
        guard input.readableBytes > 0 else { return nil }
        let header = unsafe input.withUnsafeReadableBytes { bytes -> FrameHeader? in
            guard case .header(let header) = unsafe FrameHeader.parse(bytes) else { return nil }
            return header
        }
        if let header { input.moveReaderIndex(forwardBy: header.headerLength) }
        return header
    }
}

extension FrameHeader {
    /// Writes the shortest header for a body.
    static func write(into buffer: inout ByteBuffer, flags: UInt8, bodyLength: Int) {
        if bodyLength <= 255 {
            buffer.writeInteger(flags)
            buffer.writeInteger(UInt8(bodyLength))
        } else {
            buffer.writeInteger(flags | Self.long)
            buffer.writeInteger(UInt64(bodyLength))
        }
    }
}
