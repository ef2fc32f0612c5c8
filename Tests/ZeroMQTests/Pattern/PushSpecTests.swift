// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 30, the PUSH socket type")
struct PushSpecTests {
    @Test("SHALL send to its peers in turn, in the order in which they came")
    func sendsInTurn() {
        var push = PatternStage<PushPattern>()
        let peers = (0..<3).map { _ in push.join() }
        #expect(push.send(times: 7) == peers + peers + [peers[0]])
    }

    @Test("SHALL take no message while it has no peer with room, and SHALL NOT discard any")
    func waits() {
        var push = PatternStage<PushPattern>()
        #expect(push.send("job") == .waits)
        let peer = push.join(room: 1)
        #expect(push.send("job") == .to(peer))
        #expect(push.send("job") == .waits)
        #expect(!push.pattern.canSend)
        push.makeRoom(for: 1, at: peer)
        #expect(push.pattern.canSend)
        #expect(push.send("job") == .to(peer))
    }

    @Test("SHALL NOT send to a peer whose queue is full, while the others keep their order", arguments: 0..<4)
    func skipsFullPeer(full: Int) {
        var push = PatternStage<PushPattern>()
        let peers = (0..<4).map { push.join(room: $0 == full ? 2 : .max) }
        let rest = peers.filter { $0 != full }
        #expect(push.send(times: 14) == peers + peers + rest + rest)
    }

    @Test("SHALL give a peer with room again its old place in the order")
    func returnsToItsPlace() {
        var push = PatternStage<PushPattern>()
        let peers = [push.join(), push.join(room: 0), push.join()]
        #expect(push.send(times: 3) == [peers[0], peers[2], peers[0]])
        push.makeRoom(for: 9, at: peers[1])
        #expect(push.send(times: 4) == [peers[2], peers[0], peers[1], peers[2]])
    }

    @Test("SHALL NOT send to a peer that has gone, not even when it announces room", arguments: 0..<3)
    func forgetsLostPeer(lost: Int) {
        var push = PatternStage<PushPattern>()
        let peers = (0..<3).map { _ in push.join() }
        push.lose(peers[lost])
        push.announceRoom(at: peers[lost])
        let rest = peers.filter { $0 != lost }
        #expect(push.send(times: 4) == rest + rest)
    }

    @Test("SHALL NOT receive: it throws away what peers send, and asking is an error")
    func receivesNothing() {
        var push = PatternStage<PushPattern>()
        let peer = push.join()
        push.hear("noise", from: peer)
        #expect(!PushPattern.receives)
        #expect(push.pattern.receivingFault?.code == .notSupported)
        #expect(!push.pattern.canReceive && push.pattern.source == nil)
    }
}
