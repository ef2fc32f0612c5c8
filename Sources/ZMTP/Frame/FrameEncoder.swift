// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

extension RawBuffer {
    /// Appends the canonical frames of a message, behind those of an envelope.
    @inlinable
    package mutating func append(_ message: borrowing Message, behind envelope: borrowing Envelope) {
        self.append(envelope.bytes)
        self.append(message)
    }

    /// Appends the canonical frames of a message if there is room for them without growing; larger ones than `limit`
    /// are not looked at.
    @inlinable
    @inline(__always)
    package mutating func appendQuickly(_ message: borrowing Message, atMost limit: Int) -> Bool {
        guard message.partCount == 1, case .inline(let bytes) = message.bytes else {
            return self.appendSharedQuickly(message, atMost: limit)
        }
        guard let place = unsafe self.room(for: FrameHeader.shortLength + InlineBytes.capacity) else { return false }
        // Whole words are stored without looking at the length; the count hides what is too much.
        unsafe place.storeBytes(of: UInt16(bytes.count) << 8, as: UInt16.self)
        unsafe place.storeBytes(of: bytes.words, toByteOffset: 2, as: InlineBytes.Words.self)
        self.count += FrameHeader.shortLength + Int(bytes.count)
        return true
    }

    @usableFromInline
    mutating func appendSharedQuickly(_ message: borrowing Message, atMost limit: Int) -> Bool {
        guard case .shared(let shared) = message.bytes else { return false }
        let length = shared.count
        guard length < limit, let place = unsafe self.room(for: FrameHeader.longLength + length) else { return false }
        let header = message.partCount == 1 ? unsafe FrameHeader.write(to: place, flags: 0, bodyLength: length) : 0
        unsafe (place + header).copyMemory(from: shared.start, byteCount: length)
        extendLifetime(shared.buffer)
        self.count += header + length
        return true
    }

    /// Appends the canonical frames of a message (RFC 37, "Framing").
    @inlinable
    package mutating func append(_ message: borrowing Message) {
        guard message.partCount == 1 else {
            self.append(message.bytes)
            return
        }
        switch message.bytes {
        case .inline(let bytes):
            // Whole words are stored without looking at the length; the count hides what is too much.
            let place = unsafe self.reserve(FrameHeader.shortLength + InlineBytes.capacity)
            unsafe place.storeBytes(of: UInt16(bytes.count) << 8, as: UInt16.self)
            unsafe place.storeBytes(of: bytes.words, toByteOffset: 2, as: InlineBytes.Words.self)
            self.count += FrameHeader.shortLength + Int(bytes.count)
        case .shared(let shared):
            let length = shared.count
            let place = unsafe self.reserve(FrameHeader.longLength + length)
            let header = unsafe FrameHeader.write(to: place, flags: 0, bodyLength: length)
            unsafe (place + header).copyMemory(from: shared.start, byteCount: length)
            extendLifetime(shared.buffer)
            self.count += header + length
        }
    }

    /// Appends octets as they are.
    @inlinable
    package mutating func append(_ bytes: borrowing Bytes) {
        switch bytes {
        case .inline(let inline):
            let place = unsafe self.reserve(InlineBytes.capacity)
            unsafe place.storeBytes(of: inline.words, as: InlineBytes.Words.self)
            self.count += Int(inline.count)
        case .shared(let shared):
            let length = shared.count
            unsafe self.reserve(length).copyMemory(from: shared.start, byteCount: length)
            extendLifetime(shared.buffer)
            self.count += length
        }
    }

    /// Appends only the header of a one-part message whose body travels beside this buffer.
    package mutating func appendHeader(bodyLength: Int) {
        let place = unsafe self.reserve(FrameHeader.longLength)
        self.count += unsafe FrameHeader.write(to: place, flags: 0, bodyLength: bodyLength)
    }
}
