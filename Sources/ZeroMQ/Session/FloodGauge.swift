// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Decides whether so much is sent to a peer that who sends had better write it, by how much was within each
/// millisecond.
package struct FloodGauge {
    /// As many octets a look: four full segments.
    package static let least = 262_144

    package private(set) var isFlood = false
    private var taken: Int

    package init(taken: Int) { self.taken = taken }

    /// Takes a look, a while after the last one. False if there is no more need to.
    package mutating func look(taken: Int) -> Bool {
        let was = self.isFlood
        self.isFlood = taken - self.taken >= Self.least
        self.taken = taken
        return self.isFlood || was
    }
}
