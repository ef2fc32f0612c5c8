// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Pattern: turns")
struct RoundRobinTests {
    @Test("gives active peers their turns in the order in which they came, over and over")
    func keepsOrder() {
        var ring = RoundRobin(0..<4)
        #expect(ring.turns(9) == [0, 1, 2, 3, 0, 1, 2, 3, 0])
    }

    @Test("names nobody while nobody is active")
    func isEmptyWithoutActivePeers() {
        var ring = RoundRobin()
        #expect(ring.current == nil)
        #expect(!ring.hasActive)
        ring.add(3, isActive: false)
        ring.advance()
        #expect(ring.current == nil)
        ring.activate(3)
        #expect(ring.turns(2) == [3, 3])
        ring.remove(3)
        #expect(ring.current == nil)
    }

    @Test("keeps the turn where it is while it is not taken")
    func turnStays() {
        let ring = RoundRobin(0..<3)
        #expect(ring.current == 0)
        #expect(ring.current == 0)
    }

    @Test("passes the turn of a peer that becomes inactive to the one behind it", arguments: 0..<4)
    func skipsInactivePeer(peer: Int) {
        var ring = RoundRobin(0..<4)
        _ = ring.turns(peer)
        ring.deactivate(peer)
        let rest = (1...3).map { (peer + $0) % 4 }
        #expect(ring.turns(6) == rest + rest)
    }

    @Test("leaves the others' order alone when a peer becomes inactive out of turn", arguments: 0..<4, 1..<4)
    func inactivityElsewhereChangesNothing(turn: Int, distance: Int) {
        var ring = RoundRobin(0..<4)
        _ = ring.turns(turn)
        let peer = (turn + distance) % 4
        ring.deactivate(peer)
        let rest = (0..<4).map { (turn + $0) % 4 }.filter { $0 != peer }
        #expect(ring.turns(6) == rest + rest)
    }

    @Test("never gives two turns in a row to one peer while others wait")
    func noDoubleTurn() {
        var ring = RoundRobin(0..<4)
        #expect(ring.turns(4) == [0, 1, 2, 3])
        ring.deactivate(0)
        #expect(ring.turns(3) == [1, 2, 3])
    }

    @Test("gives a peer that is active again its old place among the others")
    func returnsToItsPlace() {
        var ring = RoundRobin(0..<4)
        ring.deactivate(1)
        #expect(ring.turns(1) == [0])
        ring.activate(1)
        #expect(ring.turns(4) == [2, 3, 0, 1])
    }

    @Test("does not move the turn when another peer becomes active")
    func activationKeepsTurn() {
        var ring = RoundRobin(0..<3)
        ring.deactivate(0)
        ring.deactivate(1)
        #expect(ring.current == 2)
        ring.activate(0)
        #expect(ring.current == 2)
        #expect(ring.turns(3) == [2, 0, 2])
    }

    @Test("keeps the order of those who stay when one leaves", arguments: 0..<4, 0..<4)
    func leavingKeepsOrder(turn: Int, leaver: Int) {
        var ring = RoundRobin(0..<4)
        _ = ring.turns(turn)
        ring.remove(leaver)
        let rest = (0..<4).map { (turn + $0) % 4 }.filter { $0 != leaver }
        #expect(ring.turns(6) == rest + rest)
        #expect(!ring.contains(leaver))
    }

    @Test("puts newcomers behind those who are there, whatever their number")
    func newcomersComeLast() {
        var ring = RoundRobin(0..<3)
        ring.remove(0)
        ring.add(0, isActive: true)
        ring.add(7, isActive: true)
        #expect(ring.turns(5) == [1, 2, 0, 7, 1])
    }

    @Test("takes no notice of a peer that it does not know, or knows already")
    func ignoresStrangers() {
        var ring = RoundRobin(0..<2)
        ring.activate(9)
        ring.deactivate(9)
        ring.remove(9)
        ring.add(1, isActive: true)
        ring.activate(0)
        #expect(ring.turns(4) == [0, 1, 0, 1])
        ring.remove(0)
        ring.activate(0)
        #expect(ring.turns(2) == [1, 1])
    }

    @Test("skips any number of inactive peers", arguments: [63, 64, 65, 128, 200, 1000])
    func skipsMany(count: Int) {
        var ring = RoundRobin(0..<count)
        for peer in 0..<count where peer != 5 && peer != count - 1 { ring.deactivate(peer) }
        #expect(ring.turns(4) == [5, count - 1, 5, count - 1])
    }
}

extension RoundRobin {
    /// Active peers.
    init(_ peers: Range<Int>) {
        self.init()
        for peer in peers { self.add(peer, isActive: true) }
    }

    /// Takes as many turns.
    mutating func turns(_ count: Int) -> [Int] {
        (0..<count).compactMap { _ in
            defer { self.advance() }
            return self.current
        }
    }
}
