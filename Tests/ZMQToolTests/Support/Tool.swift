// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Synchronization
import ZeroMQTesting

/// One run of the built `zmq` tool, with pipes for its standard streams.
///
/// Whatever it writes is gathered as it comes. A run that has not ended by itself after a minute is killed, which its
/// status then shows; so no test can hang.
final class Tool: Sendable {
    /// How a run ended, and all that it wrote.
    struct Outcome: Sendable, Equatable {
        /// The exit code; the negative number of the signal if one killed it.
        var status: Int32
        var output: [UInt8]
        var errors: String

        /// The output as text.
        var text: String { String(decoding: output, as: UTF8.self) }
        /// The output, line by line.
        var lines: [String] {
            text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
        /// The lines of standard error.
        var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    }

    /// Where standard error did not say what a test waits for.
    struct NoSuchNotice: Error, CustomStringConvertible {
        let description: String
    }

    private struct Record {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var status: Int32?
        var openStreams = 2
    }

    /// What is known of a run; the threads that read its streams hold this and not the run.
    private final class Gathered: Sendable {
        let record = Mutex(Record())
    }

    private let process = Process()
    private let input = Pipe()
    private let gathered = Gathered()

    /// Who reads its standard output.
    enum Reader {
        /// Someone who reads what comes.
        case prompt
        /// Someone who reads nothing before the tool has ended.
        case late
        /// Nobody: the pipe is closed from the start.
        case none
    }

    /// Starts the tool; its standard input stays open.
    init(_ arguments: [String], reader: Reader = .prompt) throws {
        signal(SIGPIPE, SIG_IGN)
        let (outputPipe, errorPipe) = (Pipe(), Pipe())
        for pipe in [input, outputPipe, errorPipe] {
            closeOnExec(pipe.fileHandleForReading.fileDescriptor, pipe.fileHandleForWriting.fileDescriptor)
        }
        process.executableURL = try Self.executable()
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        process.terminationHandler = { [gathered] process in
            if reader == .late { Self.gather(outputPipe, in: gathered) { $0.output += $1 } }
            let isSignal = process.terminationReason == .uncaughtSignal
            gathered.record.withLock { $0.status = isSignal ? -process.terminationStatus : process.terminationStatus }
        }
        try process.run()
        switch reader {
        case .prompt: Self.gather(outputPipe, in: gathered) { $0.output += $1 }
        case .late: break
        case .none:
            try outputPipe.fileHandleForReading.close()
            gathered.record.withLock { $0.openStreams -= 1 }
        }
        Self.gather(errorPipe, in: gathered) { $0.errors += $1 }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60) { [weak process] in
            if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }

    /// Starts the tool with an input that is complete.
    convenience init(_ arguments: [String], input: String) throws {
        try self.init(arguments)
        write(input)
        closeInput()
    }

    deinit { send(SIGKILL) }

    /// What it has written to standard output so far.
    var output: String { String(decoding: gathered.record.withLock { $0.output }, as: UTF8.self) }
    /// What it has written to standard error so far.
    var errors: String { String(decoding: gathered.record.withLock { $0.errors }, as: UTF8.self) }
    /// Whether it has not ended.
    var isRunning: Bool { process.isRunning }

    /// Writes to its standard input.
    func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes to its standard input.
    func write(_ bytes: [UInt8]) { try? input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

    /// Ends its standard input.
    func closeInput() { try? input.fileHandleForWriting.close() }

    /// Sends it SIGINT.
    func interrupt() { send(SIGINT) }

    /// Sends it SIGTERM.
    func terminate() { send(SIGTERM) }

    private func send(_ signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    /// Waits for `bound EP`, and returns the endpoint; the first one, or one further on.
    func bound(_ index: Int = 0) async throws -> String {
        var endpoints: [String] = []
        _ = try await eventually(within: .seconds(60)) {
            endpoints = errors.split(separator: "\n").filter { $0.hasPrefix("bound ") }.map { String($0.dropFirst(6)) }
            return endpoints.count > index || !isRunning
        }
        guard endpoints.count > index else {
            throw NoSuchNotice(description: "no 'bound' notice \(index) in: \(errors)")
        }
        return endpoints[index]
    }

    /// Waits until its output holds the text.
    func waitForOutput(_ text: String) async throws {
        let holds = try await eventually(within: .seconds(60)) { output.contains(text) }
        guard holds else { throw NoSuchNotice(description: "no '\(text)' in: \(output)") }
    }

    /// Waits until its output has so many lines.
    func waitForOutput(lines count: Int) async throws {
        let has = try await eventually(within: .seconds(60)) { output.count(where: \.isNewline) >= count }
        guard has else { throw NoSuchNotice(description: "fewer than \(count) lines in: \(output)") }
    }

    /// Waits until its standard error holds the text.
    func waitForErrors(_ text: String) async throws {
        let holds = try await eventually(within: .seconds(60)) { errors.contains(text) }
        guard holds else { throw NoSuchNotice(description: "no '\(text)' in: \(errors)") }
    }

    /// Waits for its end.
    func outcome() async throws -> Outcome {
        var outcome: Outcome?
        _ = try await eventually(within: .seconds(90)) {
            outcome = gathered.record.withLock { record in
                guard record.openStreams == 0, let status = record.status else { return nil }
                return Outcome(
                    status: status, output: record.output, errors: String(decoding: record.errors, as: UTF8.self))
            }
            return outcome != nil
        }
        return outcome ?? Outcome(status: .min, output: [], errors: "did not end")
    }

    /// Runs the tool from beginning to end.
    static func run(_ arguments: [String], input: String = "") async throws -> Outcome {
        try await Tool(arguments, input: input).outcome()
    }

    private static func gather(
        _ pipe: Pipe, in gathered: Gathered, _ store: @escaping @Sendable (inout Record, Data) -> Void
    ) {
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread {
            while case let data = handle.availableData, !data.isEmpty {
                gathered.record.withLock { store(&$0, data) }
            }
            gathered.record.withLock { $0.openStreams -= 1 }
        }
    }

    /// The tool stands beside the test bundle.
    private static func executable() throws -> URL {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        var directory = URL(fileURLWithPath: bundle)
        while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
        let tool = directory.appendingPathComponent("zmq")
        guard FileManager.default.isExecutableFile(atPath: tool.path) else {
            throw NoSuchNotice(description: "no built tool at \(tool.path)")
        }
        return tool
    }
}
