// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: only the newest message, ZMQ_CONFLATE")
struct ConflatingQueueTests {
    private static let large = Message(pattern(OutgoingQueue.referencedSize))

    @Test("a message for a connection replaces the one that waits, however large", arguments: [true, false])
    func outgoing(isLarge: Bool) {
        var queue = OutgoingQueue(limit: 1, byteLimit: 1, conflates: true)
        for _ in 0..<1000 { #expect(queue.offer(isLarge ? Self.large : "old") == .accepted) }
        #expect(queue.offer("new") == .accepted)
        let (count, replaced) = (queue.count, queue.replaced)
        #expect(count == 1)
        #expect(replaced == 1000)
        #expect(queue.attach() == true)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("new"), messages: 1, makesRoom: false))
        #expect(queue.takeAndRecycle() == .nothing)
    }

    @Test("one that the connection has taken is not replaced")
    func underWay() {
        var queue = OutgoingQueue(limit: 1, conflates: true)
        _ = queue.attach()
        #expect(queue.offer("1") == .acceptedFlushDue)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1"), messages: 1, makesRoom: false))
        #expect(queue.offer("2") == .accepted)
        #expect(queue.offer("3") == .accepted)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("3"), messages: 1, makesRoom: false))
        let replaced = queue.replaced
        #expect(replaced == 1)
    }

    @Test("there is always room, until the queue drains or closes")
    func room() {
        var queue = OutgoingQueue(limit: 1, conflates: true)
        _ = queue.offer("1")
        let (room, waits) = (queue.room, queue.waitForRoom())
        #expect(room > 1_000_000)
        #expect(waits == false)
        #expect(queue.startDraining() == false)
        #expect(queue.offer("2") == .closed)
        #expect(queue.attach() == true)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1"), messages: 1, makesRoom: false))
        #expect(queue.takeAndRecycle() == .drained)
        #expect(queue.close() == 0)
    }

    @Test("what is sent first on every connection is not replaced")
    func welcome() {
        var queue = OutgoingQueue(limit: 1, conflates: true)
        #expect(queue.attach(welcome: "hello") == true)
        _ = queue.offer("1")
        _ = queue.offer("2")
        #expect(queue.takeAndRecycle() == .segment(octets: wire("hello"), messages: 0, makesRoom: false))
        #expect(queue.takeAndRecycle() == .segment(octets: wire("2"), messages: 1, makesRoom: false))
    }

    private static func waiting(in queue: InboundQueue) -> [String] {
        var local = MessageQueue()
        _ = queue.refill(&local, consumed: 0)
        var texts: [String] = []
        while let message = local.popFirst() { texts.append(message.text) }
        return texts
    }

    @Test("of a batch that came the last message stays, and replaces the one before")
    func inbound() {
        let queue = InboundQueue(limit: 1, byteLimit: 1, rule: .conflate)
        for numbers in [0..<3, 3..<4, 4..<10] {
            var batch = MessageQueue()
            for number in numbers { batch.append(Message(number: number)) }
            #expect(queue.push(&batch).told == .nobody)
            #expect(queue.count == 1)
            #expect(queue.waitForRoom() == false)
        }
        #expect(queue.replaced == 9)
        #expect(Self.waiting(in: queue) == ["9"])
    }

    @Test("over inproc the same")
    func direct() {
        let queue = InboundQueue(limit: 1, rule: .conflate)
        for number in 0..<5 {
            #expect(queue.offer(Message(number: number)).outcome == .accepted(.nobody))
            var writer = InprocRunWriter()
            #expect(queue.offerQuickly("x", &writer) == false)
        }
        #expect(queue.replaced == 4)
        #expect(Self.waiting(in: queue) == ["4"])
    }

    @Test("a queue that starts to conflate keeps the newest of what waits")
    func starts() {
        let queue = InboundQueue(limit: 3)
        for number in 0..<3 { _ = queue.offer(Message(number: number)) }
        #expect(queue.offer("full").outcome == .full)
        queue.startConflating()
        #expect(queue.count == 1)
        #expect(queue.offer("next").outcome == .accepted(.nobody))
        #expect(queue.replaced == 3)
        #expect(Self.waiting(in: queue) == ["next"])
    }

    @Test("a farewell comes behind everything, once the writer is gone")
    func farewell() {
        let queue = InboundQueue(limit: 1)
        queue.setFarewell("bye")
        _ = queue.offer("last")
        _ = queue.end()
        #expect(Self.waiting(in: queue) == ["last", "bye"])
        #expect(queue.isExhausted)
        let abandoned = InboundQueue(limit: 1)
        abandoned.setFarewell("bye")
        _ = abandoned.closeReading()
        _ = abandoned.end()
        #expect(Self.waiting(in: abandoned).isEmpty)
    }
}
