// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: REQ with ZMQ_REQ_RELAXED and ZMQ_REQ_CORRELATE")
struct ReqOptionTests {
    @Test("relaxed: a second request goes to the next peer, and the first one's late reply is discarded")
    func relaxedAbandonsRequest() {
        var req = PatternStage<ReqPattern>(PatternRules(isRelaxed: true))
        let (first, second) = (req.join(), req.join())
        #expect(req.send("1") == .to(first))
        #expect(req.pattern.canSend && req.pattern.sendingFault == nil)
        #expect(req.send("2") == .to(second))
        req.hear(["", "one, late"], from: first)
        #expect(req.receive() == nil)
        req.hear(["", "two"], from: second)
        #expect(req.receive() == "two")
        #expect(req.pattern.receivingFault?.code == .wrongState)
    }

    @Test("relaxed alone: a late reply of the same peer is taken for the new one's")
    func relaxedTakesLateReply() {
        var req = PatternStage<ReqPattern>(PatternRules(isRelaxed: true))
        let peer = req.join()
        #expect(req.send("1") == .to(peer))
        #expect(req.send("2") == .to(peer))
        req.hear(["", "one, late"], ["", "two"], from: peer)
        #expect(req.receive() == "one, late")
        #expect(req.pattern.receivingFault?.code == .wrongState)
    }

    @Test("relaxed: receiving still needs a request first")
    func relaxedStillNeedsRequest() {
        let req = PatternStage<ReqPattern>(PatternRules(isRelaxed: true))
        #expect(req.pattern.receivingFault?.code == .wrongState)
    }

    @Test("correlate: a number of four octets, most significant first, stands before the delimiter")
    func correlateNumbersRequests() {
        var req = PatternStage<ReqPattern>(PatternRules(correlates: true, seed: 0x0102_03FF))
        let peer = req.join()
        for number in [[1, 2, 3, 255], [1, 2, 4, 0], [1, 2, 4, 1]] as [[UInt8]] {
            #expect(req.send("q") == .to(peer))
            #expect(req.sent(to: peer).last == [Message.Part(number), "", "q"])
            req.hear([Message.Part(number), "", "a"], from: peer)
            #expect(req.receive() == "a")
        }
    }

    @Test("correlate: the number after the largest is zero")
    func correlateWrapsAround() {
        var req = PatternStage<ReqPattern>(PatternRules(isRelaxed: true, correlates: true, seed: .max))
        let peer = req.join()
        _ = req.send("1")
        _ = req.send("2")
        #expect(req.sent(to: peer) == [[Self.number(.max), "", "1"], [Self.number(0), "", "2"]])
    }

    @Test(
        "correlate: replies with another number, or without number or delimiter, are skipped whole",
        arguments: [
            [number(8), "", "a"], [number(6), "", "a"], ["", "a"], [number(7), "a"], [number(7), ""],
            [number(7), "x", "a"], ["", number(7), "a"], ["a"], [number(7)],
        ] as [Message])
    func correlateSkipsOthers(reply: Message) {
        var req = PatternStage<ReqPattern>(PatternRules(correlates: true, seed: 7))
        let peer = req.join()
        _ = req.send("q")
        req.hear(reply, from: peer)
        #expect(req.receive() == nil)
        req.hear([Self.number(7), "", "", "answer"], from: peer)
        #expect(req.receive() == ["", "answer"])
    }

    @Test("relaxed and correlate: each request has its own number, so a late reply never answers the next request")
    func lateReplyIsTold() {
        var req = PatternStage<ReqPattern>(PatternRules(isRelaxed: true, correlates: true, seed: 7))
        let peer = req.join()
        #expect(req.send("1") == .to(peer))
        #expect(req.send("2") == .to(peer))
        #expect(req.sent(to: peer) == [[Self.number(7), "", "1"], [Self.number(8), "", "2"]])
        req.hear([Self.number(7), "", "one, late"], [Self.number(8), "", "two"], from: peer)
        #expect(req.receive() == "two")
    }

    @Test("relaxed and correlate: a request that found no room keeps its number for the next attempt")
    func refusedRequestKeepsNumber() {
        var req = PatternStage<ReqPattern>(PatternRules(isRelaxed: true, correlates: true, seed: 7))
        let peer = req.join(room: 0)
        #expect(req.send("1") == .waits)
        req.makeRoom(for: 1, at: peer)
        #expect(req.send("1") == .to(peer))
        #expect(req.sent(to: peer) == [[Self.number(7), "", "1"]])
    }

    @Test("correlate: once the asked peer has gone, another's reply must still carry the number")
    func correlatesWithoutAskedPeer() {
        var req = PatternStage<ReqPattern>(PatternRules(correlates: true, seed: 7))
        let (asked, other) = (req.join(), req.join())
        #expect(req.send("q") == .to(asked))
        req.lose(asked)
        req.hear([Self.number(9), "", "wrong"], [Self.number(7), "", "right"], from: other)
        #expect(req.receive() == "right")
    }

    private static func number(_ value: UInt32) -> Message.Part {
        Message.Part((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) })
    }
}
