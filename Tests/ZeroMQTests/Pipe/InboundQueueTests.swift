// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: messages on their way to a socket")
struct InboundQueueTests {
    private let owner = OwnerProbe()
    private let connection = TransportProbe()

    private func queue(limit: Int? = 4, discards: Bool = false) -> InboundQueue {
        let queue = InboundQueue(limit: limit, rule: discards ? .discard : .keep)
        queue.setWriter(.transport(self.connection))
        _ = queue.setReader(self.owner.end(7))
        return queue
    }

    // MARK: Waking the reader

    @Test("tells a sleeping reader of the first batch, and of no other until it has found nothing")
    func wakesReaderOnce() {
        let queue = self.queue(limit: nil)
        #expect(queue.push("1") == .readable(7))
        #expect(queue.push("2") == .nobody)
        #expect(queue.read().messages == ["1", "2"])
        #expect(queue.push("3") == .nobody)
        #expect(queue.read().messages == ["3"])
        #expect(queue.read().messages == [])
        #expect(queue.push("4", "5") == .readable(7))
    }

    @Test("tells the reader by the same rule of messages that are offered one by one")
    func wakesReaderOfOffers() {
        let queue = self.queue()
        #expect(queue.offer("1").outcome == .accepted(.readable(7)))
        #expect(queue.offer("2").outcome == .accepted(.nobody))
        #expect(queue.read().messages == ["1", "2"])
        #expect(queue.read().messages == [])
        #expect(queue.offer("3").outcome == .accepted(.readable(7)))
    }

    @Test("takes of many messages as many as there is room for, and asks for no others")
    func takesMany() {
        let queue = self.queue()
        var asked: [Int] = []
        var writer = InprocRunWriter()
        func offer(_ count: Int) -> Int {
            queue.offerQuickly(count, &writer) { number in
                asked.append(number)
                return Message(number: number)
            }
        }
        #expect(offer(3) == 0, "somebody must be woken")
        _ = queue.offer("first")
        #expect(offer(0) == 0)
        #expect(offer(5) == 3)
        #expect(asked == [0, 1, 2])
        #expect(offer(5) == 0)
        #expect(queue.read().messages == ["first", "0", "1", "2"])
        _ = queue.end()
        #expect(offer(1) == 0)
        #expect(asked == [0, 1, 2])
    }

    @Test("tells nobody before there is a reader, who is then told of what waits, once")
    func readerComesLate() {
        let queue = InboundQueue(limit: nil)
        #expect(queue.push("1") == .nobody)
        #expect(queue.setReader(self.owner.end(3)).told == .readable(3))
        #expect(queue.push("2") == .nobody)
        #expect(queue.read().messages == ["1", "2"])
    }

    @Test("tells a new reader nothing if nothing waits")
    func readerComesEarly() {
        let queue = InboundQueue(limit: nil)
        #expect(queue.setReader(self.owner.end(3)).told == .nobody)
        #expect(queue.push("1") == .readable(3))
    }

    @Test("puts what is refilled behind what the reader still has")
    func refillAppends() {
        let queue = self.queue(limit: nil)
        var local = MessageQueue(["0"])
        _ = queue.push("1", "2")
        _ = queue.refill(&local, consumed: 0)
        #expect(local.takeAll() == ["0", "1", "2"])
        #expect(queue.count == 0)
    }

    // MARK: Room

    @Test("has room for as many messages as the mark says, those that the reader took and has not used included")
    func roomIsCounted() {
        let queue = self.queue(limit: 4)
        #expect(queue.room(atMost: 100) == 4)
        #expect(queue.room(atMost: 3) == 3)
        _ = queue.push("1", "2", "3")
        #expect(queue.room(atMost: 100) == 1)
        #expect(queue.read().messages.count == 3)
        #expect(queue.room(atMost: 100) == 1)
        #expect(queue.credit(2).told == .nobody)
        #expect(queue.room(atMost: 100) == 3)
        #expect(queue.read(consumed: 1).messages == [])
        #expect(queue.room(atMost: 100) == 4)
    }

    @Test(
        "tells a connection that waits for room once half of the mark is free, by credit or by refill",
        arguments: [true, false])
    func resumesReading(byCredit: Bool) {
        let queue = self.queue(limit: 4)
        _ = queue.push("1", "2", "3", "4")
        #expect(queue.waitForRoom())
        #expect(queue.read().told == .nobody)
        #expect(queue.credit(1).told == .nobody)
        #expect(queue.room(atMost: 100) == 0)
        #expect((byCredit ? queue.credit(1).told : queue.read(consumed: 1).told) == .resumeReading("connection"))
        #expect(queue.credit(1).told == .nobody)
        #expect(queue.room(atMost: 100) == 3)
    }

