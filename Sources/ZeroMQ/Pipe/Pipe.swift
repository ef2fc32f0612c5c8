// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// The two queues between a socket and one peer.
///
/// Outwards it is a queue of octets for a connection or, for inproc, the inward queue of the socket at the other end.
final class Pipe: Sendable {
    enum Outbound: Sendable {
        case wire(OutboundQueue)
        case direct(InboundQueue)
    }

    let inbound: InboundQueue
    let outbound: Outbound

    init(inbound: InboundQueue, outbound: Outbound) {
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Hands a message to the peer's side, if there is room.
    @inline(__always)
    func offer(_ message: Message, behind envelope: Envelope?) -> Admission {
        switch self.outbound {
        case .wire(let queue):
            return queue.offer(message, behind: envelope)
        case .direct(let queue):
            guard let envelope else { return queue.offer(message) }
            return queue.offer(message.prepending(envelope))
        }
    }

    /// Says which socket owns this end; it is told of room from now on.
    func setOwner(_ end: PipeEnd) {
        switch self.outbound {
        case .wire(let queue): queue.setWriter(end)
        case .direct(let queue): queue.setWriter(.socket(end))
        }
    }

    var wire: OutboundQueue? {
        switch self.outbound {
        case .wire(let queue): queue
        case .direct: nil
        }
    }
}

extension Pipe {
    /// The inward queue of the socket at the other end, over inproc.
    var direct: InboundQueue? {
        switch self.outbound {
        case .wire: nil
        case .direct(let queue): queue
        }
    }
}
