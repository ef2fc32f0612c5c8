// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Peers taken in turn, in the order in which they came, skipping those that cannot be used now.
///
/// The same ring serves both ways: to receive from many, a peer is active while messages wait from it (fair
/// queueing); to send to one of many, while it has room (load balancing). Peers keep their places whether active or
/// not, so that nobody has two turns while another waits. One bit a place tells who is active; the next one is found
/// 64 places at a time. Constant time for everything else but removal.
package struct RoundRobin: Sendable {
    /// The peers by place.
    private var ring: [Int] = []
    /// The place of each peer; -1 if it has none.
    private var places: [Int] = []
    /// A bit for each place: whether its peer is active.
    private var activeBits: [UInt64] = []
    private var activeCount = 0
    /// The place whose turn it is, an active one if there is any.
    private var cursor = 0
    /// The peer at the cursor, if there is an active one.
    package private(set) var current: Int?

    package init() {}

    package var hasActive: Bool { self.activeCount > 0 }

    package func contains(_ peer: Int) -> Bool {
        peer < self.places.count && self.places[peer] >= 0
    }

    /// The next one's turn.
    @inline(__always)
    package mutating func advance() {
        if self.activeCount > 1 { self.moveOn() }
    }

    private mutating func moveOn() {
        self.cursor = self.nextActive(after: self.cursor)
        self.current = self.ring[self.cursor]
    }

    /// The first active place behind another one, which is the last to be looked at.
    private func nextActive(after place: Int) -> Int {
        let start = place + 1
        var word = start >> Self.wordShift
        if word < self.activeBits.count {
            let rest = self.activeBits[word] & (.max &<< UInt64(start & Self.wordMask))
            if rest != 0 { return word << Self.wordShift + rest.trailingZeroBitCount }
        }
        for _ in self.activeBits.indices {
            word = word + 1 < self.activeBits.count ? word + 1 : 0
            let bits = self.activeBits[word]
            if bits != 0 { return word << Self.wordShift + bits.trailingZeroBitCount }
        }
        return place
    }

    package mutating func add(_ peer: Int, isActive: Bool) {
        while self.places.count <= peer { self.places.append(-1) }
        guard self.places[peer] < 0 else { return }
        self.places[peer] = self.ring.count
        self.ring.append(peer)
        if self.activeBits.count << Self.wordShift < self.ring.count { self.activeBits.append(0) }
        if isActive { self.activate(peer) }
    }

    package mutating func activate(_ peer: Int) {
        guard self.contains(peer), !self.isActive(self.places[peer]) else { return }
        if self.activeCount == 0 {
            self.cursor = self.places[peer]
            self.current = peer
        }
        self.mark(self.places[peer], active: true)
        self.activeCount += 1
    }

    package mutating func deactivate(_ peer: Int) {
        guard self.contains(peer), self.isActive(self.places[peer]) else { return }
        self.mark(self.places[peer], active: false)
        self.activeCount -= 1
        if self.activeCount == 0 { self.current = nil } else if self.cursor == self.places[peer] { self.moveOn() }
    }

    package mutating func remove(_ peer: Int) {
        guard self.contains(peer) else { return }
        self.deactivate(peer)
        let place = self.places[peer]
        self.places[peer] = -1
        self.ring.remove(at: place)
        // Those behind move up by one.
        for index in place..<self.ring.count {
            self.places[self.ring[index]] = index
            self.mark(index, active: self.isActive(index + 1))
        }
        self.mark(self.ring.count, active: false)
        if self.cursor > place { self.cursor -= 1 }
    }

    private func isActive(_ place: Int) -> Bool {
        self.activeBits[place >> Self.wordShift] & Self.bit(place) != 0
    }

    private mutating func mark(_ place: Int, active: Bool) {
        if active {
            self.activeBits[place >> Self.wordShift] |= Self.bit(place)
        } else {
            self.activeBits[place >> Self.wordShift] &= ~Self.bit(place)
        }
    }

    private static func bit(_ place: Int) -> UInt64 { 1 &<< UInt64(place & Self.wordMask) }

    private static var wordShift: Int { 6 }
    private static var wordMask: Int { UInt64.bitWidth - 1 }
}
