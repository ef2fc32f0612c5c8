// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: newcomers at the places of lost peers")
struct NewcomerTests {
    /// A peer speaks, is received and leaves before anybody finds it empty; another takes its place.
    private static func isReadable<P: Pattern>(_ pattern: P.Type) -> Bool {
        var stage = PatternStage<P>()
        let peer = stage.join()
        stage.hear(["", "words"], from: peer)
        _ = stage.receive()
        stage.lose(peer)
        _ = stage.join()
        return stage.pattern.canReceive
    }

    @Test("have nothing to be received")
    func areSilent() {
        #expect(!Self.isReadable(DealerPattern.self))
        #expect(!Self.isReadable(RouterPattern.self))
        #expect(!Self.isReadable(PullPattern.self))
        #expect(!Self.isReadable(PairPattern.self))
    }

    @Test("have nothing to be received by REP once the reply to the lost peer is dropped")
    func areSilentToRep() {
        var rep = PatternStage<RepPattern>()
        let peer = rep.join()
        rep.hear(["", "request"], from: peer)
        _ = rep.receive()
        rep.lose(peer)
        _ = rep.join()
        #expect(rep.send("reply") == .dropped)
        #expect(!rep.pattern.canReceive)
    }

    @Test("have nothing to be received by REQ once it has asked again")
    func areSilentToReq() {
        var req = PatternStage<ReqPattern>()
        let peer = req.join()
        _ = req.send("1")
        req.hear(["", "one"], from: peer)
        _ = req.receive()
        req.lose(peer)
        #expect(req.send("2") == .waits)
        let newcomer = req.join()
        #expect(req.send("2") == .to(newcomer))
        #expect(!req.pattern.canReceive)
    }

    @Test("have room, though the lost peer had none")
    func haveRoom() {
        var dealer = PatternStage<DealerPattern>()
        let peer = dealer.join(room: 0)
        #expect(dealer.send("x") == .waits)
        dealer.lose(peer)
        #expect(dealer.send(times: 1).isEmpty)
        let newcomer = dealer.join()
        #expect(dealer.send("x") == .to(newcomer))

        var router = PatternStage<RouterPattern>(PatternRules(isMandatory: true))
        let full = router.join("A", room: 0)
        #expect(router.send("x", to: .id("A")) == .waits)
        router.lose(full)
        let next = router.join("A")
        #expect(router.send("x", to: .id("A")) == .to(next))
    }
}
