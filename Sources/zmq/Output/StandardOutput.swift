// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Dispatch

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Standard output: whole lines, each handed to the system at once.
///
/// Writing may block for as long as the reader pleases, so it happens on a thread of its own; the caller suspends until
/// its bytes are taken, and a slow reader slows down receiving.
enum StandardOutput {
    /// What a pipe takes whole or not at all, so that no signal can leave the end of it unwritten.
    static let portion = Int(PIPE_BUF)

    private static let queue = DispatchQueue(label: "zmq.output")

    /// Writes all bytes; throws ``ReaderGone`` when nobody reads any more.
    static func write(_ bytes: [UInt8]) async throws {
        let error = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: StandardFiles.writeAll(bytes, to: STDOUT_FILENO)) }
        }
        switch error {
        case 0: return
        case EPIPE: throw ReaderGone()
        default: throw ToolFailure.failed("standard output: \(StandardFiles.describe(error))")
        }
    }

    /// Writes one line of text.
    static func line(_ text: String) async throws {
        try await write(Array((text + "\n").utf8))
    }
}

/// The reader of standard output has closed it: the tool ends, quietly and in peace.
struct ReaderGone: Error {}
