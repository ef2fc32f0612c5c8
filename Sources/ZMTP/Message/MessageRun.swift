// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import NIOCore

/// Whole messages one behind the other, as their frames were received: what a buffer holds of them.
///
/// The frames have been checked by a ``MessageDecoder``; here they are trusted.
@usableFromInline
@safe
package struct MessageRun: @unchecked Sendable {
    // @unchecked: `base` points into `buffer`, which keeps it alive, and the octets are only read: see SharedBytes. Where
    // the next message begins is each copy's own.

    /// Keeps the octets alive and is what slices are made of.
    @usableFromInline var buffer = ByteBuffer()
    /// Where the buffer's readable part begins: asking the buffer costs more than decoding a short message.
    @usableFromInline var base: UnsafeRawPointer?
    @usableFromInline var length = 0
    /// Where the next message begins.
    @usableFromInline var offset = 0
    /// How many messages are left.
    @usableFromInline var count = 0

    @inlinable
    init() {}

    init(_ buffer: ByteBuffer, count: Int) {
        self.buffer = buffer
        self.count = count
        self.length = buffer.readableBytes
        unsafe self.base = unsafe buffer.withUnsafeReadableBytes { $0.baseAddress }
    }

    /// The next message of several: short ones of one part are decoded right here.
    @inlinable
    @inline(__always)
    mutating func nextOfMany() -> Message? {
        guard let base = unsafe self.base else { return nil }
        let place = unsafe base + self.offset
        let head = unsafe UInt16(littleEndian: place.loadUnaligned(as: UInt16.self))
        let length = Int(head >> 8)
        let inPlace = FrameHeader.shortLength + InlineBytes.capacity
        guard head & 0xFF == 0, self.length - self.offset >= inPlace else { return self.next() }
        let start = self.offset + FrameHeader.shortLength
        self.offset = start + length
        self.count -= 1
        if length > InlineBytes.capacity {
            return unsafe Message(bytes: .shared(self.shared(base, at: start, length: length)), partCount: 1)
        }
        // Whole words are loaded without looking at the length: what is too much is inside the buffer.
        let body = unsafe InlineBytes(wordsAt: place + FrameHeader.shortLength, count: length)
        return Message(bytes: .inline(body), partCount: 1)
    }

    /// The next message, whatever it looks like; nil after the last one.
    @usableFromInline
    mutating func next() -> Message? {
        guard self.count > 0, let base = unsafe self.base else { return nil }
        let place = unsafe base + self.offset
        var header = unsafe FrameHeader.trusted(at: place)
        self.count -= 1
        guard header.hasMore else {
            self.offset += header.frameLength
            return Message(bytes: self.bytes(before: self.offset, length: header.bodyLength), partCount: 1)
        }
        var total = header.frameLength
        var parts: Int32 = 1
        while header.hasMore {
            header = unsafe FrameHeader.trusted(at: place + total)
            total += header.frameLength
            parts += 1
        }
        self.offset += total
        return Message(bytes: self.bytes(before: self.offset, length: total), partCount: parts)
    }

    /// How many octets the frames of the next message take; nil after the last one.
    @inline(__always)
    var nextLength: Int? {
        guard self.count > 0, let base = unsafe self.base else { return nil }
        return unsafe FrameHeader.trustedMessageLength(at: base + self.offset)
    }

    /// Appends the frames of the next message, of which there is one and this is the length, to others.
    @inline(__always)
    mutating func moveNext(_ length: Int, to frames: inout RawBuffer) {
        guard let base = unsafe self.base else { return }
        unsafe frames.reserve(length).copyMemory(from: base + self.offset, byteCount: length)
        frames.count += length
        self.offset += length
        self.count -= 1
    }

    private func bytes(before end: Int, length: Int) -> Bytes {
        guard let base = unsafe self.base else { return Bytes() }
        let start = end - length
        guard length > InlineBytes.capacity else {
            return unsafe .inline(InlineBytes(copying: UnsafeRawBufferPointer(start: base + start, count: length)))
        }
        return .shared(unsafe self.shared(base, at: start, length: length))
    }

    @inlinable
    @inline(__always)
    func shared(_ base: UnsafeRawPointer, at start: Int, length: Int) -> SharedBytes {
        var part = self.buffer
        part.moveReaderIndex(forwardBy: start)
        part.moveWriterIndex(to: part.readerIndex + length)
        return unsafe SharedBytes(part, start: base + start)
    }
}
