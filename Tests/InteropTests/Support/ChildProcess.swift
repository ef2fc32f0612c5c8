// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Dispatch
import Foundation
import Synchronization
import ZeroMQTesting

/// A child process with pipes to its standard streams, read line by line, that never outlives its limit.
final class ChildProcess: Sendable {
    /// How a process ended and all that it wrote.
    struct Outcome: Sendable {
        /// The exit code, or 128 and the signal's number.
        var status: Int32
        var output: [String]
        var errors: [String]

        /// Both streams, for the comment of a failed expectation.
        var transcript: String {
            (["status \(self.status)"] + self.output + ["-- standard error --"] + self.errors).joined(separator: "\n")
        }
    }

    private let process = Process()
    private let input: FileHandle
    private let writing = DispatchQueue(label: "standard input of a child process")
    private let onEnd: @Sendable (Outcome) -> Void
    private let progress = Mutex(Progress())

    private struct Progress {
        var outcome = Outcome(status: 0, output: [], errors: [])
        /// Two streams and the process itself.
        var unfinished = 3
        var waiting: [CheckedContinuation<Outcome, Never>] = []
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: The path of an executable.
    ///   - arguments: What follows its name.
    ///   - limit: After this time it is killed.
    ///   - environment: What it shall find there beside what this process has.
    ///   - onLine: Takes the lines of standard output instead of ``Outcome/output``.
    ///   - onEnd: Called once, when the process has ended and all of its output was taken.
    /// - Throws: If the program cannot be started.
    init(
        _ program: String,
        _ arguments: [String],
        limit: Duration = .seconds(60),
        environment: [String: String] = [:],
        onLine: (@Sendable (Data) -> Void)? = nil,
        onEnd: @escaping @Sendable (Outcome) -> Void = { _ in }
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        for pipe in [stdin, stdout, stderr] {
            closeOnExec(pipe.fileHandleForReading.fileDescriptor, pipe.fileHandleForWriting.fileDescriptor)
        }
        self.input = stdin.fileHandleForWriting
        self.onEnd = onEnd
        self.process.executableURL = URL(fileURLWithPath: program)
        self.process.arguments = arguments
        // libzmq makes folders for `ipc://*`, where it runs unless it is told otherwise, and leaves them if it is killed.
        let folder = FileManager.default.temporaryDirectory.path
        self.process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder]) { own, _ in own }
            .merging(environment) { $1 }
        self.process.standardInput = stdin
        self.process.standardOutput = stdout
        self.process.standardError = stderr
        self.process.terminationHandler = { process in
            let signalled = process.terminationReason == .uncaughtSignal
            let status = process.terminationStatus
            self.finishOne { $0.status = signalled ? 128 + status : status }
        }
        try self.process.run()

        let identifier = self.process.processIdentifier
        let seconds = Double(limit.components.seconds)
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak process = self.process] in
            if process?.isRunning == true { _ = Foundation.kill(identifier, SIGKILL) }
        }
        self.read(
            stdout.fileHandleForReading,
            onLine: onLine ?? { line in
                self.progress.withLock { $0.outcome.output.append(String(decoding: line, as: UTF8.self)) }
            }
        )
        self.read(stderr.fileHandleForReading) { line in
            self.progress.withLock { $0.outcome.errors.append(String(decoding: line, as: UTF8.self)) }
        }
    }

    /// Hands bytes to standard input without waiting for the child to read them.
    func write(_ bytes: Data) {
        self.writing.async { [input] in try? input.write(contentsOf: bytes) }
    }

    /// Ends standard input.
    func closeInput() {
        self.writing.async { [input] in try? input.close() }
    }

    /// Ends the process at once.
    func kill() {
        if self.process.isRunning { _ = Foundation.kill(self.process.processIdentifier, SIGKILL) }
    }

    /// Stops the process, which then neither reads nor writes, and keeps its connections.
    func freeze() {
        if self.process.isRunning { _ = Foundation.kill(self.process.processIdentifier, SIGSTOP) }
    }

    /// Lets a stopped process go on.
    func thaw() {
        if self.process.isRunning { _ = Foundation.kill(self.process.processIdentifier, SIGCONT) }
    }

    /// The lines of standard output so far.
    var output: [String] { self.progress.withLock { $0.outcome.output } }

    /// The lines of standard error so far.
    var errors: [String] { self.progress.withLock { $0.outcome.errors } }

    /// Waits until the process has ended and its streams are read; the limit bounds it.
    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let ended: Outcome? = self.progress.withLock { progress in
                if progress.unfinished == 0 { return progress.outcome }
                progress.waiting.append(continuation)
                return nil
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }

    /// Reads a stream to its end on a thread of its own.
    private func read(_ handle: FileHandle, onLine: @escaping @Sendable (Data) -> Void) {
        Thread.detachNewThread {
            var line: UnsafeMutablePointer<CChar>?
            var capacity = 0
            if let stream = unsafe fdopen(fcntl(handle.fileDescriptor, F_DUPFD_CLOEXEC, 0), "r") {
                while true {
                    let count = unsafe getline(&line, &capacity, stream)
                    guard count > 0, let start = unsafe line else { break }
                    var bytes = unsafe Data(bytes: start, count: count)
                    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
                    onLine(bytes)
                }
                unsafe fclose(stream)
            }
            unsafe free(line)
            try? handle.close()
            self.finishOne { _ in }
        }
    }

    /// One of the two streams or the process has ended.
    private func finishOne(_ note: (inout Outcome) -> Void) {
        let ended = self.progress.withLock { progress -> Progress? in
            note(&progress.outcome)
            progress.unfinished -= 1
            return progress.unfinished == 0 ? progress : nil
        }
        guard let ended else { return }
        self.process.terminationHandler = nil  // it holds this object
        self.closeInput()
        self.onEnd(ended.outcome)
        for continuation in ended.waiting { continuation.resume(returning: ended.outcome) }
    }
}
