// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Dispatch
import Synchronization

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The lines of standard input, for one consumer that must not block.
///
/// A read may wait for ever, so it happens on a thread of its own and fills one bounded chunk at a time; the next read
/// begins when the consumer asks for what is not there yet. Waiting can be cancelled, which takes nothing.
///
/// Isolation: the mutex, which guards the splitter together with the read that will feed it.
final class StandardInput: Sendable {
    private struct State {
        var splitter = LineSplitter()
        var failure: Int32?
        /// How many chunks have come: whoever waits says which it has seen.
        var arrivals = 0
        var isReading = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private static let chunk = 65_536

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "zmq.input")

    /// The next line; nil at the end of input.
    func next() async throws -> InputLine? {
        while true {
            let (next, seen) = state.withLock { ($0.splitter.next(), $0.arrivals) }
            switch next {
            case .line(let line): return line
            case .end: return nil
            case .needsMore: try await arrival(after: seen)
            }
        }
    }

    /// Waits until it is known whether there is anything left, without taking it.
    func isAtEnd() async throws -> Bool {
        while true {
            let (isAtEnd, seen) = state.withLock { ($0.splitter.isAtEnd, $0.arrivals) }
            if let isAtEnd { return isAtEnd }
            try await arrival(after: seen)
        }
    }

    /// Waits until more has come than had been seen.
    private func arrival(after seen: Int) async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { wait($0, after: seen) }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
        try Task.checkCancellation()
        if let error = state.withLock({ $0.failure }) {
            throw ToolFailure.failed("standard input: \(StandardFiles.describe(error))")
        }
    }

    private func wait(_ continuation: CheckedContinuation<Void, Never>, after seen: Int) {
        let (mustWait, mustStart) = state.withLock { state in
            // Looked at under the lock: the handler of a cancellation that came before found nobody to resume.
            guard state.arrivals == seen, !Task.isCancelled else { return (false, false) }
            state.waiter = continuation
            defer { state.isReading = true }
            return (true, !state.isReading)
        }
        if !mustWait { continuation.resume() }
        if mustStart { queue.async { self.read() } }
    }

    /// Runs on the input thread.
    private func read() {
        let result = StandardFiles.readSome(from: STDIN_FILENO, limit: Self.chunk)
        let waiter = state.withLock { state in
            switch result {
            case .bytes(let bytes): state.splitter.append(bytes)
            case .end: state.splitter.finish()
            case .failure(let error): state.failure = error
            }
            state.isReading = false
            state.arrivals += 1
            return state.waiter.take()
        }
        waiter?.resume()
    }
}
