// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

extension Message: Collection {
    /// Where a part is: its number, and where its frame begins.
    public struct Index: Sendable, Hashable, Comparable {
        let position: Int
        let offset: Int

        /// Whether one part comes before another.
        public static func < (left: Index, right: Index) -> Bool { left.position < right.position }
    }

    /// The position of the first part.
    public var startIndex: Index { Index(position: 0, offset: 0) }

    /// The position behind the last part.
    public var endIndex: Index { Index(position: self.count, offset: self.bytes.count) }

    /// The number of parts, at least 1.
    @inlinable public var count: Int { Int(self.partCount) }

    /// Never true: a message has at least one part.
    @inlinable public var isEmpty: Bool { false }

    /// The position after another one.
    public func index(after index: Index) -> Index {
        guard self.isMultipart, index.position + 1 < self.count else { return self.endIndex }
        let length = self.frameHeader(at: index.offset).frameLength
        return Index(position: index.position + 1, offset: index.offset + length)
    }

    /// The part at a position.
    public subscript(index: Index) -> Part {
        precondition(index.position < self.count, "part \(index.position) of a message of \(self.count) parts")
        guard self.isMultipart else { return Part(bytes: self.bytes) }
        precondition(index.offset < self.bytes.count, "an index of another message")
        let header = self.frameHeader(at: index.offset)
        return Part(bytes: self.bytes.slice(at: index.offset + header.headerLength, length: header.bodyLength))
    }

    /// The part with a number, counted from 0; walks the parts before it.
    public subscript(number: Int) -> Part {
        precondition(number >= 0 && number < self.count, "part \(number) of a message of \(self.count) parts")
        return self[self.index(self.startIndex, offsetBy: number)]
    }

    /// The last part; walks the parts before it.
    public var last: Part? { self[self.count - 1] }

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

extension Message {
    /// Calls the closure with the octets of the first part in memory, valid only until it returns.
    @inlinable
    @inline(__always)
    package func withFirstPart<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe self.bytes.withUnsafeBytes { bytes in
            guard self.isMultipart, let base = bytes.baseAddress else { return unsafe body(bytes) }
            let header = unsafe FrameHeader.trusted(at: base)
            return unsafe body(UnsafeRawBufferPointer(start: base + header.headerLength, count: header.bodyLength))
        }
    }
}
