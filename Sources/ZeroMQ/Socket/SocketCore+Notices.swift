// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZMTP

// Messages that the application has not sent or no peer has: what every connection is sent first, and what a socket
// tells itself when one begins or ends.

extension SocketCore {
    /// What every new connection is sent first (`ZMQ_HELLO_MSG`).
    var hello: Message? {
        guard [.dealer, .router].contains(P.type) else { return nil }
        return self.options.helloMessage.map { Message($0) }
    }

    /// What is found behind the last message of a peer of this process (`ZMQ_DISCONNECT_MSG`).
    var farewell: Message? {
        P.type == .router ? self.options.disconnectMessage.map { Message($0) } : nil
    }

    func connectionDidBegin(_ peer: PeerID) {
        guard P.type == .router, self.options.routerNotify.contains(.connect) else { return }
        self.tell([Message()], of: peer, always: false)
    }

    func connectionDidEnd(_ peer: PeerID, isDialled: Bool) {
        guard P.type == .router || P.type == .dealer else { return }
        let options = self.options
        var notices: [Message] = []
        if P.type == .router, options.routerNotify.contains(.disconnect) { notices.append(Message()) }
        if !isDialled, let farewell = self.farewell { notices.append(farewell) }
        if P.type == .dealer, isDialled, let hiccup = options.hiccupMessage { notices.append(Message(hiccup)) }
        self.tell(notices, of: peer, always: !isDialled)
    }

    /// Puts messages behind what the peer has sent.
    ///
    /// Those of a pipe that ends with its connection may go beyond the mark; one that outlives connections could grow
    /// without limit.
    private func tell(_ notices: [Message], of peer: PeerID, always: Bool) {
        guard !notices.isEmpty else { return }
        let pipe = self.state.withLock { state -> Pipe? in
            guard state.slots.holds(peer), !state.slots[peer.index].isReplaced else { return nil }
            return state.slots[peer.index].pipe
        }
        guard let pipe, always || pipe.inbound.room(atMost: 1) > 0 else { return }
        for notice in notices { pipe.inbound.force(notice).deliver() }
    }
}
