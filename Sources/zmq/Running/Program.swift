// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The frame around every command: signals, the parsing of arguments, errors to exit codes.
enum Program {
    /// Carries out the command line and ends the process.
    static func run(_ arguments: [String]) async -> Never {
        StandardFiles.prepare()
        let signals = Signals.take()
        let work = Task { await execute(arguments) }
        Signals.watch(signals) { work.cancel() }
        let status = await work.value
        exit((Signals.received ?? status).rawValue)
    }

    /// Off the main actor: nothing here may share a thread with it.
    @concurrent
    private static func execute(_ arguments: [String]) async -> ExitStatus {
        do {
            try VerbCheck.check(arguments)
            var command = try ZMQ.parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return .done
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> ExitStatus {
        switch error {
        case let failure as ToolFailure:
            Notices.error(failure.message)
            return failure.status
        case let failure as ReportedFailure:
            return failure.status
        case is ReaderGone:
            return .done
        case is CancellationError:
            return .failed
        case let error as ZeroMQError:
            return report(ToolFailure(error))
        default:
            return reportParsing(error)
        }
    }

    /// What the argument parser throws: a request for help, or a mistake on the command line.
    private static func reportParsing(_ error: any Error) -> ExitStatus {
        let code = ZMQ.exitCode(for: error)
        guard code != .success else {
            StandardFiles.writeAll(Array((ZMQ.fullMessage(for: error) + "\n").utf8), to: STDOUT_FILENO)
            return .done
        }
        Notices.error(ZMQ.message(for: error))
        return code == .validationFailure ? .usage : .failed
    }
}
