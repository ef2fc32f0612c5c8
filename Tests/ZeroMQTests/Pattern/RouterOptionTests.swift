// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: ROUTER with ZMQ_ROUTER_MANDATORY")
struct RouterMandatoryTests {
    @Test("fails to send to unknown peers, and says so")
    func failsUnroutable() {
        var router = PatternStage<RouterPattern>(PatternRules(isMandatory: true))
        let peer = router.join("A")
        let key = router.key(of: peer)
        let stale = PeerID(index: key.index, generation: key.generation + 1)
        for destination in [Destination.id("B"), .peer(stale), .peer(PeerID(index: 9, generation: 0)), .any] {
            #expect(router.send("x", to: destination) == .failed(.unroutable))
        }
    }

    @Test("waits for a peer without room, and for no other")
    func waitsForRoom() {
        var router = PatternStage<RouterPattern>(PatternRules(isMandatory: true))
        let (full, free) = (router.join("A", room: 1), router.join("B"))
        #expect(router.send("1", to: .id("A")) == .to(full))
        #expect(router.send("2", to: .id("A")) == .waits)
        #expect(router.send("2", to: .peer(router.key(of: full))) == .waits)
        #expect(router.send("3", to: .id("B")) == .to(free))
        router.makeRoom(for: 1, at: full)
        #expect(router.send("2", to: .id("A")) == .to(full))
        #expect(router.sent(to: full) == ["1", "2"])
    }

    @Test("ends the waiting for a peer that leaves with a failure")
    func failsWhenPeerLeaves() {
        var router = PatternStage<RouterPattern>(PatternRules(isMandatory: true))
        let peer = router.join("A", room: 0)
        router.hear("last words", from: peer)
        #expect(router.send("x", to: .id("A")) == .waits)
        router.lose(peer)
        router.announceRoom(at: peer)
        #expect(router.send("x", to: .id("A")) == .failed(.unroutable))
        #expect(router.send("x", to: .peer(router.key(of: peer))) == .failed(.unroutable))
    }

    @Test("can send while one peer at least has room")
    func canSendWithRoom() {
        var router = PatternStage<RouterPattern>(PatternRules(isMandatory: true))
        #expect(!router.pattern.canSend)
        let (a, b) = (router.join("A", room: 0), router.join("B", room: 0))
        #expect(router.pattern.canSend)
        #expect(router.send("x", to: .id("A")) == .waits)
        #expect(router.pattern.canSend)
        #expect(router.send("x", to: .id("B")) == .waits)
        #expect(!router.pattern.canSend)
        router.makeRoom(for: 1, at: a)
        #expect(router.pattern.canSend)
        router.hear("last words", from: a)
        router.lose(a)
        router.announceRoom(at: a)
        #expect(!router.pattern.canSend)
        router.lose(b)
        #expect(!router.pattern.canSend)
    }
}

@Suite("Pattern: ROUTER, two peers with one routing id")
struct RouterHandoverTests {
    @Test("SHALL refuse a newcomer with an id that is taken, and the holder keeps it")
    func refusesDuplicate() {
        var router = PatternStage<RouterPattern>()
        let holder = router.join("A")
        let (newcomer, decision) = router.decide("A")
        guard case .refused(let why) = decision else {
            Issue.record("two peers have one id")
            return
        }
        #expect(why.contains("ZMQ_ROUTER_HANDOVER"))
        router.hear("intruder", from: newcomer)
        router.announceRoom(at: newcomer)
        #expect(router.receive() == nil)
        #expect(router.send("x", to: .id("A")) == .to(holder))
    }

    @Test(
        "lets a newcomer have the id of a peer that has gone, though messages of that one wait",
        arguments: [true, false])
    func idOfLostPeerIsFree(hasMessages: Bool) {
        var router = PatternStage<RouterPattern>()
        let old = router.join("A")
        if hasMessages { router.hear("old", from: old) }
        router.lose(old)
        let (new, decision) = router.decide("A")
        #expect(decision == .joined)
        router.hear("new", from: new)
        #expect(router.send("x", to: .id("A")) == .to(new))
        #expect(router.receiveAll().map(\.message) == (hasMessages ? ["old", "new"] : ["new"]))
        // Reading the old one empty takes nothing from the new one.
        #expect(router.send("y", to: .id("A")) == .to(new))
    }

    @Test("with handover, names the holder to be ended and gives its id to the newcomer")
    func handsOver() {
        var router = PatternStage<RouterPattern>(PatternRules(allowsHandover: true))
        let old = router.join("A")
        let (new, decision) = router.decide("A")
        #expect(decision == .replaces(old))
        #expect(router.send("x", to: .id("A")) == .to(new))
        router.lose(old)
        #expect(router.send("y", to: .id("A")) == .to(new))
        #expect(router.sent(to: old).isEmpty)
    }

    @Test("with handover, what the old holder sent is received under another id")
    func renamesHolder() {
        var router = PatternStage<RouterPattern>(PatternRules(allowsHandover: true, seed: 5))
        let old = router.join("A")
        router.hear("old", from: old)
        let (new, _) = router.decide("A")
        router.hear("new", from: new)
        router.lose(old)
        let received = router.receiveAll()
        #expect(received.map(\.message) == ["old", "new"])
        #expect(received.map(\.peer.routingID) == [.generated(5), "A"])
    }

    @Test("with handover, nothing more goes to the old holder, which is about to end", arguments: [true, false])
    func oldHolderIsUnreachable(isMandatory: Bool) {
        var router = PatternStage<RouterPattern>(PatternRules(isMandatory: isMandatory, allowsHandover: true))
        let old = router.join("A")
        let key = router.key(of: old)
        _ = router.decide("A", room: 0)
        #expect(router.send("x", to: .peer(key)) == (isMandatory ? .failed(.unroutable) : .dropped))
        #expect(router.sent(to: old).isEmpty)
    }

    @Test("with handover, one id may be taken over again and again")
    func handsOverRepeatedly() {
        var router = PatternStage<RouterPattern>(PatternRules(allowsHandover: true))
        var holder = router.join("A")
        let bystander = router.join("B")
        for _ in 0..<5 {
            let (next, decision) = router.decide("A")
            #expect(decision == .replaces(holder))
            router.lose(holder)
            holder = next
            #expect(router.send("x", to: .id("A")) == .to(holder))
        }
        #expect(router.send("x", to: .id("B")) == .to(bystander))
    }
}
