// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A set of peers, one bit each: joining sets together and going through them costs a step for 64 of them.
///
/// The first 64 are not in an array, which would cost more than a short message does (benchmark rows PUB/SUB, 16 B).
package struct PeerBits: Sendable {
    private var first: UInt64 = 0
    private var rest: [UInt64] = []

    package init() {}

    @inline(__always)
    package mutating func insert(_ peer: Int) {
        if peer < 64 { self.first |= 1 &<< UInt64(peer) } else { self.insertFar(peer) }
    }

    private mutating func insertFar(_ peer: Int) {
        let word = peer >> 6 - 1
        while self.rest.count <= word { self.rest.append(0) }
        self.rest[word] |= Self.bit(peer)
    }

    package mutating func remove(_ peer: Int) {
        if peer < 64 {
            self.first &= ~Self.bit(peer)
        } else if peer >> 6 <= self.rest.count {
            self.rest[peer >> 6 - 1] &= ~Self.bit(peer)
        }
    }

    package func contains(_ peer: Int) -> Bool {
        if peer < 64 { return self.first & Self.bit(peer) != 0 }
        return peer >> 6 <= self.rest.count && self.rest[peer >> 6 - 1] & Self.bit(peer) != 0
    }

    package var count: Int { self.rest.reduce(self.first.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

    @inline(__always)
    package mutating func removeAll() {
        self.first = 0
        if !self.rest.isEmpty { self.removeFar() }
    }

    private mutating func removeFar() {
        for word in self.rest.indices { self.rest[word] = 0 }
    }

    /// Turns into those of `all` that are not here.
    package mutating func invert(within all: borrowing PeerBits) {
        self.first = all.first & ~self.first
        while self.rest.count < all.rest.count { self.rest.append(0) }
        for word in self.rest.indices {
            self.rest[word] = word < all.rest.count ? all.rest[word] & ~self.rest[word] : 0
        }
    }

    /// The first member with this number or a higher one.
    @inline(__always)
    package func next(from peer: Int) -> Int? {
        if peer < 64 {
            let bits = self.first & (.max &<< UInt64(peer))
            if bits != 0 { return bits.trailingZeroBitCount }
            if self.rest.isEmpty { return nil }
        }
        return self.nextFar(from: max(peer, 64))
    }

    private func nextFar(from peer: Int) -> Int? {
        var word = peer >> 6 - 1
        guard word < self.rest.count else { return nil }
        var bits = self.rest[word] & (.max &<< UInt64(peer & 63))
        while bits == 0 {
            word += 1
            guard word < self.rest.count else { return nil }
            bits = self.rest[word]
        }
        return (word + 1) << 6 + bits.trailingZeroBitCount
    }

    private static func bit(_ peer: Int) -> UInt64 { 1 &<< UInt64(peer & 63) }
}
