// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if ZMQ_TSAN
#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// Stands in for Synchronization's mutex in builds for Thread Sanitizer, which sees POSIX's locks but not that one:
/// who finds it locked waits in the kernel, and the order that this makes would be missed.
///
/// Shadows the imported type in this module; others that lock name it in an alias of their own. Unchecked: the value
/// and the lock live on the heap, the value is reached only while the lock is held, and `init` and `deinit` have it
/// for themselves.
@safe
struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // @unchecked: the value is reached with the lock held only, and was handed over (`sending`) when this was made.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    init(_ initialValue: consuming sending Value) {
        unsafe self.lock = .allocate(capacity: 1)
        let fault = unsafe pthread_mutex_init(self.lock, nil)
        precondition(fault == 0, "no lock to be had: \(fault)")
        unsafe self.value = .allocate(capacity: 1)
        unsafe self.value.initialize(to: initialValue)
    }

    deinit {
        unsafe self.value.deinitialize(count: 1)
        unsafe self.value.deallocate()
        unsafe pthread_mutex_destroy(self.lock)
        unsafe self.lock.deallocate()
    }

    borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        unsafe pthread_mutex_lock(self.lock)
        defer { unsafe pthread_mutex_unlock(self.lock) }
        return try unsafe body(&self.value.pointee)
    }

    borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        guard unsafe pthread_mutex_trylock(self.lock) == 0 else { return nil }
        defer { unsafe pthread_mutex_unlock(self.lock) }
        return try unsafe body(&self.value.pointee)
    }
}
#endif
