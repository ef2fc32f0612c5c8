// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("Freight")
struct FreightTests {
    private let messages: [Message] = [
        "one", ["two", "parts"], Message(repeatElement(7, count: 300)),
        [Message.Part(repeatElement(8, count: 400)), ""],
        Message(), ["", "", "five"],
    ]

    /// A queue of messages as they are received.
    private func queue(of messages: [Message]) -> MessageQueue {
        var frames = RawBuffer()
        for message in messages { frames.append(message) }
        var queue = MessageQueue()
        queue.append(framesIn: frames.buffer, count: messages.count)
        return queue
    }

    @Test("holds what it was loaded with, in order")
    func keepsMessages() {
        var freight = Freight()
        var queue = self.queue(of: self.messages)
        for _ in self.messages { #expect(freight.load(from: &queue, behind: nil) == true) }
        #expect(queue.isEmpty == true)
        #expect(freight.load(from: &queue, behind: nil) == false)
        for (index, message) in self.messages.enumerated() {
            #expect(freight.count == self.messages.count - index)
            #expect(freight.firstMessage == message)
            freight.removeFirst(freight.first)
        }
        #expect(freight.isEmpty == true)
    }

    @Test("holds one that is alone, also an empty one")
    func alone() {
        for message in self.messages + [["", ""]] {
            var freight = Freight()
            var queue = self.queue(of: [message])
            #expect(freight.load(from: &queue, behind: nil) == true)
            #expect(freight.firstMessage == message)
            freight.removeFirst(freight.first)
            #expect(freight.isEmpty == true)
        }
    }

    @Test("puts an envelope in front, and finds it there")
    func envelopes() {
        for address in ["a", String(repeating: "b", count: 255)] {
            var freight = Freight()
            var queue = self.queue(of: self.messages)
            let envelope = Envelope(addressing: Message.Part(address))
            for message in self.messages {
                #expect(freight.load(from: &queue, behind: envelope) == true)
                #expect(freight.firstMessage == message.prepending(envelope))
                let (first, octets) = (freight.first, freight.frames.buffer)
                let (id, body) = freight.split(first)
                #expect(octets.getString(at: id.lowerBound, length: id.count) == address)
                var rest = RawBuffer()
                rest.append(message)
                #expect(octets.getSlice(at: body.lowerBound, length: body.count) == rest.buffer)
                freight.removeFirst(first)
            }
        }
    }

    @Test("takes several runs, and more when it was empty")
    func severalRuns() {
        var freight = Freight()
        var queue = self.queue(of: ["1", "2"])
        var more = self.queue(of: ["3", "4"])
        queue.takeAll(from: &more)
        var seen: [Message] = []
        for _ in 0..<2 {
            for _ in 0..<2 { #expect(freight.load(from: &queue, behind: nil) == true) }
            while !freight.isEmpty {
                seen.append(freight.firstMessage)
                freight.removeFirst(freight.first)
            }
        }
        #expect(seen == ["1", "2", "3", "4"])
    }

    @Test("leaves what is long, and what is stored by itself, where it is")
    func leavesOthers() {
        let long = Message(repeatElement(1, count: Freight.limit))
        let longParts = Message(parts: repeatElement(Message.Part(repeatElement(2, count: 100)), count: 60))
        for message in [long, longParts] {
            var freight = Freight()
            var queue = self.queue(of: ["short", message])
            #expect(freight.load(from: &queue, behind: nil) == true)
            #expect(freight.load(from: &queue, behind: nil) == false)
            #expect(queue.popFirst() == message)
            queue.append("stored")
            #expect(freight.load(from: &queue, behind: nil) == false)
            #expect(queue.count == 1)
            #expect(freight.count == 1)
        }
    }

    @Test("takes no more at a time than it keeps memory for")
    func fill() {
        var freight = Freight()
        let message = Message(repeatElement(7, count: 1000))
        var queue = self.queue(of: Array(repeating: message, count: 500))
        for _ in 0..<3 {
            var count = 0
            while freight.load(from: &queue, behind: nil) { count += 1 }
            #expect(count == 65)
            #expect(freight.isFull == true)
            let capacity = freight.frames.capacity
            while !freight.isEmpty { freight.removeFirst(freight.first) }
            #expect(freight.isFull == false)
            #expect(freight.frames.capacity == capacity)
        }
    }

    @Test("counts parts and octets of what is left")
    func size() {
        var freight = Freight()
        var queue = self.queue(of: [["ab", "", "c"], "de"])
        for _ in 0..<2 { #expect(freight.load(from: &queue, behind: Envelope(addressing: Message.Part("id"))) == true) }
        #expect(freight.size == (6, 9))
        freight.removeFirst(freight.first)
        #expect(freight.size == (2, 4))
    }
}
