// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

// Pipes to sockets of the same context: two queues joined crosswise, no protocol.

extension SocketCore: InprocBinder {
    /// Makes a pipe and offers its other half to whoever has bound the name, or will.
    func connect(inproc name: String, _ text: String, as routingID: RoutingID?) throws {
        let toBinder = InboundQueue(
            limit: self.options.sendHighWaterMark, of: .writer, byteLimit: self.options.sendByteLimit,
            rule: self.conflates ? .conflate : .keep)
        let toConnector = InboundQueue(
            limit: self.options.receiveHighWaterMark, byteLimit: self.options.receiveByteLimit, rule: self.inboundRule)
        if let farewell = self.farewell { toConnector.setFarewell(farewell) }
        let pipe = Pipe(inbound: toConnector, direct: toBinder)
        let uncounted = P.subscribes ? Int.max : self.hello == nil ? 0 : 1
        let link = InprocLink(name, self.environment.names, pipe, isAccepted: false, uncounted: uncounted)
        let peer = try self.state.withLock { state -> Result<PeerID, ZeroMQError> in
            guard case .open = state.phase else { return .failure(.socketClosed) }
            let peer = state.slots.take(pipe, link: link, marks: (nil, nil), creditBatch: 1)
            if let routingID, state.pattern.isTaken(routingID) {
                state.slots.release(peer.index)
                return .failure(.routingIDTaken(routingID, text))
            }
            if P.joinsBeforeHandshake || routingID != nil, let why = state.join(peer, as: routingID).refusal {
                state.slots.release(peer.index)
                return .failure(ZeroMQError(.wrongState, "cannot connect to \(text): \(why)"))
            }
            state.slots[peer.index].record.endpoint = text
            state.slots[peer.index].creditBatch = max(1, (self.options.receiveHighWaterMark ?? 2000) / 2)
            state.endpoints.add(.init(endpoint: text, link: link, peer: peer))
            return .success(peer)
        }.get()
        link.whenEnded { self.release(peer, losing: .linger, unsent: $0) }
        self.connectQueues(of: pipe, to: peer)
        let offer = InprocOffer(
            endpoint: text,
            socketType: P.type,
            routingID: self.options.routingID,
            sendMark: self.options.sendHighWaterMark,
            receiveMark: self.options.receiveHighWaterMark,
            toBinder: toBinder,
            toConnector: toConnector
        ) { answer in
            switch answer {
            case .accepted(let type, let routingID):
                if case .refused(let why) = self.identify(peer, as: routingID) {
                    self.inprocRefused(text, why, link)
                } else {
                    self.inprocIsReady(peer, text, type, routingID)
                }
                link.accepted()
            case .refused(let why):
                self.inprocRefused(text, why, link)
            }
        }
        if let number = self.environment.names.connect(name, offer) { link.waits(number) }
    }

    private func inprocIsReady(_ peer: PeerID, _ text: String, _ type: SocketType, _ routingID: RoutingID?) {
        let now = NIODeadline.now()
        self.state.withLock { state in
            guard state.slots.holds(peer) else { return }
            state.slots[peer.index].record = PeerRecord(
                endpoint: text, address: text, socketType: type, routingID: routingID, readySince: now, connections: 1)
        }
        self.events.poke()
    }

    private func inprocRefused(_ text: String, _ why: String, _ link: InprocLink) {
        let connection = SocketEvent.Connection(
            number: self.beginConnection(), endpoint: text, isDialled: true, localAddress: nil, peerAddress: text)
        self.events.emit(.connected(connection))
        self.events.emit(.handshakeFailed(connection, reason: .refused(why), retryIn: nil))
        self.events.emit(.disconnected(connection, peer: nil, reason: .refused(why), retryIn: nil))
        link.abort()
        self.endConnection()
    }

    func accept(_ offer: InprocOffer) {
        guard P.type.canTalk(to: offer.socketType) else {
            let types = "\(P.type.wireName) and \(offer.socketType.wireName)"
            return offer.answer(.refused("\(types) do not fit together (RFC 28, 30, 31)"))
        }
        let pipe = Pipe(inbound: offer.toBinder, direct: offer.toConnector)
        switch self.inboundRule {
        case .keep: break
        case .discard: offer.toBinder.discardAll()
        case .conflate: offer.toBinder.startConflating()
        }
        if self.conflates { offer.toConnector.startConflating() }
        if let farewell = self.farewell { offer.toBinder.setFarewell(farewell) }
        let link = InprocLink("", self.environment.names, pipe, isAccepted: true)
        let mark = Self.sum(offer.sendMark, self.options.receiveHighWaterMark)
        switch self.join(pipe, link, as: offer.routingID, creditMark: mark) {
        case .refused(let why):
            offer.answer(.refused(why))
        case .admitted(let end, _):
            link.whenEnded { self.release(end.peer, losing: .linger, unsent: $0) }
            offer.toBinder.setLimit(self.options.receiveHighWaterMark).deliver()
            offer.toConnector.setLimit(self.options.sendHighWaterMark, of: .writer).deliver()
            self.inprocIsReady(end.peer, offer.endpoint, offer.socketType, offer.routingID)
            offer.answer(
                .accepted(P.type, routingID: P.type.announcesRoutingID ? self.options.routingID : nil))
        }
    }

    /// Over inproc the marks of both sides add up, and none on one side is none at all (libzmq).
    private static func sum(_ left: Int?, _ right: Int?) -> Int? {
        guard let left, let right else { return nil }
        return left + right
    }
}
