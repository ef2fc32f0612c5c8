// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// Decides who may put a message into a queue, and when a writer that was refused is told to come back.
///
/// Counts whole messages, and the octets in them. A writer that was refused stays refused until half of both marks is
/// free, as in libzmq, so that a full queue does not wake its writer for every message that leaves.
package struct QueueGate: Sendable {
    /// The high-water mark; `Int.max` is none.
    package private(set) var limit: Int
    /// The mark for octets; a message that begins below it is taken whole.
    package let byteLimit: Int
    /// Messages that count against the mark.
    package private(set) var held = 0
    package private(set) var heldBytes = 0
    package private(set) var hasRefused = false

    package init(limit: Int?, byteLimit: Int? = nil) {
        self.limit = limit.map { max(1, $0) } ?? Int.max
        self.byteLimit = byteLimit.map { max(1, $0) } ?? Int.max
    }

    package var room: Int { self.hasRefused || self.heldBytes >= self.byteLimit ? 0 : max(0, self.limit - self.held) }

    /// How many messages that take no memory but their own may come before somebody must look again.
    package var roomForShort: Int {
        let free = self.byteLimit - self.heldBytes
        let bytes = free / Message.leastWeight + (free % Message.leastWeight == 0 ? 0 : 1)
        return min(self.room, bytes)
    }

    /// One message is offered.
    @inline(__always)
    package mutating func admit() -> Bool {
        guard self.held < self.limit, self.heldBytes < self.byteLimit, !self.hasRefused else {
            self.hasRefused = true
            return false
        }
        self.held += 1
        return true
    }

    /// Messages come in whatever the room, or octets of messages that have come in.
    package mutating func enter(_ count: Int, bytes: Int = 0) {
        self.held += count
        self.heldBytes += bytes
    }

    /// The writer stops for want of room; false if there is room after all.
    package mutating func refuse() -> Bool {
        guard self.room == 0 else { return false }
        self.hasRefused = true
        return true
    }

    /// Messages have left for good. True if a refused writer is to be told, which this says once.
    @inline(__always)
    package mutating func release(_ count: Int, bytes: Int = 0) -> Bool {
        self.held -= count
        self.heldBytes -= bytes
        guard self.hasRefused, self.held <= self.limit / 2, self.heldBytes <= self.byteLimit / 2 else { return false }
        self.hasRefused = false
        return true
    }

    /// A writer that was refused may come back whatever the marks. True if there is one, which this says once.
    package mutating func forgive() -> Bool {
        defer { self.hasRefused = false }
        return self.hasRefused
    }

    /// Changes the mark. True if a refused writer is to be told.
    package mutating func setLimit(_ limit: Int?) -> Bool {
        self.limit = limit.map { max(1, $0) } ?? Int.max
        return self.release(0)
    }
}
