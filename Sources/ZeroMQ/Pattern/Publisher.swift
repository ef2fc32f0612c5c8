// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// What PUB and XPUB share: who wants what, and who gets a message (RFC 29, "The PUB Socket Type").
package struct Publisher: Sendable {
    private var rules: PublishingRules
    /// Whose subscriptions decide who gets what.
    private var subscriptions: SubscriptionTrie
    /// In manual mode: what peers asked for, which is not what they get.
    private var requests: SubscriptionTrie
    private var members = PeerBits()
    private var keys: [PeerID?] = []
    private var chosen = PeerBits()
    /// Those without room, as long as the socket waits for them (`ZMQ_XPUB_NODROP`).
    private var full = PeerBits()

    /// Who sent the request that the application received last (`ZMQ_XPUB_MANUAL`).
    private var requester: PeerID?
    /// What the application has not received yet.
    private var pending = PendingMessages()
    private let reports: Bool
    /// Messages of peers that are no subscriptions, and that nobody gets.
    private(set) var unwantedCount = 0
    /// Who gets every message, and nobody else any.
    private var soleTarget: Int?

    /// `reports` is whether the application is told of subscriptions.
    init(_ rules: PublishingRules, seed: UInt32, reports: Bool) {
        self.rules = rules
        self.subscriptions = SubscriptionTrie(seed: seed)
        self.requests = SubscriptionTrie(seed: seed)
        self.reports = reports
    }

    /// Takes over what may change while the socket is in use; the rest stays as it was.
    mutating func update(_ rules: PublishingRules) {
        self.rules.verbosity = rules.verbosity
        self.rules.mark = rules.mark
    }

    // MARK: Peers

    mutating func join(_ peer: Int, key: PeerID) {
        self.members.insert(peer)
        while self.keys.count <= peer { self.keys.append(nil) }
        self.keys[peer] = key
    }

    /// Forgets what a peer wanted, which counts as if it had cancelled everything.
    mutating func leave(_ peer: Int) {
        guard self.members.contains(peer) else { return }
        self.members.remove(peer)
        self.full.remove(peer)
        let key = self.keys[peer]
        self.keys[peer] = nil
        let reports = self.reports && !self.rules.isManual
        let verbosity = self.rules.verbosity
        var cancelled: [Message.Part] = []
        self.subscriptions.removeAll(of: peer) { topic, removal in
            if reports, removal == .last || verbosity == .verboser { cancelled.append(topic()) }
        }
        self.requests.removeAll(of: peer) { topic, _ in cancelled.append(topic()) }
        for topic in cancelled { self.report(Subscription(topic, isCancellation: true), from: key) }
        if self.requester == key { self.requester = nil }
        self.findSoleTarget()
    }

    // MARK: Sending

    var canSend: Bool { self.full.next(from: 0) == nil }

    /// Who gets the next message, if nothing has to be looked up for that and he may have room.
    var quickTarget: Int? { self.canSend ? self.soleTarget : nil }

    private mutating func findSoleTarget() {
        let everythingGoesByTopics = !self.rules.inverts && !self.rules.sendsLastValue
        self.soleTarget = everythingGoesByTopics ? self.subscriptions.soleSubscriber : nil
    }

    mutating func choose(for message: borrowing Message) {
        // A local, so that nothing is copied for the sake of exclusive access.
        var chosen = PeerBits()
        swap(&chosen, &self.chosen)
        chosen.removeAll()
        self.match(message, into: &chosen)
        swap(&chosen, &self.chosen)
        if self.rules.inverts { self.chosen.invert(within: self.members) }
        if self.rules.sendsLastValue, let requester = self.requester {
            let isChosen = self.chosen.contains(requester.index)
            self.chosen.removeAll()
            if isChosen { self.chosen.insert(requester.index) }
        }
    }

    @inline(__always)
    private func match(_ message: borrowing Message, into chosen: inout PeerBits) {
        unsafe message.withFirstPart { unsafe self.subscriptions.match($0, into: &chosen) }
    }

    func nextTarget(from peer: Int) -> Int? { self.chosen.next(from: peer) }

    mutating func didPublish() {
        // The last value went to the newest subscriber alone; what comes next is for all.
        if self.rules.sendsLastValue { self.requester = nil }
    }

    mutating func didFindFull(_ peer: Int) {
        if self.rules.waitsForAll { self.full.insert(peer) }
    }

    mutating func becameWritable(_ peer: Int) { self.full.remove(peer) }

    // MARK: Absorbing

    /// Everything, unless the application is told and does not listen.
    var canAbsorb: Bool {
        !self.reports
            || (self.pending.bytes < self.rules.byteMark ?? .max && self.pending.userMessages < self.rules.mark ?? .max)
    }

    mutating func absorb(_ message: Message, from peer: Int) {
        if let subscription = Subscription(message) { return self.apply(subscription, of: peer) }
        guard message.isMultipart else { return self.keep(message) }
        // Each part may be a subscription; the others are the application's (libzmq).
        var rest: [Message.Part] = []
        for (number, part) in message.enumerated() {
            if number == 0 || !self.rules.looksAtFirstPartOnly, let subscription = Subscription(part: part) {
                self.apply(subscription, of: peer)
            } else {
                rest.append(part)
            }
        }
        if rest.count == message.count { self.keep(message) } else if !rest.isEmpty { self.keep(Message(parts: rest)) }
    }

    private mutating func keep(_ message: Message) {
        guard self.reports else {
            self.unwantedCount += 1
            return
        }
        self.pending.append(message, from: nil, isUser: true)
    }

    private mutating func apply(_ subscription: Subscription, of peer: Int) {
        // One that has left wants nothing any more.
        guard self.members.contains(peer) else { return }
        // A topic may be part of a large buffer that would live as long as it.
        let topic = subscription.topic
        if self.rules.isManual {
            if subscription.isCancellation {
                _ = self.requests.remove(topic, for: peer)
            } else {
                _ = self.requests.add(topic, for: peer)
            }
            return self.report(subscription, from: self.keys[peer])
        }
        let isNews: Bool
        if subscription.isCancellation {
            let removal = self.subscriptions.remove(topic, for: peer)
            isNews = removal == .last || self.rules.verbosity == .verboser
        } else {
            let addition = self.subscriptions.add(topic, for: peer)
            isNews = addition == .first || self.rules.verbosity != .quiet
        }
        self.findSoleTarget()
        if isNews { self.report(subscription, from: nil) }
    }

    private mutating func report(_ subscription: Subscription, from peer: PeerID?) {
        if self.reports { self.pending.append(subscription.message, from: peer, isUser: false) }
    }

    // MARK: The application

    var hasPending: Bool { !self.pending.isEmpty }

    mutating func takePending() -> Message? {
        guard let (message, peer) = self.pending.popFirst() else { return nil }
        if let peer { self.requester = peer }
        return message
    }

    /// Gives or takes a topic in the name of the peer whose request was received last. False if there is none.
    mutating func setManually(_ subscription: Subscription) -> Bool {
        guard let requester = self.requester, self.keys[requester.index] == requester else { return false }
        if subscription.isCancellation {
            _ = self.subscriptions.remove(subscription.topic, for: requester.index)
        } else {
            _ = self.subscriptions.add(subscription.topic, for: requester.index)
        }
        self.findSoleTarget()
        return true
    }

    var topicCount: Int { self.subscriptions.topicCount }

    /// How many peers would get a message with this first part; nil counts those who want anything at all.
    func subscriberCount(for part: Message.Part?) -> Int {
        guard let part else { return self.rules.inverts ? self.members.count : self.subscriptions.peerCount }
        var matched = PeerBits()
        unsafe part.withUnsafeBytes { unsafe self.subscriptions.match($0, into: &matched) }
        if self.rules.inverts { matched.invert(within: self.members) }
        return matched.count
    }

    var welcome: Message? { self.rules.welcome }
    var waitsForAll: Bool { self.rules.waitsForAll }
}

/// Messages for an application that does not ask for them yet.
struct PendingMessages: Sendable {
    private struct Entry: Sendable {
        var message: Message
        var peer: PeerID?
        var isUser: Bool
    }

    private var entries: [Entry] = []
    private var head = 0
    private(set) var userMessages = 0
    private(set) var bytes = 0

    var isEmpty: Bool { self.head == self.entries.count }

    mutating func append(_ message: Message, from peer: PeerID?, isUser: Bool) {
        self.entries.append(Entry(message: message, peer: peer, isUser: isUser))
        self.bytes += message.weight
        if isUser { self.userMessages += 1 }
    }

    mutating func popFirst() -> (message: Message, peer: PeerID?)? {
        guard self.head < self.entries.count else { return nil }
        let entry = self.entries[self.head]
        self.entries[self.head].message = Message()
        self.head += 1
        self.bytes -= entry.message.weight
        if entry.isUser { self.userMessages -= 1 }
        if self.head == self.entries.count {
            self.entries.removeAll(keepingCapacity: self.head <= 1024)
            self.head = 0
        } else if self.head > 1024, self.head * 2 > self.entries.count {
            self.entries.removeFirst(self.head)
            self.head = 0
        }
        return (entry.message, entry.peer)
    }
}
