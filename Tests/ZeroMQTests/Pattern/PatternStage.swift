// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP
import ZeroMQ

/// A socket on lists: it does with a pattern what the engine does, without locks, tasks and octets.
///
/// Peers are the numbers that `join` returns; a number is given away again once its peer has gone and is read empty.
struct PatternStage<P: Pattern> {
    enum Sent: Equatable {
        case to(Int)
        case waits
        case dropped
        case failed(ZeroMQError.Code)
    }

    private struct Place {
        var key: PeerID
        var room = Int.max
        var isTaken = true
        var isConnected = true
        var outbox: [Message] = []
        var inbox: [Message] = []
    }

    private(set) var pattern: P
    private var places: [Place] = []

    init(_ rules: PatternRules = PatternRules()) {
        self.pattern = P(rules)
    }

    // MARK: Peers

    /// What the pattern says to a peer with this routing id, at the first free place.
    mutating func decide(_ id: RoutingID? = nil, room: Int = .max) -> (peer: Int, decision: JoinDecision) {
        let index = self.places.firstIndex { !$0.isTaken } ?? self.places.count
        let generation = index < self.places.count ? self.places[index].key.generation + 1 : 0
        var place = Place(key: PeerID(index: index, generation: generation), room: room)
        let decision = self.pattern.join(index, key: place.key, as: id)
        if case .refused = decision { place.isTaken = false }
        if index < self.places.count { self.places[index] = place } else { self.places.append(place) }
        return (index, decision)
    }

    /// A peer that the pattern wants.
    mutating func join(_ id: RoutingID? = nil, room: Int = .max) -> Int {
        self.decide(id, room: room).peer
    }

    /// The connection is gone; what the peer said before can still be received.
    mutating func lose(_ peer: Int) {
        self.places[peer].isConnected = false
        if self.places[peer].inbox.isEmpty { self.forget(peer) } else { self.pattern.closeSending(to: peer) }
    }

    private mutating func forget(_ peer: Int) {
        self.pattern.leave(peer)
        self.places[peer].isTaken = false
    }

    func key(of peer: Int) -> PeerID { self.places[peer].key }

    // MARK: Sending

    mutating func send(_ message: Message, to destination: Destination = .any) -> Sent {
        if let fault = self.pattern.sendingFault { return .failed(fault.code) }
        while true {
            switch self.pattern.route(to: destination) {
            case .to(let peer):
                if P.discardsWaitingOnSend { self.discardInboxes() }
                guard self.places[peer].isTaken, self.places[peer].isConnected else {
                    self.pattern.closeSending(to: peer)
                    continue
                }
                guard self.places[peer].room > 0 else {
                    self.pattern.didFindFull(peer)
                    continue
                }
                let whole = self.pattern.envelope.map { message.prepending($0) } ?? message
                self.places[peer].outbox.append(whole)
                self.places[peer].room -= 1
                self.pattern.didSend(to: peer)
                return .to(peer)
            case .wait:
                return .waits
            case .drop:
                self.pattern.didDrop()
                return .dropped
            case .fail(let error):
                return .failed(error.code)
            }
        }
    }

    /// Sends as many numbered messages; whom they went to.
    mutating func send(times: Int) -> [Int] {
        (0..<times).compactMap { number in
            guard case .to(let peer) = self.send(Message("\(number)")) else { return nil }
            return peer
        }
    }

    /// There is room for as many messages more; the pattern is told, as after a refusal.
    mutating func makeRoom(for count: Int, at peer: Int) {
        self.places[peer].room += count
        self.pattern.becameWritable(peer)
    }

    /// Room that nobody can tell of, because the peer left meanwhile.
    mutating func announceRoom(at peer: Int) {
        self.pattern.becameWritable(peer)
    }

    /// What went to a peer, envelopes included.
    func sent(to peer: Int) -> [Message] { self.places[peer].outbox }

    /// The application wants something; whether the peers are to be told.
    mutating func apply(_ subscription: Subscription) -> Bool { self.pattern.apply(subscription) }

    // MARK: Receiving

    /// A peer says something.
    mutating func hear(_ messages: Message..., from peer: Int) {
        self.places[peer].inbox += messages
        self.pattern.becameReadable(peer)
    }

    mutating func receive() -> P.Incoming? {
        guard self.pattern.receivingFault == nil else { return nil }
        while let peer = self.pattern.source {
            guard !self.places[peer].inbox.isEmpty else {
                self.pattern.didEmpty(peer)
                if !self.places[peer].isConnected { self.forget(peer) }
                continue
            }
            let message = self.places[peer].inbox.removeFirst()
            if let incoming = self.pattern.deliver(message, from: peer) { return incoming }
        }
        return nil
    }

    /// Receives until nothing is left.
    mutating func receiveAll() -> [P.Incoming] {
        var all: [P.Incoming] = []
        while let incoming = self.receive() { all.append(incoming) }
        return all
    }

    private mutating func discardInboxes() {
        for peer in self.places.indices where self.places[peer].isTaken {
            self.places[peer].inbox = []
            self.pattern.didEmpty(peer)
        }
    }

    /// How many messages of a peer wait.
    func waiting(from peer: Int) -> Int { self.places[peer].inbox.count }
}
