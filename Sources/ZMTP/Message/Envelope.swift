// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// Parts in front of a body: addresses, delimiter or correlation, as canonical frames that all have MORE set
/// (RFC 28, "The Request-Reply Envelope").
@usableFromInline
package struct Envelope: Sendable {
    @usableFromInline package let bytes: Bytes
    @usableFromInline package let partCount: Int32

    @inlinable
    init(bytes: Bytes, partCount: Int32) {
        self.bytes = bytes
        self.partCount = partCount
    }

    /// How many octets the parts hold together, without the framing between them.
    package var byteCount: Int { Message(bytes: self.bytes, partCount: 2).byteCount }

    /// The empty part that REQ puts in front of a request.
    package static let delimiter = Envelope(addressing: Message.Part())

    /// One part of up to 255 octets or more in front of a body.
    package init(addressing part: Message.Part) {
        let length = part.count
        if FrameHeader.shortLength + length <= InlineBytes.capacity {
            var inline = InlineBytes()
            inline.count = UInt8(truncatingIfNeeded: FrameHeader.shortLength + length)
            unsafe withUnsafeMutableBytes(of: &inline.words) { space in
                unsafe space[0] = FrameHeader.more
                unsafe space[1] = UInt8(truncatingIfNeeded: length)
                unsafe part.withUnsafeBytes { bytes in
                    let body = unsafe space[FrameHeader.shortLength...]
                    unsafe UnsafeMutableRawBufferPointer(rebasing: body).copyMemory(from: bytes)
                }
            }
            self.init(bytes: .inline(inline), partCount: 1)
            return
        }
        var frame = ByteBuffer()
        unsafe frame.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.longLength + length) { space in
            guard let base = space.baseAddress else { return 0 }
            let header = unsafe FrameHeader.write(to: base, flags: FrameHeader.more, bodyLength: length)
            unsafe part.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(rebasing: space[header...]).copyMemory(from: bytes)
            }
            return header + length
        }
        self.init(bytes: Bytes(frame), partCount: 1)
    }

    package init(addressing id: RoutingID) {
        self.init(addressing: id.part)
    }

    /// This envelope with another one behind it.
    package func appending(_ other: Envelope) -> Envelope {
        var frames = self.bytes.buffer
        var tail = other.bytes.buffer
        frames.writeBuffer(&tail)
        return Envelope(bytes: Bytes(frames), partCount: self.partCount + other.partCount)
    }
}

extension Message {
    /// This message with an envelope in front, as one canonical encoding.
    package func prepending(_ envelope: Envelope) -> Message {
        let prefix = envelope.bytes.count
        let total = prefix + self.encodedLength
        if total <= InlineBytes.capacity {
            var inline = InlineBytes()
            inline.count = UInt8(truncatingIfNeeded: total)
            unsafe withUnsafeMutableBytes(of: &inline.words) { unsafe self.write(after: envelope, to: $0) }
            return Message(bytes: .inline(inline), partCount: self.partCount + envelope.partCount)
        }
        var buffer = ByteBufferAllocator().buffer(capacity: total + FrameHeader.longLength)
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: total + FrameHeader.longLength) { space in
            unsafe self.write(after: envelope, to: space)
            return total
        }
        return Message(bytes: Bytes(buffer), partCount: self.partCount + envelope.partCount)
    }

    private func write(after envelope: Envelope, to space: UnsafeMutableRawBufferPointer) {
        unsafe envelope.bytes.withUnsafeBytes { unsafe space.copyMemory(from: $0) }
        var offset = envelope.bytes.count
        if self.partCount == 1, let base = space.baseAddress {
            unsafe offset += FrameHeader.write(to: base + offset, flags: 0, bodyLength: self.bytes.count)
        }
        unsafe self.bytes.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: space[offset...]).copyMemory(from: bytes)
        }
    }

    /// Splits off all parts up to and including the first empty one, which must have a body behind it.
    ///
    /// Nil if there is no delimiter or nothing behind it: no request that a REP could answer (RFC 28, REP).
    package func splitAtDelimiter() -> (envelope: Envelope, body: Message)? {
        guard self.isMultipart else { return nil }
        var offset = 0
        for part in 1..<self.partCount {
            let header = self.frameHeader(at: offset)
            offset += header.frameLength
            guard header.bodyLength == 0 else { continue }
            let envelope = Envelope(bytes: self.bytes.slice(at: 0, length: offset), partCount: part)
            return (envelope, self.dropping(parts: part, length: offset))
        }
        return nil
    }
}
