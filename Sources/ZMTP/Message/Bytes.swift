// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import NIOCore

#if canImport(Darwin)
public import Darwin
#elseif canImport(Glibc)
public import Glibc
#elseif canImport(Musl)
public import Musl
#elseif canImport(Android)
public import Android
#endif

/// The octets behind a part, an envelope or a whole message: up to 32 of them in place, more as a slice of a
/// shared buffer.
///
/// Small contents cost neither an allocation nor a reference count. Octets in place beyond `count` are undefined,
/// so that decoding may copy whole words; nothing ever reads them.
@usableFromInline
package enum Bytes: Sendable {
    case inline(InlineBytes)
    case shared(SharedBytes)

    @inlinable
    package init() { self = .inline(InlineBytes()) }

    /// Copies when the contents fit in place, otherwise keeps the buffer's readable part.
    @inlinable
    package init(_ buffer: ByteBuffer) {
        if buffer.readableBytes <= InlineBytes.capacity {
            self = unsafe buffer.withUnsafeReadableBytes { unsafe .inline(InlineBytes(copying: $0)) }
        } else {
            self = .shared(SharedBytes(buffer))
        }
    }

    @inlinable
    package init(copying source: UnsafeRawBufferPointer) {
        if source.count <= InlineBytes.capacity {
            self = unsafe .inline(InlineBytes(copying: source))
        } else {
            var buffer = ByteBufferAllocator().buffer(capacity: source.count)
            _ = unsafe buffer.writeBytes(source)
            self = .shared(SharedBytes(buffer))
        }
    }

    @inlinable
    package var count: Int {
        switch self {
        case .inline(let bytes): Int(bytes.count)
        case .shared(let shared): shared.count
        }
    }

    @inlinable
    package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        switch self {
        case .inline(let bytes):
            return try unsafe bytes.withUnsafeBytes(body)
        case .shared(let shared):
            return try unsafe shared.withUnsafeBytes(body)
        }
    }

    /// A range of the octets; copied when it fits in place, otherwise a slice that keeps the whole buffer alive.
    @inlinable
    package func slice(at offset: Int, length: Int) -> Bytes {
        switch self {
        case .inline(let bytes):
            return unsafe bytes.withUnsafeBytes { pointer in
                let range = unsafe UnsafeRawBufferPointer(rebasing: pointer[offset..<(offset + length)])
                return unsafe .inline(InlineBytes(copying: range))
            }
        case .shared(let shared):
            return shared.slice(at: offset, length: length)
        }
    }

    /// A copy that keeps no larger buffer alive.
    @inlinable
    package func detached() -> Bytes {
        switch self {
        case .inline: self
        case .shared: unsafe self.withUnsafeBytes { unsafe Bytes(copying: $0) }
        }
    }

    package var buffer: ByteBuffer {
        switch self {
        case .shared(let shared):
            return shared.trimmed
        case .inline(let bytes):
            return unsafe bytes.withUnsafeBytes { unsafe ByteBuffer(bytes: $0) }
        }
    }
}

/// Octets in a buffer that others may have too, and where they are.
///
/// Asking the buffer for its memory means an exclusivity check at run time, since its storage is a class of another
/// module: a tenth of what it costs to send 128 octets. The memory stays where it is as long as this value holds on to
/// it, because nobody writes to storage that is shared.
@usableFromInline
@safe
package struct SharedBytes: @unchecked Sendable {
    // @unchecked: both are constant, and `start` points into `buffer`, which keeps it alive and where it is: ByteBuffers
    // copy memory that others have too before they write to it, and a RawBuffer writes behind what it has handed out.

    /// Its readable part are the octets; what is before and behind belongs to others.
    @usableFromInline let buffer: ByteBuffer
    @usableFromInline let start: UnsafeRawPointer

    @inlinable
    init(_ buffer: ByteBuffer, start: UnsafeRawPointer) {
        self.buffer = buffer
        unsafe self.start = start
    }

    @inlinable
    package init(_ buffer: ByteBuffer) {
        self.buffer = buffer
        unsafe self.start = unsafe buffer.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("a buffer with octets has memory") }
            return unsafe start
        }
    }

    @inlinable package var count: Int { self.buffer.readableBytes }

    /// The buffer, without what is before and behind.
    package var trimmed: ByteBuffer { self.buffer.slice() }

    @inlinable
    package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        defer { extendLifetime(self.buffer) }
        return try unsafe body(UnsafeRawBufferPointer(start: self.start, count: self.count))
    }

    /// A range of the octets; copied when it fits in place.
    @inlinable
    func slice(at offset: Int, length: Int) -> Bytes {
        precondition(offset >= 0 && length >= 0 && offset + length <= self.count, "a slice lies within its octets")
        if length <= InlineBytes.capacity {
            let range = unsafe UnsafeRawBufferPointer(start: self.start + offset, count: length)
            defer { extendLifetime(self.buffer) }
            return unsafe .inline(InlineBytes(copying: range))
        }
        var part = self.buffer
        part.moveReaderIndex(forwardBy: offset)
        part.moveWriterIndex(to: part.readerIndex + length)
        return unsafe .shared(SharedBytes(part, start: self.start + offset))
    }
}

/// Up to 32 octets stored in place.
@usableFromInline
package struct InlineBytes: Sendable {
    @usableFromInline package typealias Words = (UInt64, UInt64, UInt64, UInt64)

    @inlinable package static var capacity: Int { 32 }

    @usableFromInline package var words: Words
    @usableFromInline package var count: UInt8

    @inlinable
    package init() {
        self.words = (0, 0, 0, 0)
        self.count = 0
    }

    @inlinable
    package init(copying source: UnsafeRawBufferPointer) {
        self.init()
        self.count = UInt8(truncatingIfNeeded: source.count)
        unsafe withUnsafeMutableBytes(of: &self.words) { unsafe $0.copyMemory(from: source) }
    }

    /// Reads 32 octets at `source`, of which the first `count` are the contents.
    @inlinable
    package init(wordsAt source: UnsafeRawPointer, count: Int) {
        self.words = unsafe source.loadUnaligned(as: Words.self)
        self.count = UInt8(truncatingIfNeeded: count)
    }

    @inlinable
    package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        let count = Int(self.count)
        return try unsafe Swift.withUnsafeBytes(of: self.words) { (pointer) throws(E) -> R in
            try unsafe body(UnsafeRawBufferPointer(start: pointer.baseAddress, count: count))
        }
    }
}

extension Bytes: Hashable {
    @inlinable
    package static func == (left: Bytes, right: Bytes) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe left.withUnsafeBytes { a in
            unsafe right.withUnsafeBytes { b in
                guard let a = a.baseAddress, let b = b.baseAddress else { return true }
                return unsafe memcmp(a, b, left.count) == 0
            }
        }
    }

    @inlinable
    package func hash(into hasher: inout Hasher) {
        unsafe self.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}
