// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Synchronization

/// Names that no other test uses.
enum Fresh {
    private static let last = Atomic(0)
    private static let paths = Mutex<[String]>([])

    /// A number, new each time.
    static func number() -> Int { Self.last.add(1, ordering: .relaxed).newValue }

    /// A name that is new on this machine.
    static func name() -> String { "zmq-interop-\(ProcessInfo.processInfo.processIdentifier)-\(Self.number())" }

    /// An endpoint that nobody has bound, to be connected to before it exists or bound more than once.
    ///
    /// Its port is below those that systems give out themselves: a listener of another test on every address, or a
    /// connection, never takes it. Linux answers to all of 127/8, so there the address is new as well; elsewhere only
    /// one is sure to be there.
    static func tcpEndpoint() -> String {
        let (number, process) = (Self.number(), Int(ProcessInfo.processInfo.processIdentifier))
        #if os(Linux)
        let address = "127.\(1 + process % 250).\(250 + number / 250 % 5).\(1 + number % 250)"
        return "tcp://\(address):\(20_000 + number % 10_000)"
        #else
        return "tcp://127.0.0.1:\(20_000 + (process * 500 + number) % 10_000)"
        #endif
    }

    /// A path for an ipc endpoint, short enough for every system, and removed when the tests end: a peer that is killed
    /// leaves its own behind.
    static func path() -> String {
        _ = Self.removesPathsAtExit
        let path = "/tmp/\(Self.name()).ipc"
        Self.paths.withLock { $0.append(path) }
        return path
    }

    private static let removesPathsAtExit: Bool =
        atexit {
            for path in Fresh.paths.withLock({ $0 }) { unsafe unlink(path) }
        } == 0
}
