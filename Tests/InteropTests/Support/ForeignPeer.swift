// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Synchronization
import Testing
import ZeroMQ

/// A process full of foreign ZeroMQ sockets: `Peers/peer.py` on pyzmq (libzmq), or on pyomq.
///
/// It is a process of its own because an assertion inside libzmq ends the process it happens in.
final class ForeignPeer: Sendable {
    /// What a foreign peer answers to a command that failed.
    struct Failure: Error, CustomStringConvertible {
        /// The name of the errno, or of the exception.
        var code: String
        var text: String

        var description: String { "foreign peer: \(self.code): \(self.text)" }
    }

    private struct State {
        var next = 0
        var waiting: [Int: CheckedContinuation<Answer, any Error>] = [:]
        var isEnded = false

        mutating func end() -> [CheckedContinuation<Answer, any Error>] {
            self.isEnded = true
            defer { self.waiting = [:] }
            return Array(self.waiting.values)
        }
    }

    private final class Desk: Sendable {
        let state = Mutex(State())

        func deliver(_ line: Data) {
            guard let answer = try? JSONDecoder().decode(Answer.self, from: line) else { return }
            let waiting = self.state.withLock { $0.waiting.removeValue(forKey: answer.id) }
            waiting?.resume(returning: answer)
        }

        func abandon(_ id: Int) {
            let waiting = self.state.withLock { $0.waiting.removeValue(forKey: id) }
            waiting?.resume(throwing: CancellationError())
        }
    }

    private let process: ChildProcess
    private let desk: Desk

    /// Starts the process.
    ///
    /// - Parameters:
    ///   - library: The implementation it runs on.
    ///   - limit: After this time, which every reset begins anew, it ends itself, whatever it is doing.
    /// - Throws: If there is no Python with this library.
    init(_ library: Library = .libzmq, limit: Duration = .seconds(90)) throws {
        guard let python = library.python else {
            throw Failure(code: "ENOENT", text: "no Python that can import \(library.rawValue)")
        }
        let desk = Desk()
        let script = Self.scripts.appending(path: "peer.py").path
        let seconds = String(limit.components.seconds)
        self.desk = desk
        self.process = try ChildProcess(
            python,
            [script, "--library", library.rawValue, "--limit", seconds],
            limit: .seconds(900),
            onLine: { desk.deliver($0) },
            onEnd: { outcome in
                let failure = Failure(code: "EPIPE", text: "ended early: " + outcome.transcript)
                for waiting in desk.state.withLock({ $0.end() }) { waiting.resume(throwing: failure) }
            }
        )
    }

    /// Closes all sockets, so that another test can use the process. Throws if one of them is still at work.
    func reset() async throws {
        _ = try await self.call(Command("reset", ""))
    }

    /// Ends the process at once, as `SIGKILL` does.
    func kill() {
        self.process.kill()
    }

    /// Stops the process until it is let go on; calls wait.
    func freeze() { self.process.freeze() }

    /// Lets a stopped process go on.
    func thaw() { self.process.thaw() }

    /// Sends a command and waits for its answer.
    func call(_ command: Command) async throws -> Answer {
        let id = self.desk.state.withLock { state in
            state.next += 1
            return state.next
        }
        let answer = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.submit(command, id, continuation)
            }
        } onCancel: {
            self.desk.abandon(id)
        }
        if let code = answer.error { throw Failure(code: code, text: answer.text ?? "") }
        return answer
    }

    private func submit(_ command: Command, _ id: Int, _ continuation: CheckedContinuation<Answer, any Error>) {
        var command = command
        command.id = id
        guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
        do {
            let line = try JSONEncoder().encode(command) + Data("\n".utf8)
            let isEnded = self.desk.state.withLock { state in
                if !state.isEnded { state.waiting[id] = continuation }
                return state.isEnded
            }
            guard !isEnded else { throw Failure(code: "EPIPE", text: "the process has ended") }
            self.process.write(line)
        } catch {
            continuation.resume(throwing: error)
        }
        // A cancellation that came before the continuation was filed found nothing to abandon.
        if Task.isCancelled { self.desk.abandon(id) }
    }
}
