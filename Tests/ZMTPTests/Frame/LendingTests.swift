// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, Framing: decoder that lends out unfinished messages")
struct LendingTests {
    /// Reads as a channel does: into what is lent, or into a buffer of its own, as much as happens to have come.
    private func read(
        _ bytes: [UInt8], upTo most: Int, readSize: Int, keeping: Bool, _ random: inout SeededGenerator
    ) throws -> (messages: [Message], commands: Int, largest: Int) {
        var decoder = MessageDecoder(limits: FrameLimits())
        var queue = MessageQueue()
        var messages: [Message] = []
        var (commands, largest) = (0, 0)
        var rest = bytes[...]
        while !rest.isEmpty {
            var buffer =
                decoder.lendUnfinished { ByteBuffer(repeating: 0, count: 0, reserving: $0) }
                ?? ByteBuffer(repeating: 0, count: 0, reserving: readSize)
            largest = max(largest, buffer.capacity)
            let count = min(rest.count, buffer.writableBytes, Int.random(in: 1...most, using: &random))
            buffer.writeBytes(rest.prefix(count))
            rest.removeFirst(count)
            decoder.append(buffer)
            while case .command = try decoder.decode(into: &queue, limit: .max) { commands += 1 }
            // Messages that are kept keep the buffers that they lie in.
            while keeping || Bool.random(using: &random), let message = queue.popFirst() { messages.append(message) }
        }
        while let message = queue.popFirst() { messages.append(message) }
        return (messages, commands, largest)
    }

