// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 28, the REP socket type")
struct RepSpecTests {
    @Test("SHALL receive and send by turns: sending first and receiving twice are errors")
    func alternates() {
        var rep = PatternStage<RepPattern>()
        let peer = rep.join()
        #expect(rep.send("early") == .failed(.wrongState))
        #expect(!rep.pattern.canSend)
        rep.hear(["", "1"], ["", "2"], from: peer)
        #expect(rep.receive() == "1")
        #expect(rep.pattern.receivingFault?.code == .wrongState)
        #expect(!rep.pattern.canReceive && rep.pattern.canSend)
        #expect(rep.send("one") == .to(peer))
        #expect(rep.send("twice") == .failed(.wrongState))
        #expect(rep.pattern.receivingFault == nil && rep.pattern.canReceive)
        #expect(rep.receive() == "2")
    }

    @Test(
        "SHALL keep what stands before the body and put it in front of the reply",
        arguments: [[], ["a"], ["a", "b", "c"]])
    func repeatsEnvelope(addresses: [Message.Part]) {
        var rep = PatternStage<RepPattern>()
        let peer = rep.join()
        rep.hear(Message(parts: addresses + ["", "question", "more"]), from: peer)
        #expect(rep.receive() == ["question", "more"])
        _ = rep.send(["answer", "and more"])
        #expect(rep.sent(to: peer) == [Message(parts: addresses + ["", "answer", "and more"])])
    }

    @Test("SHALL take the first empty part for the delimiter, and empty parts behind it for the body")
    func firstEmptyPartDelimits() {
        var rep = PatternStage<RepPattern>()
        let peer = rep.join()
        rep.hear(["a", "", "", "x"], ["", ""], from: peer)
        #expect(rep.receive() == ["", "x"])
        _ = rep.send("1")
        #expect(rep.receive() == [])
        _ = rep.send("2")
        #expect(rep.sent(to: peer) == [["a", "", "1"], ["", "2"]])
    }

    @Test(
        "SHALL discard requests that no reply could be addressed to, and goes on to the next",
        arguments: [[], ["body"], ["a", "b", "c"], ["a", ""], ["a", "b", ""]] as [Message])
    func discardsMalformed(request: Message) {
        var rep = PatternStage<RepPattern>()
        let (bad, good) = (rep.join(), rep.join())
        rep.hear(request, request, ["", "from bad"], from: bad)
        rep.hear(["", "from good"], from: good)
        #expect(rep.receive() == "from good")
        #expect(rep.send("x") == .to(good))
        #expect(rep.receive() == "from bad")
        #expect(rep.send("x") == .to(bad))
    }

    @Test("stays able to receive after nothing but malformed requests")
    func malformedChangesNothing() {
        var rep = PatternStage<RepPattern>()
        let peer = rep.join()
        rep.hear("no delimiter", from: peer)
        #expect(rep.receive() == nil)
        #expect(rep.pattern.receivingFault == nil)
        #expect(rep.send("x") == .failed(.wrongState))
    }

    @Test("SHALL receive from its peers by fair queueing and reply to the one that asked")
    func repliesToAsker() {
        var rep = PatternStage<RepPattern>()
        let peers = (0..<3).map { _ in rep.join() }
        for peer in peers { rep.hear(["", "1"], ["", "2"], from: peer) }
        let turns = (0..<6).map { _ in rep.receive().map { rep.send($0) } }
        #expect(turns == (peers + peers).map { .to($0) })
        for peer in peers { #expect(rep.sent(to: peer) == [["", "1"], ["", "2"]]) }
    }

    @Test("SHALL drop the reply silently if the asker has gone, and can receive again")
    func dropsReplyToNobody() {
        var rep = PatternStage<RepPattern>()
        let (asker, other) = (rep.join(), rep.join())
        rep.hear(["", "1"], from: asker)
        rep.hear(["", "2"], from: other)
        #expect(rep.receive() == "1")
        rep.lose(asker)
        #expect(rep.pattern.canSend)
        #expect(rep.send("x") == .dropped)
        #expect(rep.receive() == "2")
        #expect(rep.send("x") == .to(other))
    }

    @Test("SHALL NOT reply to a newcomer at the asker's place")
    func newcomerGetsNothing() {
        var rep = PatternStage<RepPattern>()
        let asker = rep.join()
        rep.hear(["a", "", "1"], from: asker)
        #expect(rep.receive() == "1")
        rep.lose(asker)
        let newcomer = rep.join()
        #expect(newcomer == asker)
        #expect(rep.send("x") == .dropped)
        #expect(rep.sent(to: newcomer).isEmpty)
        rep.hear(["", "2"], from: newcomer)
        #expect(rep.receive() == "2")
        #expect(rep.send("y") == .to(newcomer))
        #expect(rep.sent(to: newcomer) == [["", "y"]])
    }

    @Test("SHALL NOT wait for room: the reply is dropped")
    func dropsReplyWithoutRoom() {
        var rep = PatternStage<RepPattern>()
        let peer = rep.join(room: 0)
        rep.hear(["", "1"], ["", "2"], from: peer)
        #expect(rep.receive() == "1")
        #expect(rep.send("x") == .dropped)
        rep.makeRoom(for: 1, at: peer)
        #expect(rep.receive() == "2")
        #expect(rep.send("y") == .to(peer))
    }

    @Test("hands over what a peer asked before it left, and drops the reply")
    func readsLastWords() {
        var rep = PatternStage<RepPattern>()
        let peer = rep.join()
        rep.hear(["", "1"], ["", "2"], from: peer)
        rep.lose(peer)
        #expect(rep.receive() == "1")
        #expect(rep.send("x") == .dropped)
        #expect(rep.receive() == "2")
        #expect(rep.send("x") == .dropped)
        #expect(rep.receive() == nil)
        #expect(rep.sent(to: peer).isEmpty)
    }

    @Test("tells the engine that sending makes receiving possible again")
    func sendingEnablesReceiving() {
        #expect(RepPattern.sendingEnablesReceiving)
        #expect(!RepPattern.discardsWaitingOnSend)
    }
}
