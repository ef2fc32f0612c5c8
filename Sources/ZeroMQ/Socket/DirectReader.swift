// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// What a socket knows of a connection that its tasks may read. Isolation: the lock of the socket.
struct DirectReader: Sendable {
    /// A task that reads whatever it waits for never suspends; others of its thread would wait for it for ever.
    private static let longestTurn = TimeAmount.milliseconds(1)

    /// A task has suspended that would rather have read.
    private var isWanted = false
    private(set) var source: (any DirectSource)?
    private var peer: PeerID?
    /// Counts the times that a task has read messages.
    private(set) var reads = 0
    private var turnEnd = NIODeadline.uptimeNanoseconds(0)

    /// Somebody suspends, and reads no more: says whose reading to give back.
    mutating func wait(wanting isWanted: Bool) -> (any DirectSource)? {
        self.isWanted = isWanted
        return self.source.take()
    }

    /// A task is there that would read.
    mutating func want() { self.isWanted = true }

    func wants(_ peer: PeerID, of slots: borrowing SlotTable) -> Bool {
        // Of several connections the loop reads all at once.
        self.isWanted && slots.holds(peer) && slots.hasOneWire
    }

    mutating func take(_ source: any DirectSource, of peer: PeerID) {
        self.isWanted = false
        self.source = source
        self.peer = peer
        self.turnEnd = .now() + Self.longestTurn
    }

    /// The loop reads again.
    mutating func forget(_ source: any DirectSource) {
        if self.source === source { self.source = nil }
    }

    /// The peer's connection is gone.
    mutating func forget(_ peer: PeerID) {
        if self.peer == peer { self.source = nil }
    }

    /// A task has read messages.
    mutating func noteRead() { self.reads += 1 }

    /// Whether others must get their turn now.
    mutating func endsTurn(at now: NIODeadline) -> Bool {
        guard now >= self.turnEnd else { return false }
        self.turnEnd = now + Self.longestTurn
        return true
    }
}

extension SlotTable {
    /// There is one connection, and no peer without one.
    var hasOneWire: Bool { self.wires == 1 && self.occupied == 1 }
}

/// What a task that looks at a connection has found.
enum DirectLook: Sendable {
    /// As yet, or the loop reads.
    case nothing
    /// There are messages now.
    case some
    /// The loop reads again, for something is out of the ordinary.
    case over
}
