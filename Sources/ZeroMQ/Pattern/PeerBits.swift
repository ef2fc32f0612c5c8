// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A set of peers, one bit each: joining sets together and going through them costs a step for 64 of them.
package struct PeerBits: Sendable {
    private var words: [UInt64] = []

    package init() {}

    package mutating func insert(_ peer: Int) {
        let word = peer >> 6
        while self.words.count <= word { self.words.append(0) }
        self.words[word] |= 1 &<< UInt64(peer & 63)
    }

    package mutating func remove(_ peer: Int) {
        guard peer >> 6 < self.words.count else { return }
        self.words[peer >> 6] &= ~(1 &<< UInt64(peer & 63))
    }

    package func contains(_ peer: Int) -> Bool {
        peer >> 6 < self.words.count && self.words[peer >> 6] & (1 &<< UInt64(peer & 63)) != 0
    }

    package var count: Int { self.words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package mutating func removeAll() {
        for word in self.words.indices { self.words[word] = 0 }
    }

    /// Turns into those of `all` that are not here.
    package mutating func invert(within all: borrowing PeerBits) {
        while self.words.count < all.words.count { self.words.append(0) }
        for word in self.words.indices {
            self.words[word] = word < all.words.count ? all.words[word] & ~self.words[word] : 0
        }
    }

    /// The first member with this number or a higher one.
    package func next(from peer: Int) -> Int? {
        var word = peer >> 6
        guard word < self.words.count else { return nil }
        var bits = self.words[word] & (.max &<< UInt64(peer & 63))
        while bits == 0 {
            word += 1
            guard word < self.words.count else { return nil }
            bits = self.words[word]
        }
        return word << 6 + bits.trailingZeroBitCount
    }
}
