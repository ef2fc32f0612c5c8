// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("Pipe: messages over inproc that cost no lock")
struct InprocRunTests {
    /// A queue between two sockets, as these see it.
    struct Line: ~Copyable {
        let queue: InboundQueue
        let owner = OwnerProbe()
        var writer = InprocRunWriter()
        var local = MessageQueue()
        private(set) var uncredited = 0

        init(limit: Int? = nil, byteLimit: Int? = nil) {
            self.queue = InboundQueue(limit: limit, byteLimit: byteLimit)
            self.queue.setWriter(.socket(self.owner.end(9)))
            _ = self.queue.setReader(self.owner.end(7))
        }

        /// As a socket sends: the shortest way first. Whether it was taken.
        mutating func send(_ message: Message) -> Bool {
            if self.writer.append(message) || self.queue.offerQuickly(message, &self.writer) { return true }
            guard case .accepted(let signal) = self.queue.offer(message) else { return false }
            signal.deliver()
            return true
        }

        mutating func send(_ messages: [Message]) -> Int {
            let count = self.queue.offerQuickly(messages.count, &self.writer) { messages[$0] }
            var taken = count
            while taken < messages.count, self.send(messages[taken]) { taken += 1 }
            return taken
        }

        /// Takes a message as a socket does; nil if none is there.
        mutating func receive() -> Message? {
            if self.local.isEmpty {
                let refill = self.queue.refill(&self.local, consumed: self.uncredited)
                self.uncredited = 0
                refill.signal.deliver()
                refill.settling.deliver()
            }
            guard let message = self.local.popFirst() else { return nil }
            self.uncredited += 1
            return message
        }

        mutating func receiveAll() -> [Message] {
            var messages: [Message] = []
            while let message = self.receive() { messages.append(message) }
            return messages
        }

        /// Sends one and takes it, after which the reader is at work.
        mutating func wake() {
            #expect(self.send(Message()) == true)
            #expect(self.receive() == Message())
        }
    }

