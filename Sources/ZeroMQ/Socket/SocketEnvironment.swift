// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Logging
import NIOCore

/// What a context lends a socket. No arrow leads back up to the context.
struct SocketEnvironment: Sendable {
    /// Where all connections of the socket live.
    let loop: any EventLoop
    let executor: LoopExecutor
    /// What the connections of the loop read into.
    let memory: ReceiveMemory
    /// How long a call may look again before it suspends.
    let patience: TimeAmount
    /// The same, of who reads a connection.
    let readingPatience: TimeAmount
    /// Whether that depends on what comes of it.
    let heedsOthers: Bool
    /// Which of the context's sockets may use that.
    let loneReader: LoneReader
    /// The inproc names of the context.
    let names: InprocRegistry
    /// Who knows the addresses of hosts.
    let lookUp: HostLookUp
    /// Who may dial.
    let dialQueue: DialQueue
    let logger: Logger?
    /// Called once the socket is closed.
    let onClosed: @Sendable () -> Void
}
