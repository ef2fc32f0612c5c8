// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: so many messages that who sends them writes them")
struct FloodTests {
    private static func flooded(limit: Int? = nil) -> OutgoingQueue {
        var queue = OutgoingQueue.connected(limit: limit)
        _ = queue.setFlooded(true)
        return queue
    }

    /// Offers messages of 1,000 octets until the connection is to be told; how many those were.
    private static func fill(_ queue: inout OutgoingQueue, quickly: Bool = false) -> Int {
        for count in 1...100 {
            let message = Message(Message.Part(size: 1000))
            var admission = quickly ? queue.offerQuickly(message) : queue.offer(message)
            if admission == .full { admission = queue.offer(message) }
            if admission == .acceptedFlushDue { return count }
            #expect(admission == .accepted)
        }
        return 0
    }

    @Test("are told of once a segment is full", arguments: [true, false])
    func fullSegment(quickly: Bool) {
        var queue = Self.flooded()
        for _ in 0..<5 {
            let count = Self.fill(&queue, quickly: quickly)
            #expect(count == (OutgoingQueue.segmentSize + 1008) / 1009)
            guard case .segment(let segment, _) = queue.take() else {
                Issue.record("nothing was there")
                return
            }
            #expect(segment.messages == count)
            #expect(segment.isFull)
            #expect(queue.conclude(segment) == false)
        }
    }

    @Test("what came while a full segment was written is held too")
    func behindSegment() {
        var queue = Self.flooded()
        _ = Self.fill(&queue)
        guard case .segment(let segment, _) = queue.take() else {
            Issue.record("nothing was there")
            return
        }
        #expect(queue.offer("late") == .accepted)
        #expect(queue.conclude(segment) == false)
        #expect(queue.offer("later") == .accepted)
        #expect(queue.setFlooded(false).isDue == true)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("late", "later"), messages: 2, makesRoom: false))
    }

    @Test("what fills a segment while another one is written is to be written after it")
    func nextSegment() {
        var queue = Self.flooded()
        _ = Self.fill(&queue)
        guard case .segment(let segment, _) = queue.take() else {
            Issue.record("nothing was there")
            return
        }
        for _ in 0..<70 { #expect(queue.offer(Message(Message.Part(size: 1000))) == .accepted) }
        #expect(queue.conclude(segment) == true)
    }

    @Test("the connection flushes what is held when the flood is over, once")
    func isOver() {
        var queue = Self.flooded()
        #expect(queue.offer("1") == .accepted)
        #expect(queue.setFlooded(true).isDue == false)
        #expect(queue.setFlooded(false).isDue == true)
        #expect(queue.setFlooded(false).isDue == false)
        #expect(queue.offer("2") == .accepted)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1", "2"), messages: 2, makesRoom: false))
        #expect(queue.takeAndRecycle() == .nothing)
        #expect(queue.offer("3") == .acceptedFlushDue)
    }

    @Test("what is held for an answer is not let go of where there was no flood")
    func othersHold() {
        var queue = Self.flooded()
        _ = queue.setFlooded(false)
        #expect(queue.offerQuickly("1", holding: true) == .acceptedHeld)
        #expect(queue.setFlooded(false).isDue == false)
        #expect(queue.releaseHold() == true)
    }

    @Test("a large part ends it, and leaves with all that came before", arguments: [true, false])
    func largePart(behindOthers: Bool) {
        var queue = Self.flooded()
        if behindOthers { #expect(queue.offer("1") == .accepted) }
        #expect(queue.offer(Message(Message.Part(size: OutgoingQueue.referencedSize))) == .acceptedFlushDue)
        #expect(queue.isFlooded == false)
    }

    @Test("closing makes what is held leave")
    func draining() {
        var queue = Self.flooded()
        #expect(queue.offer("1") == .accepted)
        #expect(queue.startDraining() == true)
        guard case .segment(let segment, _) = queue.take() else {
            Issue.record("nothing was there")
            return
        }
        #expect(queue.conclude(segment) == true)
        #expect(queue.takeAndRecycle() == .drained)
    }

    @Test("there is none where the mark is small, without a connection, and with the next one")
    func conditions() {
        var small = Self.flooded(limit: OutgoingQueue.smallestLooseMark - 1)
        #expect(small.offer("1") == .acceptedFlushDue)
        var queue = Self.flooded()
        queue.detach()
        #expect(queue.setFlooded(true).isDue == false)
        #expect(queue.isFlooded == false)
        _ = queue.attach()
        #expect(queue.offer("1") == .acceptedFlushDue)
    }

    @Test("a flood is 256 KiB between two looks; the last look is the first that finds less after another such")
    func gauge() {
        var gauge = FloodGauge(taken: 1000)
        #expect(gauge.isFlood == false)
        #expect(gauge.look(taken: 1000 + FloodGauge.least - 1) == false)
        #expect(gauge.isFlood == false)
        #expect(gauge.look(taken: 999 + 2 * FloodGauge.least) == true)
        #expect(gauge.isFlood == true)
        #expect(gauge.look(taken: 999 + 2 * FloodGauge.least + 65_536) == true)
        #expect(gauge.isFlood == false)
        #expect(gauge.look(taken: 999 + 2 * FloodGauge.least + 65_536) == false)
    }
}