    /// Of all kinds: what fits into a message's own memory, what does not, several parts.
    private static func message(_ random: inout SeededGenerator) -> Message {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: Message()
        case 1: Message(Message.Part(pattern(33)))
        case 2: Message(Message.Part(pattern(Int.random(in: 34...3000, using: &random))))
        case 3: ["", Message.Part(pattern(Int.random(in: 0...40, using: &random)))]
        default: Message(Message.Part(pattern(Int.random(in: 0...32, using: &random))))
        }
    }

    @Test(
        "are all there, in order, within the mark and counted, whichever way they come and go",
        arguments: 0..<40 as Range<UInt64>)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = seed % 4 == 0 ? nil : [1, 63, 64, 70, 200, 1000, 2000][Int(seed) % 7]
        var line = Line(limit: limit)
        var expected: [Message] = []
        var (sent, wrong) = (0, 0)
        for _ in 0..<400 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<5:
                for _ in 0..<Int.random(in: 1...200, using: &random) {
                    let message = Self.message(&random)
                    let isTaken = line.send(message)
                    // The reader gives room back for what it has taken when it looks again.
                    if let limit, isTaken, expected.count >= limit { wrong += 1 }
                    if limit == nil, !isTaken { wrong += 1 }
                    guard isTaken else { break }
                    expected.append(message)
                    sent += 1
                }
            case 5:
                let messages = (0..<Int.random(in: 0...50, using: &random)).map { _ in Self.message(&random) }
                let count = line.send(messages)
                expected += messages[..<count]
                sent += count
                // What is forced in comes in beyond the mark.
                let forced = expected.count { $0 == ["subscription"] }
                if let limit, count > 0, expected.count > limit + forced { wrong += 1 }
            case 6:
                line.queue.force(["subscription"]).deliver()
                expected.append(["subscription"])
            case 7 where seed % 3 == 0:
                _ = line.queue.waitForRoom()
            case 8..<11:
                for _ in 0..<Int.random(in: 0...max(1, expected.count), using: &random) {
                    guard let message = line.receive() else { break }
                    if expected.isEmpty || message != expected.removeFirst() { wrong += 1 }
                }
            default:
                if line.receiveAll() != expected { wrong += 1 }
                expected = []
            }
            let account = line.queue.account
            if account.waiting + line.local.count != expected.count { wrong += 1 }
            if account.entered != sent { wrong += 1 }
            if line.queue.count != account.waiting { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(line.receiveAll() == expected)
    }

    @Test("go without the lock once the reader is awake, and by it when the mark is reached, when the reader sleeps")
    func ways() {
        var line = Line(limit: 100)
        #expect(line.writer.append("a") == false)
        line.wake()
        #expect(line.writer.append("a") == false)
        #expect(line.queue.offerQuickly("a", &line.writer) == true)
        // The one that was taken first counts until the reader looks again.
        var count = 1
        while line.writer.append("b") { count += 1 }
        #expect(count == 99)
        #expect(line.queue.offerQuickly("c", &line.writer) == false)
        #expect(line.queue.offer("c").outcome == .full)
        #expect(line.receiveAll().count == 99)
        #expect(line.owner.heard.suffix(2) == [.writable(9), .settle])
        #expect(line.writer.append("d") == false)
        #expect(line.queue.offerQuickly("d", &line.writer) == false)
        #expect(line.queue.offer("d").outcome == .accepted(.readable(7)))
    }

    @Test("are only short ones of one part; others keep their place", arguments: [1, 20])
    func others(every number: Int) {
        var line = Line()
        line.wake()
        var expected: [Message] = []
        for index in 0..<200 {
            let large = Message(Message.Part(pattern(33)))
            let message: Message =
                index % number == 0 ? (index % 2 == 0 ? large : ["two", "parts"]) : Message(number: index)
            #expect(line.send(message) == true)
            expected.append(message)
        }
        #expect(line.receiveAll() == expected)
    }

    @Test("weigh the same as one by one, so that limits of octets mean the same")
    func weight() {
        let weight = Message.leastWeight
        for limit in [weight * 100, weight * 100 + 1, weight * 200 - 1] {
            var line = Line(byteLimit: limit)
            var plain = Line(byteLimit: limit)
            line.wake()
            plain.wake()
            var (count, plainCount) = (0, 0)
            while line.send("x") { count += 1 }
            while case .accepted = plain.queue.offer("x") { plainCount += 1 }
            #expect(count == plainCount)
            #expect(line.queue.account.waitingBytes == count * weight)
        }
    }

    @Test("are what the reader keeps, whatever is written behind them later")
    func kept() {
        var line = Line()
        line.wake()
        var reader = MessageQueue()
        var expected: [Message] = []
        // The reader takes none out, so that all memory it was given stays in use.
        for number in 0..<20_000 {
            #expect(line.send(Message(number: number)) == true)
            expected.append(Message(number: number))
            guard number % 700 == 0 else { continue }
            var some = MessageQueue()
            _ = line.queue.refill(&some, consumed: 0)
            reader.takeAll(from: &some)
        }
        var some = MessageQueue()
        _ = line.queue.refill(&some, consumed: 0)
        reader.takeAll(from: &some)
        #expect(reader.takeAll() == expected)
    }

    @Test("are not taken once the run is closed for good, and what was taken is counted")
    func closing() {
        var line = Line()
        line.wake()
        for _ in 0..<70 { #expect(line.send("x") == true) }
        #expect(line.writer.append("x") == true)
        line.queue.closeRun()
        #expect(line.owner.heard.last == .settle)
        #expect(line.writer.append("y") == false)
        // Still taken, but by the lock.
        #expect(line.queue.offerQuickly("z", &line.writer) == true)
        #expect(line.writer.append("z") == false)
        #expect(line.queue.end().told == .readable(7))
        #expect(line.queue.offerQuickly("z", &line.writer) == false)
        #expect(line.queue.offer("z").outcome == .closed)
        #expect(line.receiveAll().count == 72)
        #expect(line.queue.account.entered == 73)
    }

    @Test("are thrown away and counted if the reader goes meanwhile, or turns out to receive nothing")
    func unread() {
        var line = Line()
        line.wake()
        for _ in 0..<70 { #expect(line.send("x") == true) }
        _ = line.queue.closeReading()
        #expect(line.writer.append("late") == false)
        let account = line.queue.account
        #expect(account.unread == 70)
        #expect(account.waiting == 0)
        #expect(account.entered == 71)
        #expect(line.send("late") == false)
    }

    @Test("are as many as a mark allows that is lowered meanwhile")
    func lowered() {
        var line = Line(limit: 1000)
        line.wake()
        #expect(line.send("x") == true)
        _ = line.queue.setLimit(70)
        var count = 2
        while line.send("x") { count += 1 }
        #expect(count == 70)
    }

    @Test("are waited for by a reader that goes to sleep, whoever has closed the run")
    func settling() {
        var line = Line()
        line.wake()
        for _ in 0..<2 { #expect(line.send("x") == true) }
        #expect(line.receive() == "x")
        _ = line.queue.setLimit(1000)
        #expect(line.receive() == "x")
        #expect(line.owner.heard.contains(.settle) == false)
        #expect(line.receive() == nil)
        #expect(line.owner.heard.last == .settle)
        // Once is enough: nothing has been open since.
        #expect(line.receive() == nil)
        #expect(line.owner.heard.count { $0 == .settle } == 1)
    }

    /// Two threads, of which one sleeps whenever it finds nothing, and the other waits after a few messages until all
    /// are there. A message that was added while the reader fell asleep, and of which nobody told it, would be waited
    /// for in vain.
    @Test("are never missed by a reader that was just going to sleep", .timeLimit(.minutes(1)))
    func liveness() async {
        // Beside other tests, which take the second core, a round takes a hundred times as long.
        let (rounds, end) = (50_000, ContinuousClock.now + .seconds(3))
        let owner = LockedOwner(InboundQueue(limit: nil))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var random = SeededGenerator(seed: 3)
                var sent = 0
                for _ in 0..<rounds where .now < end && !Task.isCancelled {
                    for _ in 0..<Int.random(in: 2..<12, using: &random) {
                        owner.send(Message(number: sent))
                        sent += 1
                    }
                    await owner.wait { owner.received.load(ordering: .acquiring) == sent }
                }
                owner.total.store(sent, ordering: .releasing)
            }
            group.addTask {
                var wrong = 0
                while !Task.isCancelled,
                    owner.received.load(ordering: .relaxed) < owner.total.load(ordering: .acquiring)
                {
                    let messages = owner.receive()
                    for message in messages {
                        let number = owner.received.load(ordering: .relaxed)
                        if message != Message(number: number) { wrong += 1 }
                        owner.received.store(number + 1, ordering: .releasing)
                    }
                    guard messages.isEmpty else { continue }
                    await owner.wait { owner.wasTold() || owner.total.load(ordering: .acquiring) < Int.max }
                }
                #expect(wrong == 0)
            }
        }
        #expect(owner.received.load(ordering: .relaxed) == owner.queue.account.entered)
    }
}

