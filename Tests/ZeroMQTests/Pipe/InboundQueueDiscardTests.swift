// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: messages that no socket wants")
struct InboundQueueDiscardTests {
    private let owner = OwnerProbe()

    @Test("for a socket that does not receive, takes any number of messages and keeps none")
    func discards() {
        let queue = InboundQueue(limit: 1, rule: .discard)
        #expect(queue.setReader(self.owner.end(7)).told == .nobody)
        for _ in 0..<10 {
            #expect(queue.room(atMost: 100) == 100)
            #expect(queue.push("1", "2") == .nobody)
            #expect(queue.offer("3").outcome == .accepted(.nobody))
            #expect(!queue.waitForRoom())
        }
        #expect(queue.count == 0)
    }

    @Test("a batch that is thrown away is gone from the writer's hands too")
    func emptiesBatch() {
        let queue = InboundQueue(limit: 1, rule: .discard)
        var batch = MessageQueue(["1", "2"])
        _ = queue.push(&batch)
        #expect(batch.takeAll() == [])
    }

    @Test("throws away what waits and what comes once the reader is gone for good, and tells it nothing more")
    func closesReading() {
        let queue = InboundQueue(limit: 4)
        queue.setWriter(.socket(self.owner.end(9)))
        _ = queue.setReader(self.owner.end(7))
        _ = queue.push("1", "2")
        #expect(queue.closeReading().told == .nobody)
        #expect(queue.count == 0)
        #expect(queue.offer("3").outcome == .closed)
        #expect(queue.push("3") == .nobody)
        #expect(queue.end().told == .nobody)
        #expect(queue.read().messages == [])
    }

    @Test("has not ended because the reader is gone for good, but once the writer has")
    func closingIsNotTheEnd() {
        let queue = InboundQueue(limit: 4)
        queue.setWriter(.transport(TransportProbe()))
        #expect(queue.closeReading().told == .nobody)
        // Whoever joined the pipe at that moment comes later.
        #expect(queue.setReader(self.owner.end(7)).told == .nobody)
        #expect(!queue.read().hasEnded)
        #expect(!queue.isExhausted)
        #expect(queue.end().told == .nobody)
        #expect(queue.read().hasEnded)
        #expect(queue.isExhausted)
    }

    @Test(
        "tells a connection that waits for room when the reader is gone, however much the reader had taken",
        arguments: 0...4)
    func closingReleasesConnection(taken: Int) {
        let queue = InboundQueue(limit: 4)
        queue.setWriter(.transport(TransportProbe()))
        _ = queue.setReader(self.owner.end(7))
        let messages = (0..<4).map { Message("\($0)") }
        _ = queue.push(Array(messages[..<taken]))
        _ = queue.read()
        _ = queue.push(Array(messages[taken...]))
        #expect(queue.waitForRoom())
        #expect(queue.closeReading().told == .resumeReading("connection"))
        #expect(queue.closeReading().told == .nobody)
        #expect(queue.room(atMost: 100) == 100)
    }

    @Test(
        "tells a socket that waits for room when the reader is gone, however much the reader had taken",
        arguments: 0...4)
    func closingReleasesSocket(taken: Int) {
        let queue = InboundQueue(limit: 4)
        queue.setWriter(.socket(self.owner.end(9)))
        _ = queue.setReader(self.owner.end(7))
        for number in 0..<4 {
            if number == taken { _ = queue.read() }
            _ = queue.offer(Message("\(number)"))
        }
        if taken == 4 { _ = queue.read() }
        #expect(queue.offer("too many").outcome == .full)
        #expect(queue.closeReading().told == .writable(9))
        #expect(queue.offer("too many").outcome == .closed)
    }
}
