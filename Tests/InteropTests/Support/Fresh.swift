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
