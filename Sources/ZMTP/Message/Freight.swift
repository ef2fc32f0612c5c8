// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Short messages on their way from one socket of a proxy to the other, as frames one behind the other.
///
/// Nothing is made of them between being received and being sent: no slice of a buffer, whose reference is counted, and
/// no parts. Copying a short message costs less (benchmark row echo through a proxy).
package struct Freight: ~Copyable, Sendable {
    /// Messages of so many octets with their frames go by themselves, without a copy.
    package static let limit = 4096

    /// So many octets are enough: more would need memory that is not kept.
    private static let enough = 65_536

    /// All that was loaded since it was empty.
    package private(set) var frames = RawBuffer()
    /// Where the first message that is left begins.
    private var offset = 0
    /// How many messages are left.
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { self.count == 0 }

    /// No more is loaded until all is passed on.
    @inline(__always)
    package var isFull: Bool { self.frames.count >= Self.enough }

    /// Takes a queue's first message, if that is a short one that was received as frames and there is room for it; puts
    /// the envelope in front.
    @inline(__always)
    package mutating func load(from queue: inout MessageQueue, behind envelope: borrowing Envelope?) -> Bool {
        guard !self.isFull, let length = queue.firstLength, length < Self.limit else { return false }
        if let envelope = copy envelope { self.frames.append(envelope.bytes) }
        queue.moveFirst(length, to: &self.frames)
        self.count += 1
        return true
    }

    /// The frames of the first message that is left; there must be one.
    @inline(__always)
    package var first: Range<Int> { self.offset..<self.offset + self.frames.messageLength(at: self.offset) }

    /// The body of its first frame, and the frames behind that one.
    @inline(__always)
    package func split(_ first: Range<Int>) -> (address: Range<Int>, body: Range<Int>) {
        let header = self.frames.header(at: first.lowerBound)
        let end = first.lowerBound + header.frameLength
        return (end - header.bodyLength..<end, end..<first.upperBound)
    }

    /// A copy of the first message that is left.
    package var firstMessage: Message { self.frames.message(in: self.first) }

    /// The first message that is left, whose frames end here, has been passed on.
    @inline(__always)
    package mutating func removeFirst(_ first: Range<Int>) {
        self.offset = first.upperBound
        self.count -= 1
        if self.count == 0 { self.clear() }
    }

    @inline(never)
    private mutating func clear() {
        self.offset = 0
        self.frames.removeAll(keepingAtMost: 2 * Self.enough)
    }

    /// How many parts and octets are left.
    package var size: (parts: Int, bytes: Int) {
        var (offset, parts, bytes) = (self.offset, 0, 0)
        while offset < self.frames.count {
            let header = self.frames.header(at: offset)
            offset += header.frameLength
            parts += 1
            bytes += header.bodyLength
        }
        return (parts, bytes)
    }
}

// The frames are those of messages that were received: whole and valid.
extension RawBuffer {
    @inline(__always)
    fileprivate func header(at offset: Int) -> FrameHeader {
        unsafe FrameHeader.trusted(at: self.place(offset))
    }

    @inline(__always)
    fileprivate func messageLength(at offset: Int) -> Int {
        unsafe FrameHeader.trustedMessageLength(at: self.place(offset))
    }

    fileprivate func message(in range: Range<Int>) -> Message {
        let header = self.header(at: range.lowerBound)
        var (parts, next): (Int32, FrameHeader) = (1, header)
        var offset = range.lowerBound
        while next.hasMore {
            offset += next.frameLength
            next = self.header(at: offset)
            parts += 1
        }
        // The body of the only part may be empty, and end where everything does.
        let skipped = parts == 1 ? header.headerLength : 0
        let octets = unsafe UnsafeRawBufferPointer(
            start: self.place(range.lowerBound) + skipped, count: range.count - skipped)
        return unsafe Message(bytes: Bytes(copying: octets), partCount: parts)
    }

    @inline(__always)
    private func place(_ offset: Int) -> UnsafeRawPointer {
        precondition(offset < self.count, "a message lies within its octets")
        return unsafe UnsafeRawPointer(self.base.unsafelyUnwrapped + offset)
    }
}
