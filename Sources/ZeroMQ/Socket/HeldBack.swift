// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore

/// Answers that wait for those behind them, so that they leave in one write.
///
/// Where several messages came together, answers to them follow each other at once. To tell the connection of the first
/// one would wake its thread, on another core, while the next ones are being made; it writes a few, sleeps and is woken
/// again, and so is the peer. So they are held back until all that came has been received and answered, and the thread
/// that answers writes them (benchmark row echo).
///
/// On the event loop nobody is woken anyway, and tasks keep the loop from writing while they run. There answers leave in
/// pieces, so that the peer handles one while the next is made, instead of each waiting for the other (benchmark row
/// echo on the loop: twice as fast).
///
/// A message may wait for nothing that the application does. On the loop what is held leaves when the task suspends. On
/// other threads the loop looks every millisecond as long as there is anything to be seen, and what has been there since
/// the last time leaves. Who takes long over an answer has the next ones sent as they are made.
///
/// Isolation: the lock of the socket.
package struct HeldBack: Sendable {
    /// The least number of messages in a piece: what is handled while the system carries them.
    package static let smallestPiece = 32
    /// So many wait on other threads than the loop's.
    package static let limit = 256
    /// Who has held a message for longer than this sends them one by one for a while.
    package static let patience = TimeAmount.microseconds(200)
    private static let shortestPause = 16
    private static let longestPause = 1024

    /// Whose connections have not been told. One that has left since, or another in its place, does no harm.
    package private(set) var peers: [Int] = []
    /// All messages since the first one that was held, wherever they went.
    private var messages = 0
    private var begin = NIODeadline.uptimeNanoseconds(0)
    private var piece = 0
    /// The number of messages at which to ask whether that is enough.
    private var nextLook = 0
    /// Counts the times that something was held where nothing was.
    package private(set) var number: UInt = 0
    /// Somebody will look.
    package var isWatched = false
    /// How many times more nothing is held where something could be.
    private var pause = 0
    private var nextPause = HeldBack.shortestPause

    package init() {}

    @inline(__always)
    package var isEmpty: Bool { self.messages == 0 }

    @inline(__always)
    package var isAllowed: Bool { self.pause == 0 }

    /// A message leaves that might have been held.
    package mutating func noteChance() {
        if self.pause > 0 { self.pause -= 1 }
    }

    /// Counts a message for a connection that knows of others, or is not to know yet. Whether to ask `isEnough`.
    @inline(__always)
    package mutating func add() -> Bool {
        guard self.messages > 0 else { return false }
        self.messages += 1
        return self.messages == self.nextLook
    }

    /// Holds a message for a connection that is not to know yet.
    ///
    /// - Parameters:
    ///   - peer: Whose connection it is.
    ///   - outstanding: How many answers are expected: a third of them makes a piece. Of who answers none.
    ///   - batch: How many messages came together. Half of them makes a piece.
    ///   - now: The time, which is asked for only if nothing was held.
    /// - Returns: Whether to ask `isEnough`; never for the first message.
    package mutating func add(_ peer: Int, outstanding: Int, batch: Int, now: @autoclosure () -> NIODeadline) -> Bool {
        if self.messages == 0 {
            self.begin = now()
            self.number &+= 1
            self.piece = max(Self.smallestPiece, outstanding > 0 ? outstanding / 3 : batch / 2)
            self.nextLook = min(self.piece, Self.limit)
        }
        self.peers.append(peer)
        self.messages += 1
        return self.messages == self.nextLook
    }

    /// Whether what is held leaves now.
    package mutating func isEnough(onLoop: Bool) -> Bool {
        self.nextLook = self.messages < self.piece ? self.piece : Self.limit
        return self.messages >= (onLoop ? self.piece : Self.limit)
    }

    /// Nothing is held any more. `isLate` is that somebody had to look.
    package mutating func clear(at now: NIODeadline, isLate: Bool = false) {
        if isLate || now - self.begin > Self.patience {
            self.pause = self.nextPause
            self.nextPause = min(2 * self.nextPause, Self.longestPause)
        } else {
            self.nextPause = Self.shortestPause
        }
        self.peers.removeAll(keepingCapacity: true)
        self.messages = 0
    }
}
