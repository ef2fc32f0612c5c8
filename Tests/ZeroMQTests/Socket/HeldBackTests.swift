// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZeroMQ

@Suite("How many answers are held back")
struct HeldBackTests {
    private static let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    /// Holds messages until somebody is to look, and says how many those are.
    private static func countToLook(_ held: inout HeldBack) -> Int {
        var count = 1
        while count < 100_000 {
            count += 1
            if held.add() { return count }
        }
        return 0
    }

    @Test("nothing counts before something is held, nor afterwards")
    func empty() {
        var held = HeldBack()
        #expect(Self.countToLook(&held) == 0)
        #expect(held.isEmpty)
        _ = held.add(3, outstanding: 0, batch: 2, now: Self.start)
        #expect(!held.isEmpty)
        #expect(held.peers == [3])
        held.clear(at: Self.start)
        #expect(held.isEmpty)
        #expect(held.peers.isEmpty)
        #expect(Self.countToLook(&held) == 0)
    }

    @Test(
        "on the loop a piece is a third of what is under way, or half of what came",
        arguments: [
            (100, 1, 33), (100, 100, 33), (3000, 1, 1000), (0, 1, 32), (0, 100, 50), (-50, 1000, 500), (1, 1000, 32),
        ])
    func pieces(outstanding: Int, batch: Int, piece: Int) {
        var held = HeldBack()
        _ = held.add(0, outstanding: outstanding, batch: batch, now: Self.start)
        var count = Self.countToLook(&held)
        while held.isEnough(onLoop: true) == false { count += Self.countToLook(&held) - 1 }
        #expect(count == piece)
        // The next piece is counted anew.
        held.clear(at: Self.start)
        _ = held.add(0, outstanding: 0, batch: 0, now: Self.start)
        #expect(Self.countToLook(&held) == HeldBack.smallestPiece)
        #expect(held.isEnough(onLoop: true) == true)
    }

    @Test("on other threads more are, whatever came", arguments: [(0, 2), (100, 100), (3000, 1), (0, 10_000)])
    func limit(outstanding: Int, batch: Int) {
        var held = HeldBack()
        _ = held.add(0, outstanding: outstanding, batch: batch, now: Self.start)
        var count = Self.countToLook(&held)
        while held.isEnough(onLoop: false) == false { count += Self.countToLook(&held) - 1 }
        #expect(count == HeldBack.limit)
    }

    @Test("messages for ever more peers are counted like those for one", arguments: [true, false])
    func manyPeers(onLoop: Bool) {
        var held = HeldBack()
        var count = 0
        while count < 10_000 {
            let looks = held.add(count, outstanding: 0, batch: 1, now: Self.start)
            count += 1
            if looks, held.isEnough(onLoop: onLoop) == true { break }
        }
        #expect(count == (onLoop ? HeldBack.smallestPiece : HeldBack.limit))
        #expect(held.peers.count == count)
    }

    @Test("where somebody had to look, nothing is held for a while, twice as long each time")
    func pauses() {
        var held = HeldBack()
        var pauses: [Int] = []
        for _ in 0..<9 {
            _ = held.add(0, outstanding: 0, batch: 2, now: Self.start)
            held.clear(at: Self.start, isLate: true)
            var pause = 0
            while !held.isAllowed {
                held.noteChance()
                pause += 1
            }
            pauses.append(pause)
        }
        #expect(pauses == [16, 32, 64, 128, 256, 512, 1024, 1024, 1024])
        held.noteChance()
        #expect(held.isAllowed)
    }

    @Test("who has held something for long makes the next ones one by one, until it is quicker")
    func slowness() {
        var held = HeldBack()
        let later = Self.start + HeldBack.patience
        for (end, isAllowed) in [(later, true), (later + .nanoseconds(1), false)] {
            _ = held.add(0, outstanding: 0, batch: 2, now: Self.start)
            // Only the first message's time counts.
            _ = held.add(1, outstanding: 0, batch: 2, now: end)
            held.clear(at: end)
            #expect(held.isAllowed == isAllowed)
        }
        while !held.isAllowed { held.noteChance() }
        _ = held.add(0, outstanding: 0, batch: 2, now: Self.start)
        held.clear(at: later)
        // Quick again: the next pause is as short as the first.
        _ = held.add(0, outstanding: 0, batch: 2, now: Self.start)
        held.clear(at: later, isLate: true)
        for _ in 0..<16 {
            #expect(!held.isAllowed)
            held.noteChance()
        }
        #expect(held.isAllowed)
    }

    @Test("each hold has a number, by which one that lasts is known")
    func numbers() {
        var held = HeldBack()
        let first = held.number
        _ = held.add(0, outstanding: 0, batch: 2, now: Self.start)
        _ = held.add(1, outstanding: 0, batch: 2, now: Self.start)
        #expect(held.number == first + 1)
        held.clear(at: Self.start)
        #expect(held.number == first + 1)
        _ = held.add(0, outstanding: 0, batch: 2, now: Self.start)
        #expect(held.number == first + 2)
    }
}
