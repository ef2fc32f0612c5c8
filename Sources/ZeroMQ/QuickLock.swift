// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if canImport(Darwin)
package import Synchronization

/// There a thread of low priority that holds a lock must be lent that of who waits, which the system's locks do.
package typealias QuickLock = Mutex
#else
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// A mutex that is left with a store.
///
/// For locks that are taken once for each message and held for less than a microsecond. To leave Synchronization's mutex
/// costs as much as to enter it, a locked instruction of 7 ns, by which it learns whether somebody is to be woken.
/// Who waits for this one wakes up by itself and looks (benchmark rows 16 B: a quarter more messages over TCP, two
/// fifths over inproc).
///
/// Nobody starves: who has looked for some ten microseconds says so, and from then on nobody else enters; one at a
/// time does that, the others wait for him in the kernel.
@safe
package struct QuickLock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // @unchecked: the value is reached with the lock held only, and was handed over (`sending`) when this was made. The
    // pointers never change, `line` points to atomics and a mutex, and nothing but `deinit` takes the memory away, when
    // nobody else can have this.

    private struct Line: ~Copyable {
        let isHeld = Atomic<Bool>(false)
        /// Somebody has waited for long: others are to let him in.
        let isReserved = Atomic<Bool>(false)
        /// Of those who have waited for long.
        let patience = Mutex<Void>(())
    }

    /// So often one looks before others have to let one in,
    private static var looks: Int { 256 }
    /// with as many instructions between, so that who holds the lock can go on with the memory beside it.
    private static var breath: Int { 32 }
    /// So often the core is then offered to others: most likely to the one who holds the lock.
    private static var offers: Int { 128 }
    /// In nanoseconds. By then that one has been put aside by the system, or does something long.
    private static var nap: Int { 50_000 }

    // Side by side in memory, but not one variable: whoever changes a part of that has all of it for himself.
    private let line: UnsafeMutablePointer<Line>
    private let value: UnsafeMutablePointer<Value>

    package init(_ initialValue: consuming sending Value) {
        let alignment = max(MemoryLayout<Line>.alignment, MemoryLayout<Value>.alignment)
        let start = (MemoryLayout<Line>.size + alignment - 1) / alignment * alignment
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: start + MemoryLayout<Value>.size, alignment: alignment)
        unsafe self.line = memory.bindMemory(to: Line.self, capacity: 1)
        unsafe self.value = (memory + start).bindMemory(to: Value.self, capacity: 1)
        unsafe self.line.initialize(to: Line())
        unsafe self.value.initialize(to: initialValue)
    }

    deinit {
        unsafe self.value.deinitialize(count: 1)
        unsafe self.line.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(self.line).deallocate()
    }

    /// Calls `body` with the value, which nobody else reaches meanwhile. Not to be called from within `body`.
    @inline(__always)
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        if !self.enterAtOnce() { self.enter() }
        defer { self.leave() }
        return try unsafe body(&self.value.pointee)
    }

    /// The same if nobody else is there; nil otherwise.
    @inline(__always)
    package borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        guard self.enterAtOnce() else { return nil }
        defer { self.leave() }
        return try unsafe body(&self.value.pointee)
    }

    /// Whether somebody has waited for so long that nobody else may enter.
    @inline(__always)
    package var isReserved: Bool { unsafe self.line.pointee.isReserved.load(ordering: .relaxed) }

    @inline(__always)
    private borrowing func enterAtOnce() -> Bool { !self.isReserved && self.take() }

    @inline(__always)
    private borrowing func take() -> Bool {
        unsafe self.line.pointee.isHeld.compareExchange(
            expected: false, desired: true, successOrdering: .acquiring, failureOrdering: .relaxed
        ).exchanged
    }

    @inline(__always)
    private borrowing func leave() { unsafe self.line.pointee.isHeld.store(false, ordering: .releasing) }

    @inline(never)
    private borrowing func enter() {
        for _ in 0..<Self.looks {
            if self.enterAtOnce() { return }
            for _ in 0..<Self.breath { _ = self.isReserved }
        }
        unsafe self.line.pointee.patience.withLock { _ in
            unsafe self.line.pointee.isReserved.store(true, ordering: .relaxed)
            self.enterBeforeOthers()
            unsafe self.line.pointee.isReserved.store(false, ordering: .relaxed)
        }
    }

    private borrowing func enterBeforeOthers() {
        for _ in 0..<Self.offers {
            if self.take() { return }
            sched_yield()
        }
        while !self.take() {
            var time = timespec(tv_sec: 0, tv_nsec: Self.nap)
            _ = unsafe nanosleep(&time, nil)
        }
    }
}
#endif
