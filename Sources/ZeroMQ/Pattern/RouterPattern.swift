// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// ROUTER: from many in turn, each message with its sender; to the one that is named (RFC 28).
package struct RouterPattern: Pattern {
    package static var type: SocketType { .router }
    package static var answers: Bool { true }
    package static var passesFrames: Bool { true }
    package static var joinsBeforeHandshake: Bool { false }

    private struct Entry: Sendable {
        var peer: Peer
        /// The address as it stands in front of messages.
        var address: Envelope
        var hasRoom = true
        var isReachable = true

        init(_ peer: Peer) {
            self.peer = peer
            self.address = Envelope(addressing: peer.routingID)
        }
    }

    private var rules: PatternRules
    private var entries: [Entry?] = []
    private var byID: [RoutingID: Int] = [:]
    private var nextGenerated: UInt32
    private var incoming = RoundRobin()
    /// Whom a message was passed on to last.
    private var lastTarget = 0

    package init(_ rules: PatternRules) {
        self.rules = rules
        self.nextGenerated = rules.seed
    }

    package mutating func update(_ rules: PatternRules) { self.rules = rules }

    // MARK: Peers

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        var decision = JoinDecision.joined
        let id = id ?? self.generateID()
        if let holder = self.byID[id] {
            guard self.rules.allowsHandover else {
                return .refused("routing id \(id) belongs to another peer (RFC 28, ZMQ_ROUTER_HANDOVER)")
            }
            self.rename(holder)
            decision = .replaces(holder)
        }
        while self.entries.count <= peer { self.entries.append(nil) }
        self.entries[peer] = Entry(Peer(routingID: id, key: key))
        self.byID[id] = peer
        self.incoming.add(peer, isActive: false)
        return decision
    }

    package func isTaken(_ id: RoutingID) -> Bool { self.byID[id] != nil }

    /// Takes the id away from a peer that is about to end; what it sent is still to be received.
    private mutating func rename(_ peer: Int) {
        let id = self.generateID()
        guard let key = self.entries[peer]?.peer.key else { return }
        var entry = Entry(Peer(routingID: id, key: key))
        entry.isReachable = false
        self.entries[peer] = entry
    }

    package mutating func closeSending(to peer: Int) {
        guard peer < self.entries.count, let entry = self.entries[peer] else { return }
        if self.byID[entry.peer.routingID] == peer { self.byID[entry.peer.routingID] = nil }
        self.entries[peer]?.isReachable = false
    }

    package mutating func leave(_ peer: Int) {
        guard peer < self.entries.count else { return }
        self.closeSending(to: peer)
        self.entries[peer] = nil
        self.incoming.remove(peer)
    }

    package mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }

    package mutating func becameWritable(_ peer: Int) {
        guard peer < self.entries.count else { return }
        self.entries[peer]?.hasRoom = true
    }

    package func routingID(of peer: Int) -> RoutingID? {
        peer < self.entries.count ? self.entries[peer]?.peer.routingID : nil
    }

    private mutating func generateID() -> RoutingID {
        while true {
            let id = RoutingID.generated(self.nextGenerated)
            self.nextGenerated &+= 1
            if self.byID[id] == nil { return id }
        }
    }

    // MARK: Sending

    package var canSend: Bool {
        !self.rules.isMandatory || self.entries.contains { $0.map { $0.hasRoom && $0.isReachable } ?? false }
    }

    package mutating func route(to destination: Destination) -> Route {
        guard let peer = self.find(destination), let entry = self.entries[peer] else {
            return self.rules.isMandatory ? .fail(.unroutable(destination)) : .drop(.unroutable, for: nil)
        }
        guard entry.hasRoom else { return self.rules.isMandatory ? .wait : .drop(.highWaterMark, for: peer) }
        return .to(peer)
    }

    /// Whether `route` would name just this peer.
    @inline(__always)
    package func canTake(_ peer: PeerID) -> Bool {
        guard peer.index < self.entries.count, let entry = self.entries[peer.index] else { return false }
        return entry.peer.key == peer && entry.isReachable && entry.hasRoom
    }

    /// Who is meant, if he is there.
    package func find(_ destination: Destination) -> Int? {
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

    package mutating func target(at address: UnsafeRawBufferPointer) -> Int? {
        if unsafe self.isTarget(self.lastTarget, at: address) { return self.lastTarget }
        let id = unsafe RoutingID(unchecked: Bytes(copying: address))
        guard let peer = self.byID[id], let entry = self.entries[peer], entry.hasRoom else { return nil }
        self.lastTarget = peer
        return peer
    }

    @inline(__always)
    private func isTarget(_ peer: Int, at address: UnsafeRawBufferPointer) -> Bool {
        guard peer < self.entries.count, let entry = self.entries[peer], entry.isReachable, entry.hasRoom
        else { return false }
        return unsafe entry.peer.routingID.bytes.withUnsafeBytes { unsafe $0.elementsEqual(address) }
    }

    package mutating func didSend(to peer: Int) {}
    package mutating func didFindFull(_ peer: Int) { self.entries[peer]?.hasRoom = false }

    // MARK: Receiving

    package var canReceive: Bool { self.incoming.hasActive }
    package var source: Int? { self.incoming.current }
    package mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    package mutating func didTake(from peer: Int) { self.incoming.advance() }
    package func address(of peer: Int) -> Envelope? { self.entries[peer]?.address }

    package mutating func deliver(_ message: consuming Message, from peer: Int) -> RoutedMessage? {
        self.incoming.advance()
        guard let entry = self.entries[peer] else { return nil }
        return RoutedMessage(peer: entry.peer, message: message)
    }

    package static func open(_ incoming: consuming RoutedMessage) -> (peer: Peer?, message: Message) {
        (incoming.peer, incoming.message)
    }
}