    @Test("decodes the same whatever comes at once", arguments: 0..<40 as Range<UInt64>)
    func agrees(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (bytes, expected, commands): ([UInt8], [Message], Int) = ([], [], 0)
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            let sizes = [0, 10, 33, 255, 256, 5000, 20_000, 70_000]
            let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                let size = sizes.randomElement(using: &random) ?? 0
                return (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ bytes.count) }
            }
            expected.append(Message(parts: parts.map { Message.Part($0) }))
            bytes += Wire.message(parts)
            if Int.random(in: 0..<5, using: &random) == 0 {
                bytes += Wire.command("PING", [0, 1, 2])
                commands += 1
            }
        }
        for most in [7000, 40_000, 1_000_000] {
            let read = try self.read(
                bytes, upTo: most, readSize: 8192, keeping: Bool.random(using: &random), &random)
            #expect(read.messages == expected)
            #expect(read.commands == commands)
        }
    }

    @Test("a command between the frames of a large message disturbs nothing", arguments: [1000, 8192, 30_000])
    func commandWithin(most: Int) throws {
        var random = SeededGenerator(seed: 1)
        let large = [UInt8](repeating: 7, count: 50_000)
        let bytes = Wire.frame(1, large) + Wire.command("PING", [0, 1]) + Wire.frame(0, large)
        let read = try self.read(bytes, upTo: most, readSize: 8192, keeping: true, &random)
        #expect(read.messages == [[Message.Part(large), Message.Part(large)]])
        #expect(read.commands == 1)
    }

    @Test("memory follows what has come, not what a peer announces")
    func announced() throws {
        var decoder = MessageDecoder(limits: FrameLimits())
        var queue = MessageQueue()
        decoder.append((Wire.longHeader(0, size: 1 << 40) + [UInt8](repeating: 1, count: 991)).buffer)
        guard case .needsMoreBytes = try decoder.decode(into: &queue, limit: .max) else {
            Issue.record("expected to need more")
            return
        }
        var asked: [Int] = []
        let lent = decoder.lendUnfinished {
            asked.append($0)
            return ByteBuffer(repeating: 0, count: 0, reserving: $0)
        }
        #expect(asked == [17_000])
        #expect(lent?.readableBytes == 1000)
    }

    @Test("what lies in a buffer with room is lent as it is, up to its end")
    func inPlace() throws {
        var decoder = MessageDecoder(limits: FrameLimits())
        var queue = MessageQueue()
        decoder.append(Array(Wire.frame(0, [UInt8](repeating: 1, count: 20_000)).prefix(2000)).buffer)
        _ = try decoder.decode(into: &queue, limit: .max)
        var buffer = try #require(decoder.lendUnfinished { ByteBuffer(repeating: 0, count: 0, reserving: $0) })
        buffer.writeRepeatingByte(1, count: 2009)
        decoder.append(exchangeForEmpty(&buffer))
        _ = try decoder.decode(into: &queue, limit: .max)
        #expect(decoder.holdsOnlyUnfinished == true)
        var again = try #require(
            decoder.lendUnfinished {
                Issue.record("asked for another buffer of \($0)")
                return ByteBuffer()
            })
        again.writeRepeatingByte(1, count: 15_000)
        decoder.append(exchangeForEmpty(&again))
        _ = try decoder.decode(into: &queue, limit: .max)
        var last = try #require(decoder.lendUnfinished { _ in ByteBuffer() })
        #expect(last.writableBytes == 1000)
        last.writeRepeatingByte(1, count: 1000)
        decoder.append(exchangeForEmpty(&last))
        _ = try decoder.decode(into: &queue, limit: .max)
        #expect(queue.popFirst() == Message(Message.Part([UInt8](repeating: 1, count: 20_000))))
        #expect(decoder.holdsOnlyUnfinished == false)
    }

    @Test("nothing is lent if little has come that lacks little, or if a header lacks")
    func notWorthIt() throws {
        var decoder = MessageDecoder(limits: FrameLimits())
        var queue = MessageQueue()
        let message = Wire.frame(0, [UInt8](repeating: 1, count: 5000))
        decoder.append(Array(message.prefix(4000)).buffer)
        _ = try decoder.decode(into: &queue, limit: .max)
        #expect(decoder.lendUnfinished { _ in ByteBuffer() } == nil)
        decoder.append(Array(message.dropFirst(4000)).buffer)
        // The first part is whole, of the second one not even the header is there.
        decoder.append((Wire.frame(1, [UInt8](repeating: 1, count: 50_000)) + [2, 0]).buffer)
        _ = try decoder.decode(into: &queue, limit: .max)
        #expect(queue.count == 1)
        #expect(decoder.lendUnfinished { _ in ByteBuffer() } == nil)
    }

    @Test(
        "a lent buffer ends with the message, so that the next one begins with a buffer of its own", arguments: [8, 30])
    func endsWithMessage(thousands: Int) throws {
        var decoder = MessageDecoder(limits: FrameLimits())
        var queue = MessageQueue()
        let first = Wire.frame(0, [UInt8](repeating: 1, count: 30_000))
        let second = Wire.message([[UInt8](repeating: 2, count: 40_000), [UInt8](repeating: 3, count: 20_000)])
        // A message that is kept keeps the buffer, so that the next one's beginning must be moved.
        decoder.append((Wire.message("kept") + first.prefix(thousands * 1000)).buffer)
        _ = try decoder.decode(into: &queue, limit: .max)
        let rest = first.count - thousands * 1000
        var lent = try #require(decoder.lendUnfinished { ByteBuffer(repeating: 0, count: 0, reserving: $0) })
        #expect(lent.writableBytes == rest)
        lent.writeRepeatingByte(1, count: rest)
        decoder.append(exchangeForEmpty(&lent))
        _ = try decoder.decode(into: &queue, limit: .max)
        #expect(queue.popFirst() == "kept")
        #expect(queue.popFirst() == Message(Message.Part([UInt8](repeating: 1, count: 30_000))))
        // More parts follow: it should not be moved for each of them.
        decoder.append((Wire.message("kept") + second.prefix(10_000)).buffer)
        _ = try decoder.decode(into: &queue, limit: .max)
        let long = try #require(decoder.lendUnfinished { ByteBuffer(repeating: 0, count: 0, reserving: $0) })
        #expect(long.writableBytes > 40_009 - 10_000)
    }

    @Test("tells of the size of messages if it is large, so that reads can end where messages do")
    func usualSize() throws {
        var decoder = MessageDecoder(limits: FrameLimits())
        var queue = MessageQueue()
        func sizes(_ messages: [UInt8]...) throws -> Int {
            decoder.append(messages.flatMap { $0 }.buffer)
            _ = try decoder.decode(into: &queue, limit: .max)
            queue.removeAll()
            return decoder.usualSize
        }
        let (large, short) = (Wire.frame(0, [UInt8](repeating: 1, count: 65_536)), Wire.message("short"))
        #expect(decoder.usualSize == 0)
        #expect(try sizes(large) == 65_545)
        #expect(try sizes(large, large) == 65_545)
        #expect(try sizes(large, short) == (65_545 + short.count) / 2)
        #expect(try sizes(short) == 0)
        #expect(try sizes(large, large, Array(large.prefix(100))) == 65_545)
    }

    private func exchangeForEmpty(_ buffer: inout ByteBuffer) -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer
    }
}

extension ByteBuffer {
    /// An empty one with room for at least so much.
    fileprivate init(repeating byte: UInt8, count: Int, reserving capacity: Int) {
        self = ByteBufferAllocator().buffer(capacity: capacity)
        self.writeRepeatingByte(byte, count: count)
    }
}
