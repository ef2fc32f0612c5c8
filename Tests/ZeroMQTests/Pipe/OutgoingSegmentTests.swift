// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: segments")
struct OutgoingSegmentTests {
    private static let large = OutgoingQueue.referencedSize
    private static let bound = OutgoingQueue.segmentSize

    /// What a connection takes of these messages.
    private static func segments(
        _ messages: [Message], behind envelope: Envelope? = nil
    ) -> [OutgoingQueue.Segment] {
        var queue = OutgoingQueue(limit: nil)
        for message in messages { _ = queue.offer(message, behind: envelope) }
        return queue.takeSegments()
    }

    @Test("hold messages of all sizes and shapes as canonical frames, in their order")
    func encodes() {
        let messages: [Message] = [
            "", "short", Message(pattern(32)), Message(pattern(33)), Message(pattern(255)), Message(pattern(256)),
            ["a", "", "b"], [Message.Part(pattern(300)), Message.Part(pattern(2)), ""], Message(pattern(5000)),
        ]
        let segments = Self.segments(messages)
        #expect(segments.map(\.octets) == [wire(messages)])
        #expect(segments.map(\.messages) == [messages.count])
    }

    @Test(
        "are closed at 64 KiB, so that none is longer than that and one small message",
        arguments: [1, 30, 1000, 16_000])
    func areBounded(size: Int) {
        let messages = (0..<(300_000 / size)).map { Message([UInt8(truncatingIfNeeded: $0)] + pattern(size - 1)) }
        let segments = Self.segments(messages)
        #expect(segments.allSatisfy { $0.payload == nil })
        #expect(segments.allSatisfy { $0.frameOctets.count < Self.bound + size + FrameHeader.longLength })
        #expect(segments.dropLast().allSatisfy { $0.frameOctets.count >= Self.bound })
        #expect(segments.reduce(0) { $0 + $1.messages } == messages.count)
        #expect(segments.flatMap(\.octets) == wire(messages))
    }

    @Test("are closed at exactly 64 KiB", arguments: [-1: [5], 0: [4, 1]])
    func boundary(offset: Int, counts: [Int]) {
        // Four messages of a quarter each, header included, the last one shorter by the offset.
        let quarter = Self.bound / 4 - FrameHeader.longLength
        let messages = [0, 0, 0, offset].map { Message(pattern(quarter + $0)) } + ["next"]
        #expect(Self.segments(messages).map(\.messages) == counts)
    }

    // MARK: Large parts

    @Test("copy a part below 16 KiB", arguments: [1000, large - 1])
    func smallPart(size: Int) {
        let messages: [Message] = ["before", Message(pattern(size)), "after"]
        let segments = Self.segments(messages)
        #expect(segments.map(\.messages) == [3])
        #expect(segments.map(\.frameOctets) == [wire(messages)])
    }

    @Test("carry a part of 16 KiB or more beside the frames, by reference", arguments: [large, 10 * large])
    func largePart(size: Int) {
        let buffer = ByteBuffer(bytes: pattern(size))
        let messages: [Message] = ["before", Message(buffer: buffer), "after"]
        let segments = Self.segments(messages)
        #expect(segments.map(\.messages) == [2, 1])
        let header = wire("before").count + FrameHeader.longLength
        #expect(segments.first?.frameOctets == Array(wire(messages)[..<header]))
        #expect(segments.first?.payload?.address == buffer.address)
        #expect(segments.last?.payload == nil)
        #expect(segments.flatMap(\.octets) == wire(messages))
    }

    @Test("carry a large multipart message by reference, with no other header than its own")
    func largeMultipart() {
        let message: Message = ["a", "", Message.Part(pattern(Self.large)), "z"]
        guard case .shared(let frames) = message.bytes else {
            Issue.record("a large message in place")
            return
        }
        let segments = Self.segments(["before", message, "after"])
        #expect(segments.map(\.messages) == [2, 1])
        #expect(segments.first?.frameOctets == wire("before"))
        #expect(segments.first?.payload?.address == frames.trimmed.address)
        #expect(segments.flatMap(\.octets) == wire("before", message, "after"))
    }

    @Test("carry large messages one by one, in their order")
    func largeOnesInARow() {
        let messages = (0..<5).map { Message([UInt8($0)] + pattern(Self.large)) }
        let segments = Self.segments(messages)
        #expect(segments.map(\.messages) == [1, 1, 1, 1, 1])
        #expect(segments.flatMap(\.octets) == wire(messages))
    }

    // MARK: Envelopes

    @Test(
        "have the envelope in front of every message, whatever its size and shape",
        arguments: [
            "", "short", Message(pattern(200)), Message(pattern(large - 1)), Message(pattern(large)), ["a", "b"],
            ["a", Message.Part(pattern(large))],
        ] as [Message])
    func envelope(message: Message) {
        let envelope = Envelope(addressing: Message.Part("address")).appending(.delimiter)
        let expected = Message(parts: ["address", ""] + message)
        let segments = Self.segments([message, message], behind: envelope)
        #expect(segments.flatMap(\.octets) == wire(expected, expected))
        #expect(segments.reduce(0) { $0 + $1.messages } == 2)
    }

    @Test("have long envelopes in front of messages too")
    func longEnvelope() {
        let address = Message.Part(pattern(5000))
        let segments = Self.segments(["body"], behind: Envelope(addressing: address).appending(.delimiter))
        #expect(segments.flatMap(\.octets) == wire([address, "", "body"]))
    }

    // MARK: Memory

    @Test("that were written come back empty and are filled again")
    func areRecycled() {
        var queue = OutgoingQueue(limit: nil)
        for message in ["1", Message(pattern(Self.large))] { _ = queue.offer(message) }
        let written = queue.takeSegments()
        for segment in written { queue.recycle(segment) }
        #expect(written.allSatisfy { $0.frameOctets.isEmpty && $0.messages == 0 && $0.payload == nil })
        _ = queue.offer("2")
        let next = queue.takeSegments()
        #expect(next.first === written.first)
        #expect(next.map(\.octets) == [wire("2")])
    }

    @Test("that come back are kept in small number only")
    func fewAreKept() {
        var queue = OutgoingQueue(limit: nil)
        let message = Message(pattern(Self.large))
        for _ in 0..<100 { _ = queue.offer(message) }
        var first: [OutgoingQueue.Segment] = []
        for segment in queue.takeSegments() {
            queue.recycle(segment)
            first.append(segment)
        }
        for _ in 0..<100 { _ = queue.offer(message) }
        let again = queue.takeSegments().count { segment in first.contains { $0 === segment } }
        #expect((1...8).contains(again))
    }

    @Test("being written are not touched by whoever sends meanwhile")
    func areNotSharedWhileWritten() {
        var queue = OutgoingQueue(limit: nil)
        _ = queue.offer("1")
        let written = queue.takeSegments()
        for message in ["2", "3"] as [Message] { _ = queue.offer(message) }
        #expect(written.map(\.octets) == [wire("1")])
        #expect(queue.takeSegments().map(\.octets) == [wire("2", "3")])
        #expect(written.map(\.octets) == [wire("1")])
    }
}
