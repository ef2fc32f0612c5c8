// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

/// A publisher's or XSUB's socket on lists: it does with a pattern what the engine does.
struct FanOutStage<P: Pattern> {
    private struct Place {
        var key: PeerID
        var room = Int.max
        var isTaken = true
        var outbox: [Message] = []
        var toldOf: [Subscription] = []
    }

    private(set) var pattern: P
    private var places: [Place] = []
    /// What peers sent and the pattern did not want to see yet.
    private var waiting: [(message: Message, peer: Int)] = []

    init(_ change: (inout PublishingRules) -> Void = { _ in }) {
        var rules = PublishingRules()
        change(&rules)
        self.pattern = P(PatternRules(publishing: rules, seed: 1))
    }

    mutating func join(room: Int = .max) -> Int {
        let index = self.places.firstIndex { !$0.isTaken } ?? self.places.count
        let generation = index < self.places.count ? self.places[index].key.generation + 1 : 0
        var place = Place(key: PeerID(index: index, generation: generation), room: room)
        place.outbox = self.pattern.welcome.map { [$0] } ?? []
        place.toldOf = self.pattern.topics.map { Subscription($0) }
        if index < self.places.count { self.places[index] = place } else { self.places.append(place) }
        _ = self.pattern.join(index, key: place.key, as: nil)
        return index
    }

    mutating func lose(_ peer: Int) {
        self.pattern.leave(peer)
        self.places[peer].isTaken = false
    }

    mutating func makeRoom(for count: Int, at peer: Int) {
        self.places[peer].room += count
        self.pattern.becameWritable(peer)
    }

    // MARK: Sending

    /// Whom a message went to; nil if it has to wait.
    mutating func publish(_ message: Message) -> Set<Int>? {
        let (subscriptions, rest) = self.pattern.split(message)
        for subscription in subscriptions { self.apply(subscription) }
        guard let rest else { return [] }
        let quickTarget = self.pattern.quickTarget
        self.pattern.choose(for: rest)
        if let quickTarget { #expect(Array(self.targets) == [quickTarget], "who gets it without a look at it") }
        if self.pattern.waitsForAll {
            let full = self.targets.filter { self.places[$0].room == 0 }
            for peer in full { self.pattern.didFindFull(peer) }
            if !full.isEmpty { return nil }
        }
        let takers = self.targets.filter { self.places[$0].room > 0 }
        for peer in self.targets.subtracting(takers) { self.pattern.didFindFull(peer) }
        for peer in takers {
            self.places[peer].outbox.append(rest)
            self.places[peer].room -= 1
        }
        self.pattern.didPublish()
        return takers
    }

    mutating func apply(_ subscription: Subscription) {
        guard self.pattern.apply(subscription) else { return }
        for peer in self.places.indices where self.places[peer].isTaken {
            self.places[peer].toldOf.append(subscription)
        }
    }

    private var targets: Set<Int> {
        var targets: Set<Int> = []
        var peer = 0
        while let target = self.pattern.nextTarget(from: peer) {
            targets.insert(target)
            peer = target + 1
        }
        return targets
    }

    func sent(to peer: Int) -> [Message] { self.places[peer].outbox }
    func told(_ peer: Int) -> [Subscription] { self.places[peer].toldOf }

    /// Gives or takes a topic in the name of the peer whose request was received last.
    mutating func setManually(_ topic: String) -> Bool {
        self.pattern.setManually(Subscription(Message.Part(topic)))
    }

    mutating func unsetManually(_ topic: String) -> Bool {
        self.pattern.setManually(Subscription(Message.Part(topic), isCancellation: true))
    }

    // MARK: Receiving

    mutating func hear(_ messages: Message..., from peer: Int) {
        self.waiting += messages.map { ($0, peer) }
        self.absorb()
    }

    private mutating func absorb() {
        while self.pattern.canAbsorb, !self.waiting.isEmpty {
            let (message, peer) = self.waiting.removeFirst()
            self.pattern.absorb(message, from: peer)
        }
    }

    /// How many messages of peers the pattern has not looked at.
    var unseen: Int { self.waiting.count }

    mutating func receive() -> P.Incoming? {
        let incoming = self.pattern.takeAbsorbed()
        self.absorb()
        return incoming
    }

    mutating func receiveAll() -> [P.Incoming] {
        var all: [P.Incoming] = []
        while let incoming = self.receive() { all.append(incoming) }
        return all
    }
}

/// A subscription as the message that says so.
func wish(_ topic: String) -> Message { Subscription(Message.Part(topic)).message }
/// The end of one.
func cancellation(_ topic: String) -> Message { Subscription(Message.Part(topic), isCancellation: true).message }
