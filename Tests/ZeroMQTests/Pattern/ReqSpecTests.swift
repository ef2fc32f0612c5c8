// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 28, the REQ socket type")
struct ReqSpecTests {
    @Test("SHALL send and receive by turns: receiving first and sending twice are errors")
    func alternates() {
        var req = PatternStage<ReqPattern>()
        let peer = req.join()
        #expect(req.pattern.receivingFault?.code == .wrongState)
        #expect(!req.pattern.canReceive && req.pattern.canSend)
        #expect(req.send("1") == .to(peer))
        #expect(req.send("2") == .failed(.wrongState))
        #expect(req.pattern.receivingFault == nil && !req.pattern.canSend)
        req.hear(["", "one"], from: peer)
        #expect(req.pattern.canReceive)
        #expect(req.receive() == "one")
        #expect(req.pattern.receivingFault?.code == .wrongState)
        #expect(req.send("2") == .to(peer))
    }

    @Test("SHALL put an empty delimiter in front of a request and take it off the reply")
    func delimits() {
        var req = PatternStage<ReqPattern>()
        let peer = req.join()
        _ = req.send(["question", "more"])
        #expect(req.sent(to: peer) == [["", "question", "more"]])
        req.hear(["", "", "answer"], from: peer)
        #expect(req.receive() == ["", "answer"])
    }

    @Test("SHALL send requests to its peers in turn, skipping those without room")
    func sendsInTurn() {
        var req = PatternStage<ReqPattern>()
        let peers = [req.join(), req.join(room: 1), req.join()]
        let asked = (0..<6).map { _ in
            let sent = req.send("q")
            if case .to(let peer) = sent { req.hear(["", "a"], from: peer) }
            #expect(req.receive() == "a")
            return sent
        }
        #expect(asked == (peers + [peers[0], peers[2], peers[0]]).map { .to($0) })
    }

    @Test("SHALL wait while no peer has room, and SHALL NOT discard the request")
    func waits() {
        var req = PatternStage<ReqPattern>()
        #expect(req.send("q") == .waits)
        let peer = req.join(room: 0)
        #expect(req.send("q") == .waits)
        #expect(req.pattern.receivingFault?.code == .wrongState)
        req.makeRoom(for: 1, at: peer)
        #expect(req.pattern.canSend)
        #expect(req.send("q") == .to(peer))
    }

    @Test("SHALL take a reply only from the peer that was asked, and discard what others say")
    func listensToAskedPeerOnly() {
        var req = PatternStage<ReqPattern>()
        let (asked, other) = (req.join(), req.join())
        #expect(req.send("q") == .to(asked))
        req.hear(["", "intruder"], from: other)
        #expect(req.receive() == nil)
        #expect(req.waiting(from: other) == 0)
        req.hear(["", "answer"], from: asked)
        #expect(req.receive() == "answer")
    }

    @Test(
        "SHALL discard replies without the delimiter",
        arguments: [[], ["body"], ["a", "body"], ["a", "", "b"]] as [Message])
    func discardsMalformed(reply: Message) {
        var req = PatternStage<ReqPattern>()
        let peer = req.join()
        _ = req.send("q")
        req.hear(reply, from: peer)
        #expect(req.receive() == nil)
        #expect(req.send("again") == .failed(.wrongState))
        req.hear(["", "answer"], from: peer)
        #expect(req.receive() == "answer")
    }

    @Test("discards what waits from all peers before it sends, so that no stale reply answers a new request")
    func discardsStaleReplies() {
        var req = PatternStage<ReqPattern>()
        let (first, second) = (req.join(), req.join())
        #expect(ReqPattern.discardsWaitingOnSend)
        _ = req.send("1")
        req.hear(["", "one"], ["", "one again"], from: first)
        #expect(req.receive() == "one")
        req.hear(["", "early"], from: second)
        #expect(req.send("2") == .to(second))
        #expect(req.receive() == nil)
        req.hear(["", "two"], from: second)
        #expect(req.receive() == "two")
    }

    @Test("leaves what waits alone while it is not its turn to receive")
    func readsNothingWhileIdle() {
        var req = PatternStage<ReqPattern>()
        let peer = req.join()
        req.hear(["", "unasked"], from: peer)
        #expect(req.pattern.source == nil && !req.pattern.canReceive)
        #expect(req.waiting(from: peer) == 1)
    }

    @Test("SHALL NOT send to a peer that has gone, not even when it announces room")
    func forgetsLostPeer() {
        var req = PatternStage<ReqPattern>()
        let peer = req.join()
        req.hear(["", "unasked"], from: peer)
        req.lose(peer)
        req.announceRoom(at: peer)
        #expect(!req.pattern.canSend)
        #expect(req.send("q") == .waits)
    }

    @Test("takes any peer's reply once the one that was asked has gone")
    func anyPeerAnswersForLostOne() {
        var req = PatternStage<ReqPattern>()
        let (asked, other) = (req.join(), req.join())
        #expect(req.send("q") == .to(asked))
        req.lose(asked)
        #expect(req.receive() == nil)
        #expect(req.send("again") == .failed(.wrongState))
        req.hear("malformed", ["", "answer"], from: other)
        #expect(req.receive() == "answer")
        #expect(req.send("next") == .to(other))
    }

    @Test("takes the reply that the asked peer sent before it left, and no other's before that")
    func readsLastWords() {
        var req = PatternStage<ReqPattern>()
        let (asked, other) = (req.join(), req.join())
        #expect(req.send("q") == .to(asked))
        req.hear(["", "answer"], from: asked)
        req.lose(asked)
        req.hear(["", "intruder"], from: other)
        #expect(req.receive() == "answer")
        #expect(req.pattern.receivingFault?.code == .wrongState)
    }

    @Test("does not take a newcomer at the asked peer's place for the only one that may answer")
    func newcomerIsNotTheAskedPeer() {
        var req = PatternStage<ReqPattern>()
        let (asked, other) = (req.join(), req.join())
        #expect(req.send("q") == .to(asked))
        req.lose(asked)
        #expect(req.join() == asked)
        req.hear(["", "answer"], from: other)
        #expect(req.receive() == "answer")
    }
}
