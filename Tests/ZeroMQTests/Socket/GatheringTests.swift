// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("How long a receiver lets messages gather")
struct GatheringTests {
    private func gathering(after counts: Int...) -> Gathering {
        var gathering = Gathering()
        for count in counts { gathering.note(count, creditBatch: 1000) }
        return gathering
    }

    @Test("not at all before it has looked, and when nothing was there")
    func nothing() {
        #expect(self.gathering().wait == 0)
        #expect(self.gathering(after: 0).wait == 0)
        #expect(self.gathering(after: 20, 0).wait == 0)
        #expect(self.gathering(after: 1000).wait == 0)
    }

    @Test("twice as long each time that few were there, up to 2 µs")
    func grows() {
        var gathering = self.gathering()
        var waits: [Int] = []
        for _ in 0..<9 {
            gathering.note(30, creditBatch: 1000)
            waits.append(gathering.wait)
        }
        #expect(waits == [128, 256, 512, 1024, 2048, 2048, 2048, 2048, 2048])
    }

    @Test("as long as before where enough were there, half as long where more than that")
    func settles() {
        #expect(self.gathering(after: 20, 20, 20, 100).wait == 512)
        #expect(self.gathering(after: 20, 20, 20, 257).wait == 256)
        #expect(self.gathering(after: 20, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000).wait == 0)
    }

    @Test("not at all where so few fit that the sender waits for the receiver", arguments: [1, 5, 50, 256])
    func smallMarks(creditBatch: Int) {
        var gathering = self.gathering(after: 20, 20)
        #expect(gathering.wait == 256)
        for _ in 0..<10 {
            gathering.note(creditBatch, creditBatch: creditBatch)
            #expect(gathering.wait == 0)
        }
    }

    @Test("not for what comes more slowly than one message in 100 ns", arguments: [1, 3, 10, 20])
    func slow(count: Int) {
        var gathering = self.gathering()
        var longest = 0
        for _ in 0..<50 {
            gathering.note(count, creditBatch: 1000)
            longest = max(longest, gathering.wait)
        }
        #expect(longest <= max(128, 2 * count * 100))
        var lonely = self.gathering(after: 30, 30, 30)
        lonely.note(1, creditBatch: 1000)
        #expect(lonely.wait == 0)
    }
}

@Suite("Streams to a socket of the same context", .timeLimit(.minutes(4)))
struct NeighbourStreamTests {
    @Test("arrive whole and in order, of every size", arguments: [nil, 10, 1000], Place.allCases)
    func stream(mark: Int?, place: Place) async throws {
        let count = 8000
        let sizes = [0, 1, 16, 32, 16, 16, 33, 16, 16, 16, 300, 16, 16, 16, 16, 16, 70_000]
        try await withSockets { context in
            let pull = try context.makePullSocket(.marks(sending: mark, receiving: mark))
            let push = try context.makePushSocket(.marks(sending: mark, receiving: mark))
            try await join(pull, push, over: .inproc)
            func message(_ number: Int) -> Message {
                // Long stretches of short ones with others between them.
                let size = number % 2000 < 1600 ? 12 : sizes[number % sizes.count]
                return size % 5 == 3
                    ? [Message.Part("\(number)"), Message.Part(size: size)]
                    : Message("\(number):" + String(repeating: "x", count: size))
            }
            let sending = Task(executorPreference: place.executor(of: push)) {
                for number in 0..<count { try await push.send(message(number)) }
            }
            let receiving = Task(executorPreference: place.executor(of: pull)) {
                var wrong = 0
                for number in 0..<count where try await pull.receive() != message(number) { wrong += 1 }
                return wrong
            }
            #expect(try await receiving.value == 0)
            try await sending.value
            #expect(try pull.tryReceive() == nil)
            let (out, inward) = (push.snapshot().totals, pull.snapshot().totals)
            #expect(out.sentMessages == count)
            #expect(inward.receivedMessages == count)
            #expect(inward.queuedMessages == 0)
            #expect(inward.queuedBytes == 0)
        }
    }
}
