// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// What a subscriber wants, and how often it said so: a topic is wanted until it was cancelled as often (RFC 29).
package struct TopicCounts: Sendable {
    private var tree: PrefixTree
    /// How many topics there are (`ZMQ_TOPICS_COUNT`).
    package private(set) var count = 0

    package init(seed: UInt32) {
        self.tree = PrefixTree(seed: UInt64(seed))
    }

    /// True if the topic is new.
    package mutating func add(_ topic: Message.Part) -> Bool {
        let node = unsafe topic.withUnsafeBytes { unsafe self.tree.insert($0) }
        guard self.tree[node] == PrefixTree.absent else {
            self.tree[node] += 1
            return false
        }
        self.tree[node] = 1
        self.count += 1
        return true
    }

    /// Whether it was the last of the topic; nil if the topic was not there.
    package mutating func remove(_ topic: Message.Part) -> Bool? {
        let node = unsafe topic.withUnsafeBytes { unsafe self.tree.find($0) }
        guard let node, self.tree[node] != PrefixTree.absent else { return nil }
        self.tree[node] -= 1
        guard self.tree[node] == 0 else { return false }
        self.tree.remove(node)
        self.count -= 1
        return true
    }

    /// Whether the octets begin with one of the topics.
    @inline(__always)
    package func matches(_ octets: UnsafeRawBufferPointer) -> Bool {
        // Who wants everything needs no look at what came.
        if self.tree[0] != PrefixTree.absent { return true }
        var isMatch = false
        unsafe self.tree.forEachPrefix(of: octets) { _ in isMatch = true }
        return isMatch
    }

    /// All topics, each once.
    package var topics: [Message.Part] {
        (0..<self.tree.capacity).compactMap { node in
            self.tree[node] == PrefixTree.absent ? nil : Message.Part(self.tree.octets(of: node))
        }
    }
}
