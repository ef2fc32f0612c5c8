// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Dispatch
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// SIGINT and SIGTERM: the work is cancelled, and a moment later the process ends whatever happens.
enum Signals {
    /// The time given to close sockets and to finish the line being written.
    private static let grace = DispatchTimeInterval.milliseconds(500)

    private static let first = Mutex<ExitStatus?>(nil)
    private static let queue = DispatchQueue(label: "zmq.signals")
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

    /// The status that the first signal asks for; nil while none has come.
    static var received: ExitStatus? { first.withLock { $0 } }

    /// Calls `cancel` at the first signal. A second one ends the process at once.
    static func watch(cancel: @escaping @Sendable () -> Void) {
        let sources = [(SIGINT, ExitStatus.interrupted), (SIGTERM, .terminated)].map { number, status in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { handle(status, cancel: cancel) }
            source.resume()
            return source
        }
        unsafe self.sources = sources
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
