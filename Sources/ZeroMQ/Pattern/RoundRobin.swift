// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Peers taken in turn, skipping those that cannot be used now.
///
/// The same ring serves both ways: to receive from many, a peer is active while messages wait from it (fair
/// queueing); to send to one of many, while it has room (load balancing). Active peers stand in front; the cursor
/// walks over them only. Constant time for everything but removal.
package struct RoundRobin: Sendable {
    private var ring: [Int] = []
    /// Where each peer stands in the ring; -1 if it does not.
    private var positions: [Int] = []
    private var activeCount = 0
    private var cursor = 0

    package init() {}

    package var isEmpty: Bool { self.ring.isEmpty }
    package var hasActive: Bool { self.activeCount > 0 }
    package var members: [Int] { self.ring }

    package func contains(_ peer: Int) -> Bool {
        peer < self.positions.count && self.positions[peer] >= 0
    }

    /// The peer whose turn it is.
    @inline(__always)
    package var current: Int? { self.activeCount > 0 ? self.ring[self.cursor] : nil }

    /// The next one's turn.
    @inline(__always)
    package mutating func advance() {
        self.cursor += 1
        if self.cursor >= self.activeCount { self.cursor = 0 }
    }

    package mutating func add(_ peer: Int, isActive: Bool) {
        while self.positions.count <= peer { self.positions.append(-1) }
        guard self.positions[peer] < 0 else { return }
        self.positions[peer] = self.ring.count
        self.ring.append(peer)
        if isActive { self.activate(peer) }
    }

    package mutating func activate(_ peer: Int) {
        guard self.contains(peer), self.positions[peer] >= self.activeCount else { return }
        self.exchange(self.positions[peer], self.activeCount)
        self.activeCount += 1
    }

    package mutating func deactivate(_ peer: Int) {
        guard self.contains(peer), self.positions[peer] < self.activeCount else { return }
        self.activeCount -= 1
        self.exchange(self.positions[peer], self.activeCount)
        if self.cursor >= self.activeCount { self.cursor = 0 }
    }

    package mutating func remove(_ peer: Int) {
        guard self.contains(peer) else { return }
        self.deactivate(peer)
        let position = self.positions[peer]
        self.ring.remove(at: position)
        self.positions[peer] = -1
        for index in position..<self.ring.count { self.positions[self.ring[index]] = index }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        guard left != right else { return }
        self.ring.swapAt(left, right)
        self.positions[self.ring[left]] = left
        self.positions[self.ring[right]] = right
    }
}
