// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Which messages are answers that a peer waits for")
struct TurnTests {
    private static func turn(afterLoneMessages count: Int) -> Turn {
        var turn = Turn()
        for _ in 0..<count {
            turn.noteReceived()
            turn.noteSent(endsTurn: false)
            turn.noteEmpty()
        }
        return turn
    }

    @Test("of types that take turns, whatever is sent after one message was received")
    func alternating() {
        var turn = Turn()
        #expect(!turn.isAnswer(alternating: true))
        for _ in 0..<10 {
            turn.noteReceived()
            #expect(turn.isAnswer(alternating: true))
            turn.noteSent(endsTurn: true)
            #expect(!turn.isAnswer(alternating: true))
        }
        turn.noteReceived()
        turn.noteReceived()
        #expect(!turn.isAnswer(alternating: true), "requests without replies in between")
    }

    @Test("of others, once messages have come alone for a while")
    func streak() {
        for count in 0..<2 * Turn.streak {
            var turn = Self.turn(afterLoneMessages: count)
            #expect(!turn.isAnswer(alternating: false), "nothing was received")
            turn.noteReceived()
            #expect(turn.isAnswer(alternating: false) == (count >= Turn.streak))
        }
    }

    @Test("of others, only the first message that is sent")
    func onlyFirst() {
        var turn = Self.turn(afterLoneMessages: Turn.streak)
        turn.noteReceived()
        turn.noteSent(endsTurn: false)
        #expect(!turn.isAnswer(alternating: false))
        turn.noteReceived()
        #expect(!turn.isAnswer(alternating: false))
        turn.noteEmpty()
        turn.noteReceived()
        #expect(!turn.isAnswer(alternating: false), "two came together")
    }

    @Test("of others, not while messages come together")
    func batches() {
        for size in 2..<5 {
            var turn = Self.turn(afterLoneMessages: Turn.streak)
            for number in 0..<size {
                turn.noteReceived()
                #expect(turn.isAnswer(alternating: false) == (number == 0), "when the second came is not known here")
            }
            turn.noteEmpty()
            turn.noteReceived()
            #expect(!turn.isAnswer(alternating: false))
        }
    }

    @Test("finding nothing again and again changes nothing")
    func emptiness() {
        var turn = Self.turn(afterLoneMessages: Turn.streak)
        for _ in 0..<10 { turn.noteEmpty() }
        turn.noteReceived()
        #expect(turn.isAnswer(alternating: false))
    }
}
