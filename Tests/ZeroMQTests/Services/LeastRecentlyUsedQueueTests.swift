// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQServices

@Suite("Queue of the idle, least recently used first")
struct LeastRecentlyUsedQueueTests {
    @Test("gives out in the order of coming")
    func keepsOrder() {
        var idle: LeastRecentlyUsedQueue = ["a", "b", "c"]
        #expect(drain(&idle) == ["a", "b", "c"])
        #expect(idle.take() == nil)
    }

    @Test("moves one that is idle already to the back, and counts it once")
    func movesToTheBack() {
        var idle: LeastRecentlyUsedQueue = ["a", "b", "c"]
        idle.add("a")
        #expect(idle.count == 3)
        #expect(drain(&idle) == ["b", "c", "a"])
    }

    @Test("forgets who is removed, wherever it stands", arguments: ["a", "b", "c"])
    func removes(name: String) {
        var idle: LeastRecentlyUsedQueue = ["a", "b", "c"]
        let wasThere = [idle.remove(name), idle.remove(name)]
        #expect(wasThere == [true, false])
        #expect(!idle.contains(name))
        #expect(drain(&idle) == ["a", "b", "c"].filter { $0 != name })
    }

    @Test("takes back who was removed or taken, at the back")
    func takesBack() {
        var idle: LeastRecentlyUsedQueue = ["a", "b", "c"]
        #expect(idle.take() == "a")
        idle.remove("b")
        idle.add("b")
        idle.add("a")
        #expect(drain(&idle) == ["c", "b", "a"])
    }

    @Test("gives everyone the same number of turns over a long run")
    func isFair() {
        var idle: LeastRecentlyUsedQueue<Int> = []
        var turns = Array(repeating: 0, count: 7)
        for worker in 0..<7 { idle.add(worker) }
        for _ in 0..<7_000 {
            guard let worker = idle.take() else { break }
            turns[worker] += 1
            idle.add(worker)
        }
        #expect(turns == Array(repeating: 1_000, count: 7))
    }

    @Test("agrees with a plain array under any sequence of operations", arguments: 0..<20 as Range<UInt64>)
    func agreesWithArray(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func draw(_ limit: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % limit
        }
        var idle = LeastRecentlyUsedQueue<UInt64>()
        var model: [UInt64] = []
        for _ in 0..<2_000 {
            let element = draw(12)
            switch draw(4) {
            case 0: #expect(idle.take() == (model.isEmpty ? nil : model.removeFirst()))
            case 1:
                let wasThere = idle.remove(element)
                #expect(wasThere == model.contains(element))
                model.removeAll { $0 == element }
            default:
                idle.add(element)
                model = model.filter { $0 != element } + [element]
            }
            #expect(idle.count == model.count)
            #expect(idle.isEmpty == model.isEmpty)
        }
        #expect(drain(&idle) == model)
    }

    private func drain<Element>(_ queue: inout LeastRecentlyUsedQueue<Element>) -> [Element] {
        var all: [Element] = []
        while let element = queue.take() { all.append(element) }
        return all
    }
}
