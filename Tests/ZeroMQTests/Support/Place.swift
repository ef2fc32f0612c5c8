// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Where a task runs that uses a socket.
enum Place: CaseIterable, Sendable {
    case anyThread, loop

    func executor(of socket: some Socket) -> (any TaskExecutor)? { self == .loop ? socket.executor : nil }
}
