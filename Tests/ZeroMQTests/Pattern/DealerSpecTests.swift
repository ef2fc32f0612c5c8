// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 28, the DEALER socket type")
struct DealerSpecTests {
    @Test("SHALL send to its peers in turn, in the order in which they came")
    func sendsInTurn() {
        var dealer = PatternStage<DealerPattern>()
        let peers = (0..<3).map { _ in dealer.join() }
        #expect(dealer.send(times: 6) == peers + peers)
        #expect(dealer.sent(to: peers[1]) == ["1", "4"])
    }

    @Test("SHALL send what it is given, with nothing in front")
    func addsNothing() {
        var dealer = PatternStage<DealerPattern>()
        let peer = dealer.join()
        _ = dealer.send(["", "body"])
        #expect(dealer.sent(to: peer) == [["", "body"]])
    }

    @Test("SHALL take no message while it has no peer, and SHALL NOT discard it")
    func waitsForPeer() {
        var dealer = PatternStage<DealerPattern>()
        #expect(dealer.send("job") == .waits)
        #expect(!dealer.pattern.canSend)
        let peer = dealer.join()
        #expect(dealer.pattern.canSend)
        #expect(dealer.send("job") == .to(peer))
    }

    @Test("SHALL skip peers without room, and the others keep their order", arguments: 0..<4)
    func skipsFullPeer(full: Int) {
        var dealer = PatternStage<DealerPattern>()
        let peers = (0..<4).map { dealer.join(room: $0 == full ? 1 : .max) }
        let rest = peers.filter { $0 != full }
        // The first round fills it, the second finds it full.
        #expect(dealer.send(times: 10) == peers + rest + rest)
    }

    @Test("SHALL wait while no peer has room, and goes on with the one that has room again")
    func waitsForRoom() {
        var dealer = PatternStage<DealerPattern>()
        let peers = (0..<3).map { _ in dealer.join(room: 1) }
        #expect(dealer.send(times: 3) == peers)
        #expect(dealer.send("x") == .waits)
        #expect(!dealer.pattern.canSend)
        dealer.makeRoom(for: 2, at: peers[1])
        #expect(dealer.send(times: 4) == [peers[1], peers[1]])
        #expect(dealer.send("x") == .waits)
    }

    @Test("SHALL NOT send to a peer that has gone, not even when it announces room")
    func forgetsLostPeer() {
        var dealer = PatternStage<DealerPattern>()
        let (first, second) = (dealer.join(), dealer.join())
        dealer.hear("last words", from: first)
        dealer.lose(first)
        dealer.announceRoom(at: first)
        #expect(dealer.send(times: 3) == [second, second, second])
        dealer.lose(second)
        dealer.announceRoom(at: first)
        #expect(!dealer.pattern.canSend)
        #expect(dealer.send("x") == .waits)
        #expect(dealer.receiveAll() == ["last words"])
        #expect(!dealer.pattern.canReceive)
    }

    @Test("SHALL give a newcomer at a lost peer's place the last turn")
    func placesAreReused() {
        var dealer = PatternStage<DealerPattern>()
        let peers = (0..<3).map { _ in dealer.join() }
        dealer.lose(peers[0])
        #expect(dealer.join() == peers[0])
        #expect(dealer.send(times: 3) == [peers[1], peers[2], peers[0]])
    }

    @Test("SHALL receive from all peers by fair queueing, one whole message each")
    func receivesFairly() {
        var dealer = PatternStage<DealerPattern>()
        let (busy, other, third) = (dealer.join(), dealer.join(), dealer.join())
        dealer.hear("a1", "a2", "a3", from: busy)
        dealer.hear(["b1", "more"], from: other)
        dealer.hear("c1", "c2", from: third)
        #expect(dealer.receiveAll() == ["a1", ["b1", "more"], "c1", "a2", "c2", "a3"])
    }

    @Test("SHALL hand over everything as it came, whatever it looks like")
    func filtersNothing() {
        var dealer = PatternStage<DealerPattern>()
        let peer = dealer.join()
        let messages: [Message] = [[], ["", ""], ["id", "", "body"]]
        for message in messages { dealer.hear(message, from: peer) }
        #expect(dealer.receiveAll() == messages)
    }

    @Test("sends and receives independently of each other, in any order")
    func hasNoOrder() {
        var dealer = PatternStage<DealerPattern>()
        let (full, free) = (dealer.join(room: 1), dealer.join())
        #expect(dealer.pattern.sendingFault == nil && dealer.pattern.receivingFault == nil)
        #expect(dealer.send(times: 4) == [full, free, free, free])
        dealer.hear("a", from: full)
        dealer.hear("b", from: free)
        #expect(dealer.receiveAll() == ["a", "b"])
    }
}
