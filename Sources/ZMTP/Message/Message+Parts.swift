// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

extension Message: Collection {
    /// The position of the first part, always 0.
    @inlinable public var startIndex: Int { 0 }

    /// The number of parts.
    @inlinable public var endIndex: Int { Int(self.partCount) }

    /// The number of parts, at least 1.
    @inlinable public var count: Int { Int(self.partCount) }

    /// Never true: a message has at least one part.
    @inlinable public var isEmpty: Bool { false }

    /// The position after another one.
    @inlinable public func index(after position: Int) -> Int { position + 1 }

    /// The part at a position; walks the parts before it.
    public subscript(position: Int) -> Part {
        precondition(position >= 0 && position < self.count, "part \(position) of a message of \(self.count) parts")
        var iterator = self.makeIterator()
        for _ in 0..<position { _ = iterator.next() }
        return iterator.next() ?? Part()
    }

    /// Walks the parts, in constant time each.
    public func makeIterator() -> Iterator { Iterator(self) }

    /// Walks the parts of a message.
    public struct Iterator: IteratorProtocol, Sendable {
        private let message: Message
        private var offset = 0
        private var remaining: Int32

        init(_ message: Message) {
            self.message = message
            self.remaining = message.partCount
        }

        /// The next part, or nil after the last.
        public mutating func next() -> Part? {
            guard self.remaining > 0 else { return nil }
            self.remaining -= 1
            guard self.message.isMultipart else { return Part(bytes: self.message.bytes) }
            let header = self.message.frameHeader(at: self.offset)
            defer { self.offset += header.frameLength }
            let body = self.offset + header.headerLength
            return Part(bytes: self.message.bytes.slice(at: body, length: header.bodyLength))
        }
    }

    /// The header of the canonical frame at an offset of a multipart message.
    func frameHeader(at offset: Int) -> FrameHeader {
        unsafe self.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return FrameHeader(flags: 0, bodyLength: 0, headerLength: 0) }
            return unsafe FrameHeader.trusted(at: base + offset)
        }
    }
}

extension Message {
    /// Adds a part at the end.
    public mutating func append(_ part: Part) {
        var builder = MessageBuilder(continuing: self)
        builder.append(part)
        self = builder.finish()
    }

    /// Adds a part at the front.
    public mutating func prepend(_ part: Part) {
        self = self.prepending(Envelope(addressing: part))
    }

    /// Removes the first part and returns it; the only part leaves an empty one behind.
    public mutating func removeFirst() -> Part {
        guard self.isMultipart else {
            defer { self = Message() }
            return Part(bytes: self.bytes)
        }
        let header = self.frameHeader(at: 0)
        let part = Part(bytes: self.bytes.slice(at: header.headerLength, length: header.bodyLength))
        self = self.dropping(parts: 1, length: header.frameLength)
        return part
    }

    /// What is left of a multipart message when its first `parts` parts, `length` octets of frames, are taken away.
    func dropping(parts: Int32, length: Int) -> Message {
        let left = self.partCount - parts
        guard left == 1 else {
            return Message(bytes: self.bytes.slice(at: length, length: self.bytes.count - length), partCount: left)
        }
        let last = self.frameHeader(at: length)
        return Message(
            bytes: self.bytes.slice(at: length + last.headerLength, length: last.bodyLength),
            partCount: 1
        )
    }
}

/// Puts the canonical frames of a message together.
struct MessageBuilder {
    private var frames = ByteBuffer()
    private var lastHeaderOffset = 0
    private var single: Message.Part?
    private var count: Int32 = 0

    init() {}

    init(continuing message: Message) {
        guard message.isMultipart else {
            self.append(Message.Part(bytes: message.bytes))
            return
        }
        self.frames = message.bytes.buffer
        self.count = message.partCount
        var offset = 0
        for _ in 0..<message.partCount {
            self.lastHeaderOffset = offset
            offset += message.frameHeader(at: offset).frameLength
        }
    }

    mutating func append(_ part: Message.Part) {
        self.count += 1
        if self.count == 1 {
            self.single = part
            return
        }
        if let first = self.single {
            self.single = nil
            self.writeFrame(first)
        }
        // The frame before this one is no longer the last: set its MORE bit.
        let index = self.frames.readerIndex + self.lastHeaderOffset
        let flags = self.frames.getInteger(at: index, as: UInt8.self) ?? 0
        self.frames.setInteger(flags | FrameHeader.more, at: index)
        self.writeFrame(part)
    }

    private mutating func writeFrame(_ part: Message.Part) {
        self.lastHeaderOffset = self.frames.readableBytes
        let length = part.count
        unsafe self.frames.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.longLength + length) { space in
            guard let base = space.baseAddress else { return 0 }
            let header = unsafe FrameHeader.write(to: base, flags: 0, bodyLength: length)
            unsafe part.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(rebasing: space[header...]).copyMemory(from: bytes)
            }
            return header + length
        }
    }

    consuming func finish() -> Message {
        if let single { return Message(single) }
        guard self.count > 0 else { return Message() }
        return Message(bytes: Bytes(self.frames), partCount: self.count)
    }
}
