// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Lines on standard error: notices for scripts, events with `--verbose`, and the one error.
enum Notices {
    private static let lock = Mutex<Void>(())

    /// `bound EP`: the endpoint as it really is, with its port or path.
    static func bound(_ endpoint: String) { line("bound \(endpoint)") }

    /// `connected EP`: the endpoint has been accepted for connecting; a peer need not be there.
    static func connected(_ endpoint: String) { line("connected \(endpoint)") }

    /// `error: …`, always one line.
    static func error(_ message: String) { line("error: \(message)") }

    /// Any other line.
    static func line(_ text: String) {
        let oneLine = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        lock.withLock { _ in
            _ = StandardFiles.writeAll(Array((oneLine + "\n").utf8), to: STDERR_FILENO)
        }
    }
}
