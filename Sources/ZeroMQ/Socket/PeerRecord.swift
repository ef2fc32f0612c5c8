// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

/// What is known of a peer beside its messages. Written when a connection becomes ready or ends, read by snapshots.
struct PeerRecord {
    var endpoint = ""
    var address: String?
    var socketType: SocketType?
    var routingID: RoutingID?
    var version: ProtocolVersion?
    var mechanism: String?
    var readySince: NIODeadline?
    /// How many connections became ready.
    var connections = 0
    var roundTripTime: Duration?
}

extension PeerRecord {
    mutating func connected(_ connection: ConnectionRecord) {
        self.endpoint = connection.endpoint
        self.address = connection.address
        self.socketType = connection.peer.socketType
        self.routingID = connection.peer.routingID
        self.version = connection.peer.version
        self.mechanism = connection.mechanism
        self.readySince = connection.now
        self.connections += 1
    }

    mutating func disconnected() {
        self.readySince = nil
        self.roundTripTime = nil
    }
}

extension SocketCore {
    func peerIsReady(_ peer: PeerID, _ connection: ConnectionRecord) {
        self.state.withLock { state in
            if state.slots.holds(peer) { state.slots[peer.index].record.connected(connection) }
        }
    }

    func snapshot() -> SocketSnapshot {
        let now = NIODeadline.now()
        return self.state.withLock { state in
            var peers: [PeerSnapshot] = []
            for index in 0..<state.slots.count where state.slots[index].pipe != nil {
                peers.append(state.snapshot(of: index, at: now))
            }
            let totals = peers.reduce(into: state.trafficOfNobody) { $0 = $0 + $1.traffic }
            // One that has gone and of which all is read is forgotten only when somebody looks for more.
            peers.removeAll { $0.state == .gone && $0.traffic.unreadMessages == 0 }
            return SocketSnapshot(
                socketType: P.type,
                boundEndpoints: state.endpoints.bound,
                connectedEndpoints: state.endpoints.dialled.map(\.endpoint),
                peers: peers,
                totals: totals
            )
        }
    }
}

extension SocketCore.State {
    fileprivate func snapshot(of index: Int, at now: NIODeadline) -> PeerSnapshot {
        let record = self.slots[index].record
        return PeerSnapshot(
            id: PeerNumber(PeerID(index: index, generation: self.slots[index].generation)),
            state: self.slots[index].progress,
            endpoint: record.endpoint,
            address: record.address,
            routingID: self.pattern.routingID(of: index) ?? record.routingID,
            socketType: record.socketType,
            version: record.version,
            mechanism: record.mechanism,
            age: record.readySince.map { .nanoseconds((now - $0).nanoseconds) },
            reconnects: max(0, record.connections - 1),
            roundTripTime: record.roundTripTime,
            traffic: self.slots[index].traffic
        )
    }
}

extension Slot {
    fileprivate var progress: PeerSnapshot.State {
        if self.link == nil || self.pipe?.inbound.account.hasEnded ?? true { return .gone }
        if self.outgoing.isDraining { return .leaving }
        return self.record.readySince == nil ? .connecting : .connected
    }
}
