// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The right to resume one suspended call, once.
///
/// Made of an unsafe continuation, which costs a third of a checked one. What makes it right: a resumption is stored
/// in exactly one place, under a lock, and whoever takes it out of there resumes it, after releasing the lock.
@safe
struct Resumption<Value: Sendable>: Sendable {
    private let continuation: UnsafeContinuation<Value, any Error>

    private init(_ continuation: UnsafeContinuation<Value, any Error>) {
        unsafe self.continuation = unsafe continuation
    }

    func resume(returning value: Value) {
        unsafe self.continuation.resume(returning: value)
    }

    func resume(with result: Result<Value, any Error>) {
        unsafe self.continuation.resume(with: result)
    }

    func resume(throwing error: any Error) {
        unsafe self.continuation.resume(throwing: error)
    }

    /// Suspends the task until somebody resumes it.
    static func suspend(_ body: (Resumption<Value>) -> Void) async throws -> Value {
        try await unsafe withUnsafeThrowingContinuation { unsafe body(Resumption($0)) }
    }
}

/// The right to go on with one suspended call that cannot fail; see ``Resumption``.
@safe
struct Wakeup: Sendable {
    private let continuation: UnsafeContinuation<Void, Never>

    private init(_ continuation: UnsafeContinuation<Void, Never>) {
        unsafe self.continuation = unsafe continuation
    }

    func resume() {
        unsafe self.continuation.resume()
    }

    static func suspend(_ body: (Wakeup) -> Void) async {
        await unsafe withUnsafeContinuation { unsafe body(Wakeup($0)) }
    }
}
