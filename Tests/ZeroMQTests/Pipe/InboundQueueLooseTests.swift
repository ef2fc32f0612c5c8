// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: many short messages of a connection wait before the mark counts")
struct InboundQueueLooseTests {
    private let owner = OwnerProbe()
    private let connection = TransportProbe()
    /// With its header of two octets, 128.
    private let message = Message([UInt8](repeating: 7, count: 126))
    private let enough = InboundQueue.looseBytes / 128

    private func queue(_ limit: Int, byteLimit: Int? = nil) -> InboundQueue {
        let queue = InboundQueue(limit: limit, byteLimit: byteLimit)
        queue.setWriter(.transport(self.connection))
        _ = queue.setReader(self.owner.end(7))
        return queue
    }

    private func push(_ count: Int, to queue: InboundQueue) {
        var batch = MessageQueue()
        let frames = wire(Array(repeating: self.message, count: count))
        batch.append(framesIn: ByteBuffer(bytes: frames), count: count)
        _ = queue.push(&batch)
    }

    @Test("with a mark of a thousand a connection is read until 512 KiB wait")
    func looseMark() {
        let queue = self.queue(1000)
        self.push(self.enough - 1, to: queue)
        #expect(self.enough > 4000)
        #expect(!queue.waitForRoom())
        self.push(1, to: queue)
        #expect(queue.waitForRoom())
    }

    @Test("the connection is read again once less than half of that waits, the reader's share included")
    func resumesReading() {
        let queue = self.queue(1000)
        self.push(self.enough, to: queue)
        #expect(queue.waitForRoom())
        #expect(queue.read().told == .nobody)
        #expect(queue.credit(500).told == .nobody)
        #expect(queue.credit(self.enough / 2 - 500).told == .nobody)
        #expect(queue.credit(1).told == .resumeReading("connection"))
        #expect(queue.credit(500).told == .nobody)
        #expect(!queue.waitForRoom())
        #expect(queue.read(consumed: self.enough / 2 - 501).told == .nobody)
    }

    @Test("what came after the reader took counts too")
    func countsBoth() {
        let queue = self.queue(1000)
        self.push(self.enough, to: queue)
        #expect(queue.read().told == .nobody)
        self.push(self.enough / 2, to: queue)
        #expect(queue.waitForRoom())
        #expect(queue.credit(self.enough / 2).told == .nobody)
        // With the rest of what it took, the reader takes what came meanwhile.
        #expect(queue.read(consumed: self.enough / 2).told == .nobody)
        #expect(queue.credit(1).told == .resumeReading("connection"))
    }

    @Test("a mark below a thousand is exact", arguments: [1, 2, 999])
    func exactMark(mark: Int) {
        let queue = self.queue(mark)
        self.push(mark - 1, to: queue)
        #expect(!queue.waitForRoom())
        self.push(1, to: queue)
        #expect(queue.waitForRoom())
        #expect(queue.read().told == .nobody)
        #expect(queue.read(consumed: mark).told == .resumeReading("connection"))
    }

    @Test("a mark lowered below a thousand counts at once")
    func lowersTheMark() {
        let queue = self.queue(1000)
        self.push(1000, to: queue)
        #expect(!queue.waitForRoom())
        _ = queue.setLimit(999)
        #expect(queue.waitForRoom())
    }

    @Test("a limit for octets counts whatever the mark")
    func byteLimit() {
        let queue = self.queue(1000, byteLimit: 128_000)
        self.push(999, to: queue)
        #expect(!queue.waitForRoom())
        self.push(1, to: queue)
        #expect(queue.waitForRoom())
        #expect(queue.read().told == .nobody)
        #expect(queue.credit(499).told == .nobody)
        #expect(queue.credit(1).told == .resumeReading("connection"))
    }

    @Test("the mark of messages that are not short counts as it is")
    func longMessages() {
        let queue = self.queue(1000)
        let long = Message([UInt8](repeating: 7, count: 1000))
        for _ in 0..<999 { _ = queue.push(long) }
        #expect(!queue.waitForRoom())
        _ = queue.push(long)
        #expect(queue.waitForRoom())
    }

    @Test("over inproc the mark is exact")
    func inproc() {
        let queue = InboundQueue(limit: 1000)
        _ = queue.setReader(self.owner.end(7))
        queue.setWriter(.socket(self.owner.end(9)))
        for _ in 0..<1000 { #expect(queue.offer("1").outcome != .full) }
        #expect(queue.offer("1").outcome == .full)
        #expect(queue.waitForRoom())
    }
}
