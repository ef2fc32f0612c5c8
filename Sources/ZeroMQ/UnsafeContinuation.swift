// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if ZMQ_TSAN
/// Stands in for the standard library's continuation in builds for Thread Sanitizer.
///
/// The runtime tells the sanitizer that what comes before a resumption comes before what follows the suspension, but
/// not if the task is resumed before it is suspended. Then a lock tells it. Shadows the type in this module.
@unsafe
struct UnsafeContinuation<Value: Sendable, Failure: Error>: Sendable {
    fileprivate final class Order: Sendable {
        private let lock = Mutex<Void>(())

        func pass() { self.lock.withLock { _ in } }
    }

    private let continuation: _Concurrency.UnsafeContinuation<Value, Failure>
    private let order: Order

    fileprivate init(_ continuation: _Concurrency.UnsafeContinuation<Value, Failure>, _ order: Order) {
        unsafe self.continuation = unsafe continuation
        unsafe self.order = order
    }

    func resume(returning value: Value) {
        unsafe self.order.pass()
        unsafe self.continuation.resume(returning: value)
    }

    func resume() where Value == Void {
        unsafe self.order.pass()
        unsafe self.continuation.resume()
    }

    func resume(throwing error: Failure) {
        unsafe self.order.pass()
        unsafe self.continuation.resume(throwing: error)
    }

    func resume(with result: Result<Value, Failure>) {
        unsafe self.order.pass()
        unsafe self.continuation.resume(with: result)
    }
}

/// Shadows the standard library's function of this name.
@unsafe
func withUnsafeContinuation<Value: Sendable>(_ body: (UnsafeContinuation<Value, Never>) -> Void) async -> Value {
    let order = UnsafeContinuation<Value, Never>.Order()
    defer { order.pass() }
    return await unsafe _Concurrency.withUnsafeContinuation { unsafe body(UnsafeContinuation($0, order)) }
}

/// Shadows the standard library's function of this name.
@unsafe
func withUnsafeThrowingContinuation<Value: Sendable>(
    _ body: (UnsafeContinuation<Value, any Error>) -> Void
) async throws -> Value {
    let order = UnsafeContinuation<Value, any Error>.Order()
    defer { order.pass() }
    return try await unsafe _Concurrency.withUnsafeThrowingContinuation { unsafe body(UnsafeContinuation($0, order)) }
}
#endif
