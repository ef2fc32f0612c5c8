// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore

/// A growable run of octets that is written at its end and handed over as a whole.
///
/// Messages are encoded into it on the sender's thread. It is a ByteBuffer's memory, so that a channel writes it
/// without a copy, but not its methods: appending 18 octets through those costs several times what this does (the row
/// "16 B" of the throughput benchmarks).
@usableFromInline
@safe
package struct RawBuffer: ~Copyable, @unchecked Sendable {
    // @unchecked: `base` points into `storage`, which keeps it alive. This value alone writes there, cannot be copied, and
    // writes behind `count` only: what it has handed out lies before that, until `removeAll`, which gives the memory up
    // if anybody still has it; or, as `memory`, is read as far only as the writer has said that it is written.
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline package var count = 0
    @usableFromInline package private(set) var capacity = 0
    private var storage = ByteBuffer()

    package init() {}

    /// A place to write at least `length` octets; add what was written to `count`.
    @inlinable
    mutating func reserve(_ length: Int) -> UnsafeMutableRawPointer {
        if let base = unsafe self.base, self.count + length <= self.capacity {
            return unsafe base + self.count
        }
        return unsafe self.grow(by: length)
    }

    /// A place to write `length` octets, if there is room.
    @inlinable
    @inline(__always)
    func room(for length: Int) -> UnsafeMutableRawPointer? {
        guard let base = unsafe self.base, self.count + length <= self.capacity else { return nil }
        return unsafe base + self.count
    }

    @usableFromInline
    @inline(never)
    mutating func grow(by length: Int) -> UnsafeMutableRawPointer {
        var grown = ByteBufferAllocator().buffer(capacity: max(256, max(self.capacity * 2, self.count + length)))
        let place = unsafe Self.memory(of: &grown)
        if let base = unsafe self.base { unsafe place.copyMemory(from: base, byteCount: self.count) }
        unsafe self.base = place
        self.capacity = grown.capacity
        self.storage = grown
        return unsafe place + self.count
    }

    /// Where the octets of a buffer lie as long as nothing makes it larger.
    private static func memory(of buffer: inout ByteBuffer) -> UnsafeMutableRawPointer {
        unsafe buffer.withUnsafeMutableWritableBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a buffer with a capacity has memory") }
            return unsafe base
        }
    }

    /// Makes room at once for as much as will most likely be written.
    package mutating func reserveCapacity(_ length: Int) {
        if length > self.capacity { _ = unsafe self.grow(by: length - self.count) }
    }

    /// The octets. Write nothing more before ``removeAll(keepingAtMost:)``.
    package var buffer: ByteBuffer {
        var buffer = self.storage
        buffer.moveWriterIndex(to: self.count)
        return buffer
    }

    /// All of the memory, written or not, which stays where it is until `removeAll` or `grow`. Whoever gets this reads no
    /// further than he is told, after the octets were written, that he may (inproc).
    package var memory: ByteBuffer { self.slice(0..<self.capacity) }

    /// Some of the octets, which stay what they are while more is written behind them.
    package func slice(_ range: Range<Int>) -> ByteBuffer {
        var slice = self.storage
        slice.moveWriterIndex(to: range.upperBound)
        slice.moveReaderIndex(to: range.lowerBound)
        return slice
    }

    /// Appends some octets of another buffer.
    package mutating func append(_ range: Range<Int>, of other: borrowing RawBuffer) {
        guard let source = unsafe other.base, !range.isEmpty else { return }
        unsafe self.reserve(range.count).copyMemory(from: source + range.lowerBound, byteCount: range.count)
        self.count += range.count
    }

    /// The same, if there is room for them without growing.
    @inline(__always)
    package mutating func appendQuickly(_ range: Range<Int>, of other: borrowing RawBuffer) -> Bool {
        guard let source = unsafe other.base, let place = unsafe self.room(for: range.count) else { return false }
        unsafe place.copyMemory(from: source + range.lowerBound, byteCount: range.count)
        self.count += range.count
        return true
    }

    /// Begins anew; the memory is kept if nobody else still has it.
    package mutating func removeAll(keepingAtMost limit: Int) {
        self.count = 0
        let isOurs = self.storage.modifyIfUniquelyOwned { _ in true } ?? false
        if self.capacity > limit || !isOurs { self.release() }
    }

    package mutating func release() {
        unsafe self.base = nil
        self.count = 0
        self.capacity = 0
        self.storage = ByteBuffer()
    }

    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe body(UnsafeRawBufferPointer(start: self.base, count: self.count))
    }
}
