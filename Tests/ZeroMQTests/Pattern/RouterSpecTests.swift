// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 28, the ROUTER socket type")
struct RouterSpecTests {
    @Test("SHALL receive from its peers by fair queueing, and names the sender of each message")
    func receivesFairly() {
        var router = PatternStage<RouterPattern>()
        let (a, b) = (router.join("A"), router.join("B"))
        router.hear("1", ["2", ""], "3", from: a)
        router.hear("4", from: b)
        let received = router.receiveAll()
        #expect(received.map(\.peer.routingID) == ["A", "B", "A", "A"])
        #expect(received.map(\.message) == ["1", "4", ["2", ""], "3"])
        let opened = received.first.map { RouterPattern.open($0) }
        #expect(opened?.peer?.routingID == "A")
        #expect(opened?.message == "1")
    }

    @Test("SHALL send to the peer that is named, by routing id or as the sender of a message, without the address")
    func sendsToNamedPeer() {
        var router = PatternStage<RouterPattern>()
        let peers = [router.join("A"), router.join("B"), router.join("C")]
        #expect(router.send(["", "x"], to: .id("B")) == .to(peers[1]))
        #expect(router.send("y", to: .peer(router.key(of: peers[2]))) == .to(peers[2]))
        #expect(router.sent(to: peers[1]) == [["", "x"]])
        #expect(router.sent(to: peers[2]) == ["y"])
        #expect(router.sent(to: peers[0]).isEmpty)
    }

    @Test("SHALL wait for the handshake, which tells the routing id, before it lets a peer join")
    func joinsAfterHandshake() {
        #expect(!RouterPattern.joinsBeforeHandshake)
        #expect(DealerPattern.joinsBeforeHandshake && ReqPattern.joinsBeforeHandshake)
    }

    // MARK: Generated ids

    @Test("SHALL generate ids of five octets, the first zero, that count up from a seed")
    func generatesIDs() {
        var router = PatternStage<RouterPattern>(PatternRules(seed: 0x01FF_FFFF))
        let peers = [router.join(), router.join(), router.join()]
        for peer in peers { router.hear("x", from: peer) }
        let octets = router.receiveAll().map { Array($0.peer.routingID.part) }
        #expect(octets == [[0, 1, 255, 255, 255], [0, 2, 0, 0, 0], [0, 2, 0, 0, 1]])
    }

    @Test("SHALL NOT generate an id that another peer has, not even after the numbers begin anew")
    func generatesUniqueIDs() throws {
        var router = PatternStage<RouterPattern>(PatternRules(seed: .max))
        let taken = router.join(.generated(0))
        let peers = [router.join(), router.join()]
        for peer in [taken] + peers { router.hear("x", from: peer) }
        #expect(router.receiveAll().map(\.peer.routingID) == [.generated(0), .generated(.max), .generated(1)])
        #expect(router.send("y", to: .id(.generated(.max))) == .to(peers[0]))
        #expect(router.send("y", to: .id(.generated(1))) == .to(peers[1]))
    }

    @Test("gives every one of many anonymous peers an id of its own, gone ones included")
    func idsDiffer() {
        var router = PatternStage<RouterPattern>(PatternRules(seed: .max - 50))
        var ids: Set<RoutingID> = []
        for round in 0..<200 {
            let peer = router.join()
            router.hear("x", from: peer)
            if let id = router.receive()?.peer.routingID { ids.insert(id) }
            if round % 3 == 0 { router.lose(peer) }
        }
        #expect(ids.count == 200)
    }

    // MARK: Peers that nobody can reach

    @Test("SHALL drop messages for unknown peers silently")
    func dropsUnroutable() {
        var router = PatternStage<RouterPattern>()
        let peer = router.join("A")
        let key = router.key(of: peer)
        #expect(router.send("x", to: .id("B")) == .dropped)
        #expect(router.send("x", to: .peer(PeerID(index: 7, generation: 0))) == .dropped)
        #expect(router.send("x", to: .peer(PeerID(index: key.index, generation: key.generation + 1))) == .dropped)
        #expect(router.send("x", to: .any) == .dropped)
        #expect(router.sent(to: peer).isEmpty)
    }

    @Test("SHALL drop messages for a peer without room silently, and for no other")
    func dropsWithoutRoom() {
        var router = PatternStage<RouterPattern>()
        let (full, free) = (router.join("A", room: 1), router.join("B"))
        #expect(router.send("1", to: .id("A")) == .to(full))
        #expect(router.send("2", to: .id("A")) == .dropped)
        #expect(router.send("3", to: .id("B")) == .to(free))
        router.makeRoom(for: 1, at: full)
        #expect(router.send("4", to: .id("A")) == .to(full))
        #expect(router.sent(to: full) == ["1", "4"])
    }

    @Test("drops messages for a peer that has gone, though some of it can still be received")
    func readsLastWords() {
        var router = PatternStage<RouterPattern>()
        let peer = router.join("A")
        let key = router.key(of: peer)
        router.hear("1", "2", from: peer)
        router.lose(peer)
        router.announceRoom(at: peer)
        #expect(router.send("x", to: .id("A")) == .dropped)
        #expect(router.send("x", to: .peer(key)) == .dropped)
        #expect(router.receiveAll().map(\.peer.routingID) == ["A", "A"])
        #expect(router.receive() == nil)
    }

    @Test("does not take a newcomer at a lost peer's place, or with its id, for that peer")
    func staleSenderIsNobody() {
        var router = PatternStage<RouterPattern>()
        let old = router.join("A")
        let key = router.key(of: old)
        router.lose(old)
        let new = router.join("A")
        #expect(new == old)
        #expect(router.send("x", to: .peer(key)) == .dropped)
        #expect(router.send("x", to: .id("A")) == .to(new))
    }

    @Test("can send at any time, because it never waits")
    func canAlwaysSend() {
        var router = PatternStage<RouterPattern>()
        #expect(router.pattern.canSend)
        _ = router.join("A", room: 0)
        #expect(router.send("x", to: .id("A")) == .dropped)
        #expect(router.pattern.canSend)
    }
}