    @Test("does not let a connection wait for which there is room by now")
    func roomInBetween() {
        let queue = self.queue(limit: 1)
        _ = queue.push("1")
        #expect(queue.room(atMost: 100) == 0)
        _ = queue.read()
        #expect(queue.credit(1).told == .nobody)
        #expect(!queue.waitForRoom())
        #expect(queue.room(atMost: 100) == 1)
    }

    @Test("refuses offers beyond the mark and tells the socket that sends once half of it is free")
    func refusesOffers() {
        let queue = self.queue(limit: 2)
        queue.setWriter(.socket(self.owner.end(9)))
        #expect(queue.offer("1").outcome == .accepted(.readable(7)))
        #expect(queue.offer("2").outcome == .accepted(.nobody))
        #expect(queue.offer("3").outcome == .full)
        #expect(queue.read().messages == ["1", "2"])
        #expect(queue.offer("3").outcome == .full)
        #expect(queue.credit(1).told == .writable(9))
        #expect(queue.credit(1).told == .nobody)
        #expect(queue.offer("3").outcome == .accepted(.nobody))
    }

    @Test("with a mark of one, every message but the first waits for the one before")
    func markOfOne() {
        let queue = self.queue(limit: 1)
        queue.setWriter(.socket(self.owner.end(9)))
        for number in 0..<5 {
            #expect(queue.offer(Message("\(number)")).outcome == .accepted(.readable(7)))
            #expect(queue.offer("too many").outcome == .full)
            #expect(queue.read().messages == [Message("\(number)")])
            #expect(queue.read(consumed: 1).told == .writable(9))
        }
    }

    @Test("takes a batch beyond the mark that has left the network already")
    func takesTheRest() {
        let queue = self.queue(limit: 1)
        _ = queue.push("1", "2", "3")
        #expect(queue.waitForRoom())
        #expect(queue.read().messages == ["1", "2", "3"])
        #expect(queue.credit(2).told == .nobody)
        #expect(queue.credit(1).told == .resumeReading("connection"))
    }

    @Test("tells the writer that is there by now, and nobody if there is none")
    func writersChange() {
        let queue = self.queue(limit: 1)
        _ = queue.push("1")
        #expect(queue.waitForRoom())
        queue.setWriter(.none)
        #expect(queue.read().messages == ["1"])
        #expect(queue.credit(1).told == .nobody)
        queue.setWriter(.transport(TransportProbe("next")))
        #expect(queue.room(atMost: 9) == 1)
        _ = queue.push("2")
        #expect(queue.waitForRoom())
        _ = queue.read()
        #expect(queue.credit(1).told == .resumeReading("next"))
    }

    @Test("tells a writer that waits when the mark is raised far enough")
    func raisesTheMark() {
        let queue = self.queue(limit: 2)
        queue.setWriter(.socket(self.owner.end(9)))
        for message in ["1", "2", "3"] as [Message] { _ = queue.offer(message) }
        #expect(queue.setLimit(3).told == .nobody)
        #expect(queue.setLimit(4).told == .writable(9))
        #expect(queue.setLimit(nil).told == .nobody)
        #expect(queue.offer("3").outcome == .accepted(.nobody))
    }

    // MARK: The end

    @Test("tells a sleeping reader of the end, once")
    func tellsOfTheEnd() {
        let queue = self.queue()
        #expect(!queue.read().hasEnded)
        #expect(queue.end().told == .readable(7))
        #expect(queue.end().told == .nobody)
        #expect(queue.read().hasEnded)
    }

    @Test("hands over what waits before it says that it has ended")
    func endsBehindMessages() {
        let queue = self.queue()
        _ = queue.push("1", "2")
        // Told in any case: a reader that was woken, and has not read yet, may never read.
        #expect(queue.end().told == .readable(7))
        let (messages, _, hasEnded) = queue.read()
        #expect(messages == ["1", "2"])
        #expect(!hasEnded)
        #expect(queue.read(consumed: 2).hasEnded)
    }

    @Test("is exhausted once it has ended and nothing waits, and then for good")
    func isExhausted() {
        let queue = self.queue()
        #expect(!queue.isExhausted)
        _ = queue.push("1")
        _ = queue.end()
        #expect(!queue.isExhausted)
        _ = queue.read()
        #expect(queue.isExhausted)
        _ = queue.push("late")
        #expect(queue.isExhausted)
    }

    @Test("takes nothing more after the end")
    func takesNothingAfterTheEnd() {
        let queue = self.queue()
        _ = queue.end()
        #expect(queue.offer("late").outcome == .closed)
        #expect(queue.push("late") == .nobody)
        #expect(queue.count == 0)
        #expect(queue.read().messages == [])
    }

    @Test("tells a reader who comes after the end")
    func readerComesAfterTheEnd() {
        let queue = InboundQueue(limit: nil)
        #expect(queue.end().told == .nobody)
        #expect(queue.setReader(self.owner.end(3)).told == .readable(3))
        #expect(queue.read().hasEnded)
    }
}
