// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("MessageQueue")
struct MessageQueueTests {
    /// A message of one or more parts, in place or shared, that its number tells apart.
    private func message(_ number: Int) -> Message {
        switch number % 3 {
        case 0: Message("\(number)")
        case 1: ["\(number)", "", "x"].reduce(into: Message("m")) { $0.append(Message.Part($1)) }
        default: Message(String(repeating: "\(number) ", count: 40))
        }
    }

    @Test("gives back in order what was put in, through all growth", arguments: [0, 1, 15, 16, 17, 100, 1000])
    func keepsOrder(count: Int) {
        var queue = MessageQueue()
        for number in 0..<count { queue.append(self.message(number)) }
        #expect(queue.count == count)
        #expect(queue.isEmpty == (count == 0))
        for number in 0..<count { #expect(queue.popFirst() == self.message(number)) }
        #expect(queue.popFirst() == nil)
        #expect(queue.isEmpty == true)
    }

    @Test("keeps order when appending and popping take turns", arguments: 0..<20 as Range<UInt64>)
    func keepsOrderMixed(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = MessageQueue()
        var expected: [Message] = []
        var number = 0
        for _ in 0..<100 {
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                queue.append(self.message(number))
                expected.append(self.message(number))
                number += 1
            }
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                #expect(queue.popFirst() == (expected.isEmpty ? nil : expected.removeFirst()))
            }
            #expect(queue.count == expected.count)
        }
    }

    @Test("does not grow without end when it never holds much")
    func reusesMemory() {
        var queue = MessageQueue()
        queue.append("first")
        for number in 0..<10_000 {
            queue.append(self.message(number))
            _ = queue.popFirst()
        }
        #expect(queue.capacity <= 64)
    }

    @Test("takes all of another queue behind its own", arguments: [0, 1, 5, 16, 40], [0, 1, 5, 16, 40])
    func takesAll(own: Int, others: Int) {
        var queue = MessageQueue()
        var other = MessageQueue()
        for number in 0..<own + 1 { queue.append(self.message(number)) }
        _ = queue.popFirst()
        other.append("gone")
        for number in 0..<others { other.append(self.message(1000 + number)) }
        _ = other.popFirst()
        queue.takeAll(from: &other)
        #expect(other.isEmpty == true)
        #expect(other.popFirst() == nil)
        let expected = (1..<own + 1).map { self.message($0) } + (0..<others).map { self.message(1000 + $0) }
        var taken: [Message] = []
        while let message = queue.popFirst() { taken.append(message) }
        #expect(taken == expected)
        other.append("again")
        #expect(other.popFirst() == "again")
    }

    @Test("lets go of its messages: popped, removed, shrunk or dropped")
    func releases() {
        let count = 40
        var messages = (0..<count).map { _ in ByteBuffer(repeating: 1, count: 100) }
        var queue = MessageQueue()
        for buffer in messages { queue.append(Message(buffer: buffer)) }
        for _ in 0..<10 { _ = queue.popFirst() }
        queue.removeAll()
        #expect(queue.isEmpty == true)
        queue.shrink()
        #expect(queue.capacity <= 64)
        // A buffer that nothing else refers to is written in place; a shared one moves first.
        for index in messages.indices { #expect(isUnique(&messages[index])) }
        do {
            var dropped = MessageQueue()
            for buffer in messages { dropped.append(Message(buffer: buffer)) }
            _ = dropped.popFirst()
            let shared = messages[1]
            #expect(shared.readableBytes == 100)
        }
        for index in messages.indices { #expect(isUnique(&messages[index])) }
    }
}
