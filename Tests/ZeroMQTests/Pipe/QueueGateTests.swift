// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Pipe: the high-water mark")
struct QueueGateTests {
    @Test("lets in as many messages as the mark says, and no more", arguments: [1, 2, 3, 1000])
    func admitsUpToTheMark(mark: Int) {
        var gate = QueueGate(limit: mark)
        let admitted = (0..<(mark + 3)).count { _ in gate.admit() }
        #expect(admitted == mark)
        #expect(gate.held == mark)
    }

    @Test("without a mark, lets in everything")
    func unlimited() {
        var gate = QueueGate(limit: nil)
        let admitted = (0..<10_000).count { _ in gate.admit() }
        #expect(admitted == 10_000)
        #expect(gate.refuse() == false)
        #expect(gate.room == Int.max - 10_000)
        #expect(gate.release(10_000) == false)
    }

    @Test("takes a mark below one for one", arguments: [1, 0, -5])
    func smallestMark(mark: Int) {
        var gate = QueueGate(limit: mark)
        #expect(gate.admit() == true)
        #expect(gate.admit() == false)
        #expect(gate.release(1) == true)
        #expect(gate.admit() == true)
    }

    @Test(
        "tells a refused writer when half of the mark is free, rounded up as in libzmq",
        arguments: [1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 10: 5, 1000: 500])
    func wakesAtHalf(mark: Int, released: Int) {
        var gate = QueueGate(limit: mark)
        for _ in 0..<mark { _ = gate.admit() }
        #expect(gate.admit() == false)
        for _ in 1..<released { #expect(gate.release(1) == false) }
        #expect(gate.room == 0)
        #expect(gate.release(1) == true)
        #expect(gate.room == released)
    }

    @Test("keeps refusing until then, though there is room for a message")
    func staysRefused() {
        var gate = QueueGate(limit: 4)
        for _ in 0..<5 { _ = gate.admit() }
        #expect(gate.release(1) == false)
        #expect(gate.admit() == false)
        #expect(gate.held == 3)
        #expect(gate.release(1) == true)
        #expect(gate.admit() == true)
    }

    @Test("tells a refused writer once, and nobody if nobody was refused")
    func tellsOnce() {
        var gate = QueueGate(limit: 4)
        for _ in 0..<4 { _ = gate.admit() }
        #expect(gate.release(2) == false)
        for _ in 0..<3 { _ = gate.admit() }
        #expect(gate.hasRefused)
        #expect(gate.release(3) == true)
        #expect(gate.release(1) == false)
        #expect(!gate.hasRefused)
    }

    @Test("refuses a writer that found no room, but not one for which there is room by now")
    func refusesOnlyWithoutRoom() {
        var gate = QueueGate(limit: 2)
        gate.enter(2)
        #expect(gate.room == 0)
        _ = gate.release(1)
        #expect(gate.refuse() == false)
        #expect(!gate.hasRefused)
        gate.enter(1)
        #expect(gate.refuse() == true)
        #expect(gate.refuse() == true)
        #expect(gate.release(1) == true)
    }

    @Test("counts a batch beyond the mark, and tells the writer when half of the mark is free")
    func countsBeyondTheMark() {
        var gate = QueueGate(limit: 4)
        gate.enter(9)
        #expect(gate.room == 0 && gate.held == 9)
        #expect(gate.refuse() == true)
        #expect(gate.release(6) == false)
        #expect(gate.release(1) == true)
    }

    @Test("a higher mark tells a refused writer if half of it is free; a lower one keeps the queue full until drained")
    func marksChange() {
        var gate = QueueGate(limit: 4)
        for _ in 0..<5 { _ = gate.admit() }
        var raised = gate
        #expect(raised.setLimit(7) == false)
        #expect(raised.setLimit(8) == true)
        #expect(raised.room == 4)
        var without = gate
        #expect(without.setLimit(nil) == true)
        var lowered = gate
        #expect(lowered.setLimit(2) == false)
        #expect(lowered.release(2) == false)
        #expect(lowered.admit() == false)
        #expect(lowered.release(1) == true)
        #expect(lowered.room == 1)
    }

    @Test(
        "under any sequence of events counts what came less what left, and never leaves a writer waiting for nothing",
        arguments: 0..<30 as Range<UInt64>)
    func agreesWithModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var mark = Int.random(in: 1...9, using: &random)
        var gate = QueueGate(limit: mark)
        var held = 0
        var isWaiting = false
        for _ in 0..<3000 {
            var isTold = false
            switch Int.random(in: 0..<8, using: &random) {
            case 0...3:
                let isAdmitted = gate.admit()
                #expect(isAdmitted == (held < mark && !isWaiting))
                if isAdmitted { held += 1 } else { isWaiting = true }
            case 4:
                let batch = Int.random(in: 0...gate.room, using: &random)
                gate.enter(batch)
                held += batch
            case 5:
                if gate.refuse() { isWaiting = true }
            case 6 where Int.random(in: 0..<10, using: &random) == 0:
                mark = Int.random(in: 1...9, using: &random)
                isTold = gate.setLimit(mark)
            default:
                let left = Int.random(in: 0...held, using: &random)
                held -= left
                isTold = gate.release(left)
            }
            #expect(!isTold || isWaiting)
            if isTold { isWaiting = false }
            #expect(gate.held == held)
            #expect(gate.hasRefused == isWaiting)
            // Who waits can count on messages to leave: some are there.
            #expect(!isWaiting || held > 0)
        }
    }
}
