// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import NIOCore

/// What sockets send and receive: one or more parts, delivered whole or not at all.
///
/// A message is a collection of ``Part``s and never has fewer than one; `Message()` is one empty part.
///
/// ```swift
/// let single: Message = "hello"
/// let multipart: Message = ["address", "", "body"]
/// ```
///
/// Up to 32 octets are stored in place. A larger message that was received is a slice of the buffer that the network
/// was read into and keeps that buffer alive as long as it lives: to keep a message for long, keep ``detached()``.
///
/// A multipart message is stored as it travels (RFC 37, "Framing"), so that receiving it and passing it on cost
/// nothing per part; its parts are found when they are asked for. Going from one part to the next takes constant time,
/// while `message[7]` walks from the first part to the one asked for.
public struct Message: Sendable {
    /// The body of the only part, or the canonical frames of two and more parts.
    @usableFromInline package var bytes: Bytes
    @usableFromInline package var partCount: Int32

    @inlinable
    package init(bytes: Bytes, partCount: Int32) {
        self.bytes = bytes
        self.partCount = partCount
    }

    /// Creates a message of one empty part.
    @inlinable
    public init() {
        self.init(bytes: Bytes(), partCount: 1)
    }

    /// Creates a message of one part.
    @inlinable
    public init(_ part: Part) {
        self.init(bytes: part.bytes, partCount: 1)
    }

    /// Creates a message of one part that holds the text in UTF-8.
    @inlinable
    public init(_ text: String) {
        self.init(Part(text))
    }

    /// Creates a message of one part that holds a copy of the octets.
    ///
    /// Takes `[UInt8]`, `Data`, slices of them and every other sequence of octets.
    @inlinable
    public init(_ octets: some Sequence<UInt8>) {
        self.init(Part(octets))
    }

    /// Creates a message of one part that is the readable part of a buffer, without copying more than 32 octets.
    @inlinable
    public init(buffer: ByteBuffer) {
        self.init(Part(buffer: buffer))
    }

    /// Creates a message of several parts; without any, a message of one empty part.
    public init(parts: some Sequence<Part>) {
        var builder = MessageBuilder()
        for part in parts { builder.append(part) }
        self = builder.finish()
    }

    /// Whether there are two parts or more.
    @inlinable public var isMultipart: Bool { self.partCount > 1 }

    /// How many octets the parts hold together, without the framing between them.
    public var byteCount: Int {
        guard self.isMultipart else { return self.bytes.count }
        return unsafe self.bytes.withUnsafeBytes { frames in
            guard let base = frames.baseAddress else { return 0 }
            var (offset, count) = (0, 0)
            while offset < frames.count {
                let header = unsafe FrameHeader.trusted(at: base + offset)
                offset += header.frameLength
                count += header.bodyLength
            }
            return count
        }
    }

    /// How many octets the message takes on the wire under NULL or PLAIN (RFC 37, "Framing").
    @inlinable
    package var encodedLength: Int {
        let count = self.bytes.count
        return self.partCount == 1 ? count + FrameHeader.length(forBody: count) : count
    }

    /// About how many octets of memory it takes while it waits somewhere.
    @inlinable
    package var weight: Int {
        guard case .shared(let shared) = self.bytes else { return Self.leastWeight }
        return Self.leastWeight + shared.count
    }

    /// The weight of a message whose octets are in place.
    @inlinable
    package static var leastWeight: Int { MemoryLayout<Message>.stride }

    /// A copy that keeps no larger buffer alive.
    public func detached() -> Message {
        Message(bytes: self.bytes.detached(), partCount: self.partCount)
    }
}

extension Message: Hashable {
    /// Messages are equal if they have equal parts.
    public static func == (left: Message, right: Message) -> Bool {
        guard left.partCount == right.partCount else { return false }
        return left.isMultipart ? left.elementsEqual(right) : left.bytes == right.bytes
    }

    /// Hashes the parts.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.partCount)
        for part in self { hasher.combine(part) }
    }
}

extension Message: ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    /// Creates a message of one part that holds the text in UTF-8.
    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// Creates a message of the parts; `[]` is one empty part.
    public init(arrayLiteral parts: Part...) {
        self.init(parts: parts)
    }
}

extension Message: CustomStringConvertible {
    /// The number and sizes of the parts, never their contents.
    public var description: String {
        "Message(\(self.map { "\($0.count) B" }.joined(separator: ", ")))"
    }
}
