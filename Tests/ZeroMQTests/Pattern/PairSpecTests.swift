// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 31, the PAIR socket type")
struct PairSpecTests {
    @Test("SHALL have one peer at most: a second one is refused, and changes nothing for the first")
    func refusesSecondPeer() {
        var pair = PatternStage<PairPattern>()
        let peer = pair.join()
        let (stranger, decision) = pair.decide()
        guard case .refused(let why) = decision else {
            Issue.record("a second peer was let in")
            return
        }
        #expect(why.contains("PAIR"))
        pair.announceRoom(at: stranger)
        pair.hear("intruder", from: stranger)
        #expect(pair.send("x") == .to(peer))
        #expect(pair.receive() == nil)
    }

    @Test("SHALL take another peer once the first has gone")
    func takesNextPeer() {
        var pair = PatternStage<PairPattern>()
        pair.lose(pair.join(room: 0))
        #expect(pair.send("x") == .waits)
        let (next, decision) = pair.decide()
        #expect(decision == .joined)
        #expect(pair.send("x") == .to(next))
    }

    @Test("SHALL refuse others as long as messages of the first peer wait to be received")
    func closingPeerStillCounts() {
        var pair = PatternStage<PairPattern>()
        let peer = pair.join()
        pair.hear("last words", from: peer)
        pair.lose(peer)
        if case .joined = pair.decide().decision { Issue.record("two peers at once") }
        #expect(pair.receiveAll() == ["last words"])
        #expect(pair.decide().decision == .joined)
    }

    @Test("SHALL take no message without a peer with room, and SHALL NOT discard any")
    func waits() {
        var pair = PatternStage<PairPattern>()
        #expect(pair.send("x") == .waits)
        let peer = pair.join(room: 1)
        #expect(pair.send("x") == .to(peer))
        #expect(pair.send("x") == .waits)
        #expect(!pair.pattern.canSend)
        pair.makeRoom(for: 1, at: peer)
        #expect(pair.pattern.canSend)
        #expect(pair.send("x") == .to(peer))
    }

    @Test("does not take a peer that has gone for one with room when it announces room")
    func lostPeerHasNoRoom() {
        var pair = PatternStage<PairPattern>()
        let peer = pair.join()
        pair.hear("last words", from: peer)
        pair.lose(peer)
        pair.announceRoom(at: peer)
        #expect(!pair.pattern.canSend)
        #expect(pair.send("x") == .waits)
    }

    @Test("takes nothing of what it knew about a peer for the next one's")
    func startsAfresh() {
        var pair = PatternStage<PairPattern>()
        let peer = pair.join(room: 0)
        #expect(pair.send("x") == .waits)
        pair.hear("unread", from: peer)
        #expect(pair.receiveAll() == ["unread"])
        pair.lose(peer)
        let next = pair.join()
        #expect(pair.pattern.canSend && !pair.pattern.canReceive)
        #expect(pair.send("y") == .to(next))
    }

    @Test("SHALL hand over whole messages in their order, as they came")
    func receivesInOrder() {
        var pair = PatternStage<PairPattern>()
        let peer = pair.join()
        #expect(!pair.pattern.canReceive)
        pair.hear("1", ["", "2"], [], from: peer)
        #expect(pair.pattern.canReceive)
        #expect(pair.receiveAll() == ["1", ["", "2"], []])
        #expect(!pair.pattern.canReceive)
    }
}
