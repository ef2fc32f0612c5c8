// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Why the tool gives up: the status it exits with and what its one `error:` line says.
struct ToolFailure: Error, Equatable {
    /// The exit status.
    let status: ExitStatus
    /// What went wrong, where, and what was expected.
    let message: String

    /// Something failed while running.
    static func failed(_ message: String) -> Self { Self(status: .failed, message: message) }

    /// The command line asks for what cannot be done.
    static func usage(_ message: String) -> Self { Self(status: .usage, message: message) }

    /// A peer kept us waiting for too long.
    static func timedOut(_ message: String) -> Self { Self(status: .timedOut, message: message) }
}

extension ToolFailure {
    /// An error of the library, with the argument that led to it.
    init(_ error: ZeroMQError, argument: String, endpoint: String) {
        self.init(error)
        let place = error.message.contains(endpoint) ? argument : "\(argument) \(endpoint)"
        self = Self(status: status, message: "\(place): \(message)")
    }

    /// An error of the library. What is wrong with an argument itself is a usage error, what the system refuses is not.
    init(_ error: ZeroMQError) {
        switch error.code {
        case .invalidEndpoint, .unsupportedTransport, .nameTooLong, .invalidOption, .notSupported:
            self.status = .usage
        case .timedOut:
            self.status = .timedOut
        default:
            self.status = .failed
        }
        self.message = error.message
    }
}

/// The failure has been reported already; only the status is left.
struct ReportedFailure: Error {
    /// The exit status.
    let status: ExitStatus
}
