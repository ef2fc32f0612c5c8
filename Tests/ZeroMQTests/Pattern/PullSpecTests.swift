// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 30, the PULL socket type")
struct PullSpecTests {
    @Test("SHALL receive from all peers by fair queueing, one whole message each")
    func receivesFairly() {
        var pull = PatternStage<PullPattern>()
        let peers = (0..<3).map { _ in pull.join() }
        for peer in peers { pull.hear(Message("\(peer)"), ["multi", "part"], "end", from: peer) }
        #expect(pull.receive() == "0")
        #expect(pull.receive() == "1")
        #expect(pull.receive() == "2")
        let parts: Message = ["multi", "part"]
        #expect(pull.receiveAll() == [parts, parts, parts, "end", "end", "end"])
    }

    @Test("SHALL give each of k busy peers one of k turns, whoever else comes and goes")
    func sharesTurns() {
        var pull = PatternStage<PullPattern>()
        let (fast, slow) = (pull.join(), pull.join())
        for _ in 0..<100 { pull.hear("fast", from: fast) }
        var received: [Message] = []
        for _ in 0..<30 {
            pull.hear("slow", from: slow)
            received += [pull.receive(), pull.receive()].compactMap { $0 }
        }
        #expect(received.count { $0 == "slow" } == 30)
        #expect(pull.waiting(from: fast) == 70)
    }

    @Test("SHALL hand over what a peer sent before it left")
    func readsLastWords() {
        var pull = PatternStage<PullPattern>()
        let peer = pull.join()
        pull.hear("1", "2", from: peer)
        pull.lose(peer)
        #expect(pull.pattern.canReceive)
        #expect(pull.receiveAll() == ["1", "2"])
        #expect(!pull.pattern.canReceive)
        #expect(pull.join() == peer)
        #expect(pull.receive() == nil)
    }

    @Test("SHALL NOT send: asking is an error, with peers and without")
    func sendsNothing() {
        var pull = PatternStage<PullPattern>()
        #expect(pull.send("x") == .failed(.notSupported))
        let peer = pull.join()
        pull.announceRoom(at: peer)
        #expect(pull.send("x") == .failed(.notSupported))
        #expect(!pull.pattern.canSend)
    }
}
