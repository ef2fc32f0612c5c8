// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A peer's place in its socket: the index of a slot, and how often that slot was given away before.
///
/// Finding a peer is an array access; a stale id is told by its generation.
package struct PeerID: Sendable, Hashable {
    package let index: Int
    package let generation: UInt32

    package init(index: Int, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}
