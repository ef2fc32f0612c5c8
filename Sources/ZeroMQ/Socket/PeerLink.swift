// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// What keeps a peer's pipe going: an accepted connection, a dial, or the other socket over inproc.
///
/// Isolation: any thread, no lock of a socket held.
protocol PeerLink: AnyObject, Sendable {
    /// Send what waits, then end; tell the socket when that is done.
    func drain()
    /// The same, because the application has disconnected the endpoint.
    func disconnect()
    /// End now; tell the socket when that is done.
    func abort()
}

extension PeerLink {
    func disconnect() { self.drain() }
}
