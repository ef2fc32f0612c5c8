// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: messages that a connection is told of later")
struct OutgoingQueueHoldTests {
    @Test("are held once, and the connection is told of them once")
    func holds() {
        var queue = OutgoingQueue.connected()
        #expect(queue.offerQuickly("1", holding: true) == .acceptedHeld)
        #expect(queue.offerQuickly("2", holding: true) == .accepted)
        #expect(queue.offerQuickly("3") == .accepted)
        #expect(queue.releaseHold() == true)
        #expect(queue.releaseHold() == false)
        #expect(queue.offerQuickly("4", holding: true) == .accepted)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1", "2", "3", "4"), messages: 4, makesRoom: false))
        #expect(queue.takeAndRecycle() == .nothing)
        #expect(queue.offerQuickly("5", holding: true) == .acceptedHeld)
    }

    @Test("are not held while the connection is at it")
    func isTold() {
        var queue = OutgoingQueue.connected()
        #expect(queue.offerQuickly("1") == .acceptedFlushDue)
        #expect(queue.offerQuickly("2", holding: true) == .accepted)
        #expect(queue.releaseHold() == false)
    }

    @Test("leave with one that is not held, if it takes the long way")
    func joins() {
        var queue = OutgoingQueue.connected()
        #expect(queue.offerQuickly("1", holding: true) == .acceptedHeld)
        #expect(queue.offer("2") == .acceptedFlushDue)
        #expect(queue.releaseHold() == false)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1", "2"), messages: 2, makesRoom: false))
    }

    @Test("are not held where the mark counts")
    func smallMarks() {
        for limit in [1, 10, OutgoingQueue.smallestLooseMark - 1] {
            var queue = OutgoingQueue.connected(limit: limit)
            #expect(queue.offerQuickly("1", holding: true) == .acceptedFlushDue)
        }
        var queue = OutgoingQueue.connected(limit: OutgoingQueue.smallestLooseMark)
        #expect(queue.offerQuickly("1", holding: true) == .acceptedHeld)
    }

    @Test("leave once a segment is full")
    func segments() {
        var queue = OutgoingQueue.connected()
        let message = Message(Message.Part(size: 1000))
        var accepted = 0
        var admission = queue.offerQuickly(message, holding: true)
        // Where memory must grow the long way is taken, which holds nothing.
        while admission == .acceptedHeld || admission == .accepted {
            accepted += 1
            admission = queue.offerQuickly(message, holding: true)
        }
        #expect(accepted > 0)
        if admission == .full { admission = queue.offer(message) }
        #expect(admission == .acceptedFlushDue)
        #expect(accepted <= OutgoingQueue.segmentSize / 1000)
    }

    @Test("leave when nothing more is taken, and wait for the next connection if this one ends")
    func ends() {
        var queue = OutgoingQueue.connected()
        _ = queue.offerQuickly("1", holding: true)
        #expect(queue.startDraining() == true)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1"), messages: 1, makesRoom: false))
        #expect(queue.takeAndRecycle() == .drained)

        var other = OutgoingQueue.connected()
        _ = other.offerQuickly("1", holding: true)
        other.detach()
        #expect(other.releaseHold() == false)
        #expect(other.offerQuickly("2", holding: true) == .accepted)
        #expect(other.attach() == true)
        #expect(other.releaseHold() == false)
    }
}
