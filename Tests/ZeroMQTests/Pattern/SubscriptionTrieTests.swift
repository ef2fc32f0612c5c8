// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: who subscribed to what (RFC 29)")
struct SubscriptionTrieTests {
    @Test("a topic matches what begins with it, and only that")
    func matchesPrefixes() {
        var trie = SubscriptionTrie(seed: 1)
        #expect(trie.add("weather.london", for: 0) == .first)
        #expect(trie.add("weather.", for: 1) == .first)
        #expect(trie.add("", for: 2) == .first)
        #expect(trie.add("weather.london.today.morning", for: 3) == .first)
        #expect(trie.subscribers(to: "weather.london") == [0, 1, 2])
        #expect(trie.subscribers(to: "weather.paris") == [1, 2])
        #expect(trie.subscribers(to: "weather") == [2])
        #expect(trie.subscribers(to: "") == [2])
        #expect(trie.subscribers(to: "weather.london.today.morning!") == [0, 1, 2, 3])
        #expect(trie.topicCount == 4)
    }

    @Test("a peer has a topic once, however often it subscribed; topics are counted, not subscriptions")
    func countsOnce() {
        var trie = SubscriptionTrie(seed: 2)
        #expect(trie.add("a", for: 5) == .first)
        #expect(trie.add("a", for: 5) == .again)
        #expect(trie.add("a", for: 3) == .another)
        #expect(trie.add("a", for: 3) == .again)
        #expect(trie.topicCount == 1)
        #expect(trie.peerCount == 2)
        #expect(trie.remove("a", for: 4) == .unknown)
        #expect(trie.remove("b", for: 5) == .unknown)
        #expect(trie.remove("a", for: 5) == .others)
        #expect(trie.remove("a", for: 5) == .unknown)
        #expect(trie.remove("a", for: 3) == .last)
        #expect(trie.topicCount == 0)
        #expect(trie.peerCount == 0)
    }

    @Test("behaves as a list of prefixes would, whatever is added and removed")
    func agreesWithModel() {
        for seed in 0..<4 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var trie = SubscriptionTrie(seed: UInt32(seed))
            var model: [String: Set<Int>] = [:]
            for step in 0..<1500 {
                // Few letters and lengths around eight, so that labels are split and joined in all ways.
                let length = Int.random(in: 0...20, using: &random)
                let topic = String((0..<length).map { _ in Bool.random(using: &random) ? "a" : "b" })
                let known = model.keys.sorted()
                let chosen = Int.random(in: 0..<4, using: &random) == 0 ? known.randomElement(using: &random) : nil
                let name = chosen ?? topic
                let peer = Int.random(in: 0..<70, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5:
                    let before = model[name] ?? []
                    let expected: SubscriptionTrie.Addition =
                        before.contains(peer) ? .again : before.isEmpty ? .first : .another
                    #expect(trie.add(Message.Part(name), for: peer) == expected, "step \(step) of seed \(seed)")
                    model[name, default: []].insert(peer)
                case 5..<9:
                    let before = model[name] ?? []
                    let owner = before.sorted().first.flatMap { Bool.random(using: &random) ? $0 : nil } ?? peer
                    let expected: SubscriptionTrie.Removal =
                        !before.contains(owner) ? .unknown : before.count == 1 ? .last : .others
                    #expect(trie.remove(Message.Part(name), for: owner) == expected, "step \(step) of seed \(seed)")
                    model[name]?.remove(owner)
                    if model[name]?.isEmpty ?? false { model[name] = nil }
                default:
                    var gone: [String: SubscriptionTrie.Removal] = [:]
                    trie.removeAll(of: peer) { topic, removal in gone[String(topic())] = removal }
                    let expected = model.filter { $0.value.contains(peer) }
                    #expect(gone == expected.mapValues { $0.count == 1 ? .last : .others })
                    for topic in expected.keys {
                        model[topic]?.remove(peer)
                        if model[topic]?.isEmpty ?? false { model[topic] = nil }
                    }
                }
                #expect(trie.topicCount == model.count)
                let matching = model.filter { topic.hasPrefix($0.key) }.values.reduce(into: Set()) { $0.formUnion($1) }
                #expect(trie.subscribers(to: topic) == matching, "step \(step) of seed \(seed)")
            }
        }
    }

    @Test("topics of any octets and any length do, and neither needs recursion")
    func takesAnything() {
        var trie = SubscriptionTrie(seed: 3)
        let long = [UInt8](repeating: 7, count: 1_000_000)
        #expect(trie.add(Message.Part(long), for: 1) == .first)
        for octet in UInt8.min...UInt8.max { #expect(trie.add(Message.Part([octet, 0, 255]), for: 2) == .first) }
        #expect(trie.subscribers(to: Message.Part(long)) == [1])
        #expect(trie.subscribers(to: Message.Part([0, 0, 255, 9])) == [2])
        #expect(trie.subscribers(to: Message.Part(long.dropLast())) == [])
        trie.removeAll(of: 1) { topic, removal in
            #expect(Array(topic()) == long)
            #expect(removal == .last)
        }
        #expect(trie.topicCount == 256)
    }
}

@Suite("Pattern: what a subscriber wants (RFC 29)")
struct TopicCountsTests {
    @Test("a topic is wanted until it was cancelled as often as it was asked for")
    func counts() {
        var topics = TopicCounts(seed: 1)
        #expect(topics.add("a") == true)
        #expect(topics.add("a") == false)
        #expect(topics.remove("a") == false)
        #expect(topics.matches("abc"))
        #expect(topics.remove("a") == true)
        #expect(!topics.matches("abc"))
        #expect(topics.remove("a") == nil)
        #expect(topics.remove("") == nil)
    }

    @Test("tells all topics, each once")
    func lists() {
        var topics = TopicCounts(seed: 1)
        for topic in ["", "a", "ab", "a", "long enough to need several nodes", "b"] {
            _ = topics.add(Message.Part(topic))
        }
        _ = topics.remove("ab")
        #expect(Set(topics.topics) == ["", "a", "long enough to need several nodes", "b"])
        #expect(topics.count == 4)
    }
}

extension SubscriptionTrie {
    fileprivate func subscribers(to part: Message.Part) -> Set<Int> {
        var bits = PeerBits()
        unsafe part.withUnsafeBytes { unsafe self.match($0, into: &bits) }
        return bits.members
    }

    fileprivate func subscribers(to text: String) -> Set<Int> { self.subscribers(to: Message.Part(text)) }
}

extension TopicCounts {
    fileprivate func matches(_ text: String) -> Bool {
        unsafe Message.Part(text).withUnsafeBytes { unsafe self.matches($0) }
    }
}

extension PeerBits {
    /// All members, found the way a message finds them.
    var members: Set<Int> {
        var members: Set<Int> = []
        var peer = 0
        while let next = self.next(from: peer) {
            members.insert(next)
            peer = next + 1
        }
        return members
    }
}
