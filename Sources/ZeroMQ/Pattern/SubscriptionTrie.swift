// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// Which peers subscribed to which topics: what a publisher knows (RFC 29).
///
/// A peer has a topic or has it not; subscribing twice counts once, as libzmq's subscribers expect, which cancel only
/// once. Almost all topics of a large tree have one subscriber, who is then written in the tree itself.
package struct SubscriptionTrie: Sendable {
    package enum Addition: Sendable { case first, another, again }
    package enum Removal: Sendable { case last, others, unknown }

    private var tree: PrefixTree
    /// The subscribers of topics that have several, sorted. A value of ~n in the tree stands for the n-th.
    private var groups: [[Int32]] = []
    private var freeGroups: [Int32] = []
    /// How many topics each peer has.
    private var counts: [Int] = []
    /// How many topics there are (`ZMQ_TOPICS_COUNT`).
    package private(set) var topicCount = 0
    /// How many peers have a topic.
    package private(set) var peerCount = 0

    package init(seed: UInt32) {
        self.tree = PrefixTree(seed: UInt64(seed))
    }

    package func topicCount(of peer: Int) -> Int { peer < self.counts.count ? self.counts[peer] : 0 }

    /// The one peer that has a topic, if the topic is the empty one.
    package var soleSubscriber: Int? {
        let value = self.tree[PrefixTree.root]
        return self.topicCount == 1 && value >= 0 ? Int(value) : nil
    }

    // MARK: Matching

    /// Adds the peers that want a message whose first part this is.
    @inline(__always)
    package func match(_ octets: UnsafeRawBufferPointer, into matched: inout PeerBits) {
        unsafe self.tree.forEachPrefix(of: octets) { value in
            if value >= 0 {
                matched.insert(Int(value))
            } else {
                for peer in self.groups[Int(~value)] { matched.insert(Int(peer)) }
            }
        }
    }

    // MARK: Changing

    package mutating func add(_ topic: Message.Part, for peer: Int) -> Addition {
        let node = unsafe topic.withUnsafeBytes { unsafe self.tree.insert($0) }
        let value = self.tree[node]
        if value == PrefixTree.absent {
            self.tree[node] = Int32(peer)
            self.topicCount += 1
            self.count(peer, 1)
            return .first
        }
        if value >= 0 {
            guard Int(value) != peer else { return .again }
            self.tree[node] = ~self.makeGroup([min(value, Int32(peer)), max(value, Int32(peer))])
        } else {
            let group = Int(~value)
            let place = Self.place(of: Int32(peer), in: self.groups[group])
            if place < self.groups[group].count, self.groups[group][place] == Int32(peer) { return .again }
            self.groups[group].insert(Int32(peer), at: place)
        }
        self.count(peer, 1)
        return .another
    }

    package mutating func remove(_ topic: Message.Part, for peer: Int) -> Removal {
        let node = unsafe topic.withUnsafeBytes { unsafe self.tree.find($0) }
        guard let node else { return .unknown }
        return self.remove(peer, at: node)
    }

    /// Takes all topics from a peer, and hands out each, with whether others still have it.
    package mutating func removeAll(of peer: Int, _ body: (_ topic: () -> Message.Part, Removal) -> Void) {
        var node = 0
        // Removing may shorten the tree.
        while self.topicCount(of: peer) > 0, node < self.tree.capacity {
            if self.holds(peer, at: node) {
                // The octets are gone with the last subscriber.
                let octets = self.tree.octets(of: node)
                let removal = self.remove(peer, at: node)
                body({ Message.Part(octets) }, removal)
            }
            node += 1
        }
    }

    private func holds(_ peer: Int, at node: Int) -> Bool {
        let value = self.tree[node]
        guard value != PrefixTree.absent else { return false }
        if value >= 0 { return Int(value) == peer }
        let group = self.groups[Int(~value)]
        let place = Self.place(of: Int32(peer), in: group)
        return place < group.count && group[place] == Int32(peer)
    }

    private mutating func remove(_ peer: Int, at node: Int) -> Removal {
        guard self.holds(peer, at: node) else { return .unknown }
        self.count(peer, -1)
        let value = self.tree[node]
        if value >= 0 {
            self.tree.remove(node)
            self.topicCount -= 1
            return .last
        }
        let group = Int(~value)
        self.groups[group].remove(at: Self.place(of: Int32(peer), in: self.groups[group]))
        if self.groups[group].count == 1 {
            self.tree[node] = self.groups[group][0]
            self.groups[group] = []
            self.freeGroups.append(Int32(group))
        }
        return .others
    }

    private mutating func count(_ peer: Int, _ change: Int) {
        while self.counts.count <= peer { self.counts.append(0) }
        if self.counts[peer] == 0 { self.peerCount += 1 }
        self.counts[peer] += change
        if self.counts[peer] == 0 { self.peerCount -= 1 }
    }

    private mutating func makeGroup(_ peers: [Int32]) -> Int32 {
        if let group = self.freeGroups.popLast() {
            self.groups[Int(group)] = peers
            return group
        }
        self.groups.append(peers)
        return Int32(self.groups.count - 1)
    }

    /// Where a peer is, or would be, in a sorted group.
    private static func place(of peer: Int32, in group: [Int32]) -> Int {
        var (low, high) = (0, group.count)
        while low < high {
            let middle = (low + high) / 2
            if group[middle] < peer { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
