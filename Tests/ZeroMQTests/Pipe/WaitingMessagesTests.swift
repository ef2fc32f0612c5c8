// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("Pipe: messages that wait for their reader")
struct WaitingMessagesTests {
    /// Of all kinds: what fits into a message's own memory, what does not, several parts, frames from a connection.
    private static func message(_ random: inout SeededGenerator) -> Message {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: Message()
        case 1: Message(Message.Part(pattern(33)))
        case 2: Message(Message.Part(pattern(Int.random(in: 34...3000, using: &random))))
        case 3: ["", Message.Part(pattern(Int.random(in: 0...40, using: &random)))]
        default: Message(Message.Part(pattern(Int.random(in: 0...32, using: &random))))
        }
    }

    private static func drain(_ queue: inout MessageQueue) -> [Message] {
        var messages: [Message] = []
        while let message = queue.popFirst() { messages.append(message) }
        return messages
    }

    @Test("are all there, in order, whichever way they come and go", arguments: 0..<20 as Range<UInt64>)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var waiting = WaitingMessages()
        var reader = MessageQueue()
        var (expected, atReader): ([Message], [Message]) = ([], [])
        var wrong = 0
        for _ in 0..<600 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                let message = Self.message(&random)
                waiting.append(message)
                expected.append(message)
            case 1..<7:
                for _ in 0..<Int.random(in: 1...80, using: &random) {
                    let message = Self.message(&random)
                    if !waiting.appendShort(message) { waiting.append(message) }
                    expected.append(message)
                }
            case 7:
                let messages = (0..<Int.random(in: 0...5, using: &random)).map { _ in Self.message(&random) }
                var batch = MessageQueue()
                batch.append(framesIn: ByteBuffer(bytes: wire(messages)), count: messages.count)
                waiting.takeAll(from: &batch)
                expected += messages
            case 8 where seed % 4 == 0:
                waiting.removeAll()
                expected = []
            default:
                // Some of what the reader had may be left, and it has what it reads from meanwhile.
                waiting.moveAll(to: &reader)
                atReader += expected
                expected = []
                for _ in 0..<Int.random(in: 0...atReader.count, using: &random)
                where reader.popFirst() != atReader.removeFirst() { wrong += 1 }
                wrong += waiting.isEmpty ? 0 : 1
            }
            if waiting.count != expected.count || waiting.isEmpty != expected.isEmpty { wrong += 1 }
        }
        #expect(wrong == 0)
        waiting.moveAll(to: &reader)
        #expect(Self.drain(&reader) == atReader + expected)
    }

    @Test("weigh the same as one by one, so that limits of octets mean the same")
    func weight() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            var waiting = WaitingMessages()
            var one = MessageQueue()
            var reader = MessageQueue()
            for _ in 0..<Int.random(in: 1...100, using: &random) {
                let message = Self.message(&random)
                if !waiting.appendShort(message) { waiting.append(message) }
                one.append(message)
            }
            #expect(waiting.weight == one.weight)
            waiting.moveAll(to: &reader)
            #expect(reader.weight == one.weight)
            #expect(waiting.weight == 0)
        }
    }

    @Test("are what the reader keeps, whatever is written behind them later")
    func kept() {
        var waiting = WaitingMessages()
        var reader = MessageQueue()
        var expected: [Message] = []
        // The reader takes none out, so that all memory it was given stays in use.
        for number in 0..<5000 {
            let message = Message(number: number)
            if !waiting.appendShort(message) { waiting.append(message) }
            expected.append(message)
            if number % 700 == 0 { waiting.moveAll(to: &reader) }
        }
        waiting.moveAll(to: &reader)
        #expect(Self.drain(&reader) == expected)
    }
}
