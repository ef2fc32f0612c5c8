// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Pattern: turns, against a plain list")
struct RoundRobinModelTests {
    /// What turns are, said as simply as possible.
    struct Model {
        var order: [Int] = []
        var active: Set<Int> = []
        var turn: Int?

        func next(after peer: Int) -> Int? {
            guard let place = self.order.firstIndex(of: peer) else { return nil }
            let behind = self.order[(place + 1)...] + self.order[...place]
            return behind.first { self.active.contains($0) }
        }

        mutating func advance() {
            if let turn { self.turn = self.next(after: turn) }
        }

        mutating func add(_ peer: Int, isActive: Bool) {
            guard !self.order.contains(peer) else { return }
            self.order.append(peer)
            if isActive { self.activate(peer) }
        }

        mutating func activate(_ peer: Int) {
            guard self.order.contains(peer) else { return }
            self.active.insert(peer)
            if self.turn == nil { self.turn = peer }
        }

        mutating func deactivate(_ peer: Int) {
            self.active.remove(peer)
            if self.turn == peer { self.turn = self.next(after: peer) }
        }

        mutating func remove(_ peer: Int) {
            self.deactivate(peer)
            self.order.removeAll { $0 == peer }
        }
    }

    @Test("agrees with a list under any sequence of events", arguments: [3, 10, 70, 150], 0..<10 as Range<UInt64>)
    func agreesWithModel(peers: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ring = RoundRobin()
        var model = Model()
        for step in 0..<2000 {
            let peer = Int.random(in: 0..<peers, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                let isActive = Bool.random(using: &random)
                ring.add(peer, isActive: isActive)
                model.add(peer, isActive: isActive)
            case 1:
                ring.remove(peer)
                model.remove(peer)
            case 2, 3:
                ring.activate(peer)
                model.activate(peer)
            case 4, 5:
                ring.deactivate(peer)
                model.deactivate(peer)
            default:
                ring.advance()
                model.advance()
            }
            guard ring.current == model.turn, ring.hasActive == !model.active.isEmpty else {
                Issue.record("step \(step): \(String(describing: ring.current)), not \(String(describing: model.turn))")
                return
            }
        }
    }

    @Test(
        "lets nobody wait for more than one turn of every other, however the others flicker",
        arguments: 0..<20 as Range<UInt64>)
    func isFair(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let count = 6
        var ring = RoundRobin(0..<count)
        var waited = 0
        for _ in 0..<5000 {
            // Peer 0 is always active, the others come and go.
            let flickering = Int.random(in: 1..<count, using: &random)
            if Bool.random(using: &random) { ring.activate(flickering) } else { ring.deactivate(flickering) }
            waited = ring.current == 0 ? 0 : waited + 1
            #expect(waited < count)
            ring.advance()
        }
    }

    @Test("gives all who stay active the same number of turns")
    func isEven() {
        var ring = RoundRobin(0..<7)
        var turns = Array(repeating: 0, count: 7)
        for peer in ring.turns(7000) { turns[peer] += 1 }
        #expect(turns == Array(repeating: 1000, count: 7))
    }
}
