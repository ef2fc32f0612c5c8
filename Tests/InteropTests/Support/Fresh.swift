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

    /// A loopback address that no other test uses, so that a port there, once free, is given to nobody else. Linux
    /// answers to all of 127/8; elsewhere only one address is sure to be there.
    static func loopback() -> String {
        #if os(Linux)
        let number = Self.number()
        let process = Int(ProcessInfo.processInfo.processIdentifier)
        return "127.\(1 + process % 250).\(250 + number / 250 % 5).\(1 + number % 250)"
        #else
        return "127.0.0.1"
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