/// A socket that sends to itself, under a lock.
private final class LockedOwner: ConnectionlessOwner {
    struct Reader: ~Copyable {
        var local = MessageQueue()
        var uncredited = 0
    }

    let queue: InboundQueue
    let received = Atomic<Int>(0)
    /// How many messages that will be, once it is known.
    let total = Atomic<Int>(Int.max)
    private let writer = Mutex(InprocRunWriter())
    private let reader = Mutex(Reader())
    private let isTold = Atomic<Bool>(false)
    private let number = Atomic<Int>(0)

    init(_ queue: InboundQueue) {
        self.queue = queue
        queue.setWriter(.socket(PipeEnd(owner: self, peer: PeerID(index: 0, generation: 0))))
        _ = queue.setReader(PipeEnd(owner: self, peer: PeerID(index: 1, generation: 0)))
    }

    func send(_ message: Message) {
        let signal = self.writer.withLock { writer -> PipeSignal in
            if writer.append(message) || self.queue.offerQuickly(message, &writer) { return .none }
            guard case .accepted(let signal) = self.queue.offer(message) else { return .none }
            return signal
        }
        signal.deliver()
    }

    func receive() -> [Message] {
        let (messages, signals) = self.reader.withLock { reader in
            // What others do to the queue meanwhile.
            if self.number.add(1, ordering: .relaxed).newValue % 3 == 0 { _ = self.queue.setLimit(nil) }
            let refill = self.queue.refill(&reader.local, consumed: reader.uncredited)
            let messages = reader.local.takeAll()
            reader.uncredited = messages.count
            return (messages, [refill.signal, refill.settling])
        }
        for signal in signals { signal.deliver() }
        return messages
    }

    /// Looks for a moment without letting others go first, so that both threads are at work at the same time.
    func wait(until condition: () -> Bool) async {
        while !Task.isCancelled {
            for _ in 0..<1000 where condition() { return }
            await Task.yield()
        }
    }

    /// Whether there is something to be read since this was asked last.
    func wasTold() -> Bool { self.isTold.exchange(false, ordering: .acquiringAndReleasing) }

    func pipeIsReadable(_ peer: PeerID) { self.isTold.store(true, ordering: .releasing) }
    func pipeIsWritable(_ peer: PeerID) {}
    func settle() { self.writer.withLock { _ in } }
}
