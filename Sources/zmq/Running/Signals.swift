// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Dispatch
import Synchronization

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Where the signal handler writes; set once, before there is a handler.
nonisolated(unsafe) private var signalPipe: Int32 = -1

/// SIGINT and SIGTERM: the work is cancelled, and a moment later the process ends whatever happens.
///
/// The handler only writes the number into a pipe, which keeps it until somebody watches: no signal is lost, however
/// early it comes. Everything else happens on a queue.
enum Signals {
    /// The time given to close sockets and to finish the line being written.
    private static let grace = DispatchTimeInterval.milliseconds(500)

    private static let queue = DispatchQueue(label: "zmq.signals")
    private static let first = Mutex<ExitStatus?>(nil)
    nonisolated(unsafe) private static var source: (any DispatchSourceRead)?

    /// The status that the first signal asks for; nil while none has come.
    static var received: ExitStatus? { first.withLock { $0 } }

    /// Takes the signals over. Comes before anything that a signal should end.
    ///
    /// - Returns: The end of the pipe from which ``watch(_:cancel:)`` reads.
    static func take() -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return -1 }
        unsafe signalPipe = ends[1]
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                let error = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = unsafe write(signalPipe, &byte, 1)
                errno = error
            }
        }
        return ends[0]
    }

    /// Calls `cancel` at the first signal. A second one ends the process at once.
    static func watch(_ descriptor: Int32, cancel: @escaping @Sendable () -> Void) {
        guard descriptor >= 0 else { return }
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler {
            guard case .bytes(let bytes) = StandardFiles.readSome(from: descriptor, limit: 16) else { return }
            for byte in bytes {
                handle(Int32(byte) == SIGINT ? .interrupted : .terminated, cancel: cancel)
            }
        }
        source.resume()
        unsafe self.source = source
    }

    private static func handle(_ status: ExitStatus, cancel: () -> Void) {
        let isFirst = first.withLock { first in
            defer { first = first ?? status }
            return first == nil
        }
        guard isFirst else { _exit(status.rawValue) }
        cancel()
        queue.asyncAfter(deadline: .now() + grace) { _exit(status.rawValue) }
    }
}
