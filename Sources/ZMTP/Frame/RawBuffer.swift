// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A growable run of octets that is written at its end and emptied as a whole.
///
/// Messages are encoded into it on the sender's thread. It is no ByteBuffer because appending 18 octets to one costs
/// several times what this does (the row "16 B" of the throughput benchmarks).
@safe
package struct RawBuffer: ~Copyable, @unchecked Sendable {
    // @unchecked: the memory is owned by this value alone, which cannot be copied.
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline package var count = 0
    @usableFromInline var capacity = 0

    package init() {}

    deinit { unsafe self.base?.deallocate() }

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
        let capacity = max(256, max(self.capacity * 2, self.count + length))
        let grown = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        if let base = unsafe self.base {
            unsafe grown.copyMemory(from: base, byteCount: self.count)
            unsafe base.deallocate()
        }
        unsafe self.base = grown
        self.capacity = capacity
        return unsafe grown + self.count
    }

    /// Makes room at once for as much as will most likely be written.
    package mutating func reserveCapacity(_ length: Int) {
        if length > self.capacity { _ = unsafe self.grow(by: length - self.count) }
    }

    package mutating func removeAll(keepingAtMost limit: Int) {
        self.count = 0
        if self.capacity > limit { self.release() }
    }

    package mutating func release() {
        unsafe self.base?.deallocate()
        unsafe self.base = nil
        self.count = 0
        self.capacity = 0
    }

    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe body(UnsafeRawBufferPointer(start: self.base, count: self.count))
    }
}
