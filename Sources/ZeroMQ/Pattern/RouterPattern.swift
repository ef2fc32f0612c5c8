// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// ROUTER: from many in turn, each message with its sender; to the one that is named (RFC 28).
struct RouterPattern: Pattern {
    static var type: SocketType { .router }
    static var joinsBeforeHandshake: Bool { false }

    private struct Entry: Sendable {
        var peer: Peer
        var hasRoom = true
        var isReachable = true
    }

    private let rules: PatternRules
    private var entries: [Entry?] = []
    private var byID: [RoutingID: Int] = [:]
    private var nextGenerated: UInt32
    private var incoming = RoundRobin()

    init(_ rules: PatternRules) {
        self.rules = rules
        self.nextGenerated = rules.seed
    }

    // MARK: Peers

    mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        var decision = JoinDecision.joined
        let id = id ?? self.generateID()
        if let holder = self.byID[id] {
            guard self.rules.allowsHandover else {
                return .refused("routing id \(id) belongs to another peer (RFC 28, ZMQ_ROUTER_HANDOVER)")
            }
            let renamed = self.generateID()
            if let old = self.entries[holder]?.peer.key { self.entries[holder]?.peer = Peer(routingID: renamed, key: old) }
            decision = .replaces(holder)
        }
        while self.entries.count <= peer { self.entries.append(nil) }
        self.entries[peer] = Entry(peer: Peer(routingID: id, key: key))
        self.byID[id] = peer
        self.incoming.add(peer, isActive: false)
        return decision
    }

    mutating func closeSending(to peer: Int) {
        guard peer < self.entries.count, let entry = self.entries[peer] else { return }
        if self.byID[entry.peer.routingID] == peer { self.byID[entry.peer.routingID] = nil }
        self.entries[peer]?.isReachable = false
    }

    mutating func leave(_ peer: Int) {
        guard peer < self.entries.count else { return }
        self.closeSending(to: peer)
        self.entries[peer] = nil
        self.incoming.remove(peer)
    }

    mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }

    mutating func becameWritable(_ peer: Int) {
        guard peer < self.entries.count else { return }
        self.entries[peer]?.hasRoom = true
    }

    private mutating func generateID() -> RoutingID {
        while true {
            let id = RoutingID.generated(self.nextGenerated)
            self.nextGenerated &+= 1
            if self.byID[id] == nil { return id }
        }
    }

    // MARK: Sending

    var canSend: Bool {
        !self.rules.isMandatory || self.entries.contains { $0.map { $0.hasRoom && $0.isReachable } ?? false }
    }

    mutating func route(to destination: Destination) -> Route {
        guard let peer = self.find(destination), let entry = self.entries[peer] else {
            return self.rules.isMandatory ? .fail(.unroutable(destination)) : .drop
        }
        guard entry.hasRoom else { return self.rules.isMandatory ? .wait : .drop }
        return .to(peer)
    }

    private func find(_ destination: Destination) -> Int? {
        switch destination {
        case .any:
            return nil
        case .peer(let key):
            guard key.index < self.entries.count, let entry = self.entries[key.index] else { return nil }
            return entry.peer.key == key && entry.isReachable ? key.index : nil
        case .id(let id):
            return self.byID[id]
        }
    }

    mutating func didSend(to peer: Int) {}
    mutating func didFindFull(_ peer: Int) { self.entries[peer]?.hasRoom = false }

    // MARK: Receiving

    var canReceive: Bool { self.incoming.hasActive }
    var source: Int? { self.incoming.current }
    mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    mutating func deliver(_ message: consuming Message, from peer: Int) -> RoutedMessage? {
        self.incoming.advance()
        guard let entry = self.entries[peer] else { return nil }
        return RoutedMessage(peer: entry.peer, message: message)
    }

    static func open(_ incoming: consuming RoutedMessage) -> (peer: Peer?, message: Message) {
        (incoming.peer, incoming.message)
    }
}
