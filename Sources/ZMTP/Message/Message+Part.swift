// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import NIOCore

extension Message {
    /// One part of a message: a random-access collection of octets.
    ///
    /// Up to 32 octets are stored in place, more as a slice of a shared buffer; see ``Message``.
    public struct Part: Sendable, Hashable {
        @usableFromInline package var bytes: Bytes

        @inlinable
        package init(bytes: Bytes) {
            self.bytes = bytes
        }

        /// Creates an empty part.
        @inlinable
        public init() {
            self.bytes = Bytes()
        }

        /// Creates a part that holds the text in UTF-8.
        public init(_ text: String) {
            var text = text
            self.bytes = text.withUTF8 { unsafe Bytes(copying: UnsafeRawBufferPointer($0)) }
        }

        /// Creates a part that holds a copy of the octets.
        @inlinable
        public init(_ octets: some Sequence<UInt8>) {
            let copied = octets.withContiguousStorageIfAvailable {
                unsafe Bytes(copying: UnsafeRawBufferPointer($0))
            }
            self.bytes = copied ?? Bytes(ByteBuffer(bytes: octets))
        }

        /// Creates a part of the readable part of a buffer, without copying more than 32 octets.
        @inlinable
        public init(buffer: ByteBuffer) {
            self.bytes = Bytes(buffer)
        }

        /// The octets as a NIO buffer; shares the storage of a large part.
        public var buffer: ByteBuffer { self.bytes.buffer }

        /// Calls the closure with the octets in memory, valid only until it returns.
        @inlinable
        public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
            try unsafe self.bytes.withUnsafeBytes(body)
        }

        /// A copy that keeps no larger buffer alive.
        public func detached() -> Part { Part(bytes: self.bytes.detached()) }
    }
}

extension Message.Part: RandomAccessCollection {
    /// The position of the first octet, always 0.
    @inlinable public var startIndex: Int { 0 }

    /// The number of octets.
    @inlinable public var endIndex: Int { self.bytes.count }

    /// The number of octets.
    @inlinable public var count: Int { self.bytes.count }

    /// The octet at a position.
    @inlinable
    public subscript(position: Int) -> UInt8 {
        unsafe self.bytes.withUnsafeBytes { bytes in
            precondition(position >= 0 && position < bytes.count, "octet \(position) of \(bytes.count)")
            return unsafe bytes[position]
        }
    }

    /// Calls the closure with the octets in memory.
    @inlinable
    public func withContiguousStorageIfAvailable<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R? {
        try unsafe self.bytes.withUnsafeBytes { bytes in
            try unsafe bytes.withMemoryRebound(to: UInt8.self, body)
        }
    }
}

extension Message.Part: ExpressibleByStringLiteral {
    /// Creates a part that holds the text in UTF-8.
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

extension Message.Part: CustomStringConvertible {
    /// The size of the part, never its contents.
    public var description: String { "Part(\(self.count) B)" }
}

extension String {
    /// Reads a part as UTF-8, replacing what is invalid by U+FFFD.
    ///
    /// Use `String(validating: part, as: UTF8.self)` to get nil instead.
    public init(_ part: Message.Part) {
        self = unsafe part.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
