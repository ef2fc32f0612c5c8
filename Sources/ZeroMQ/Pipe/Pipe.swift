// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// What joins a socket and one peer.
///
/// Inwards a queue of messages. Outwards, for inproc, the inward queue of the socket at the other end; for a
/// connection, the ``OutgoingQueue`` in the peer's slot.
package struct Pipe: Sendable {
    package let inbound: InboundQueue
    /// Nil for a connection.
    package let direct: InboundQueue?

    package init(inbound: InboundQueue, direct: InboundQueue?) {
        self.inbound = inbound
        self.direct = direct
    }
}
