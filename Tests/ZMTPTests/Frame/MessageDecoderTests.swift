// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, Framing: decoder")
struct MessageDecoderTests {
    private struct Result: Equatable {
        var messages: [Message] = []
        var commands: [[UInt8]] = []
        var error: ZMTPError.Code?
    }

    private func decode(_ pieces: [[UInt8]], limits: FrameLimits = FrameLimits(), limit: Int = .max) -> Result {
        var decoder = MessageDecoder(limits: limits)
        var queue = MessageQueue()
        var result = Result()
        for piece in pieces {
            decoder.append(piece.buffer)
            result.error = self.drain(&decoder, into: &queue, limit: limit, commands: &result.commands)
            while let message = queue.popFirst() { result.messages.append(message) }
            if result.error != nil { break }
        }
        return result
    }

    private func drain(
        _ decoder: inout MessageDecoder,
        into queue: inout MessageQueue,
        limit: Int,
        commands: inout [[UInt8]]
    ) -> ZMTPError.Code? {
        do throws(ZMTPError) {
            while true {
                switch try decoder.decode(into: &queue, limit: limit) {
                case .needsMoreBytes, .limitReached: return nil
                case .command(let body): commands.append([UInt8](buffer: body))
                }
            }
        } catch {
            return error.code
        }
    }

    private func body(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    }

    @Test("reads back what the encoder wrote", arguments: FrameEncoderTests.sizes)
    func roundTrips(count: Int) {
        let part = Message.Part(self.body(count))
        let messages: [Message] = [Message(part), [part, part], ["", part, ""], Message(part)]
        let bytes = messages.flatMap { encoded($0) }
        #expect(self.decode([bytes]).messages == messages)
        #expect(self.decode(bytes.pieces(of: 1000)).messages == messages)
        // Something behind, so that the last message is decoded as those in the middle are.
        #expect(self.decode([bytes + [UInt8](repeating: 0, count: 64)]).messages.prefix(4) == messages[...])
    }

    @Test("writes again what it read, octet for octet", arguments: FrameEncoderTests.sizes)
    func passesOn(count: Int) {
        let bytes = Wire.message([self.body(count), [], self.body(3)])
        let messages = self.decode([bytes]).messages
        #expect(messages.flatMap { encoded($0) } == bytes)
    }

    @Test("keeps short and shared parts apart from the buffer they came in")
    func keepsContents() {
        var decoder = MessageDecoder(limits: FrameLimits())
        var queue = MessageQueue()
        var kept: [Message] = []
        for round in 0..<20 {
            for piece in Wire.message([self.body(round * 20)]).pieces(of: 13) {
                decoder.append(piece.buffer)
                _ = try? decoder.decode(into: &queue, limit: .max)
            }
            while let message = queue.popFirst() { kept.append(message) }
        }
        #expect(kept == (0..<20).map { Message(self.body($0 * 20)) })
    }

    @Test("gives commands in their place and lifts them out of a message")
    func liftsCommands() {
        let bytes =
            Wire.command("A", [1]) + Wire.short(1, [1]) + Wire.command("B") + Wire.long(4, [1, 0x43, 9])
            + Wire.short(1, [2]) + Wire.command("D") + Wire.short(0, [3]) + Wire.command("E")
        let expected = Result(
            messages: [Message(parts: [[1], [2], [3]].map { Message.Part($0 as [UInt8]) })],
            commands: [[1, 0x41, 1], [1, 0x42], [1, 0x43, 9], [1, 0x44], [1, 0x45]]
        )
        #expect(self.decode([bytes]) == expected)
        #expect(self.decode(bytes.pieces(of: 1)) == expected)
        for index in 0...bytes.count { #expect(self.decode(bytes.cut(at: index)) == expected) }
    }

    @Test("with a limit of 0 gives commands and stops before a message", arguments: [false, true])
    func stopsAtMessages(long: Bool) {
        let message = long ? Wire.longHeader(1, size: 1 << 50) : [0, 0]
        let result = self.decode([Wire.command("A") + message], limits: FrameLimits(maxFrameSize: 10), limit: 0)
        #expect(result == Result(commands: [[1, 0x41]]))
    }

    @Test("goes on where the limit stopped it", arguments: [1, 2, 3, 7])
    func resumes(limit: Int) throws {
        var decoder = MessageDecoder(limits: FrameLimits())
        let messages: [Message] = (0..<20).map { $0 % 3 == 0 ? ["m", Message.Part("\($0)")] : Message("m\($0)") }
        decoder.append(messages.flatMap { encoded($0) }.buffer)
        var queue = MessageQueue()
        var received: [Message] = []
        while case .limitReached = try decoder.decode(into: &queue, limit: limit) {
            #expect(queue.count == limit)
            while let message = queue.popFirst() { received.append(message) }
        }
        while let message = queue.popFirst() { received.append(message) }
        #expect(received == messages)
        let isEmpty = !decoder.hasBufferedBytes
        #expect(isEmpty)
    }

    @Test("counts what the queue holds already against the limit")
    func countsQueue() throws {
        var decoder = MessageDecoder(limits: FrameLimits())
        decoder.append(Wire.message("b").buffer)
        var queue = MessageQueue()
        queue.append("a")
        _ = try decoder.decode(into: &queue, limit: 1)
        #expect(queue.count == 1)
        _ = try decoder.decode(into: &queue, limit: 2)
        #expect(queue.count == 2)
    }

    @Test("limits commands before they are there", arguments: [(10, false), (11, true)])
    func limitsCommands(size: UInt64, isRefused: Bool) {
        for header in [[4, UInt8(size)], Wire.longHeader(4, size: size)] {
            var decoder = MessageDecoder(limits: FrameLimits())
            decoder.maxCommandSize = 10
            decoder.append(header.buffer)
            var queue = MessageQueue()
            var commands: [[UInt8]] = []
            let error = self.drain(&decoder, into: &queue, limit: 0, commands: &commands)
            #expect(error == (isRefused ? .frameTooLarge : nil))
        }
    }

    @Test(
        "limits hold for the first message, the next, and one that comes in pieces",
        arguments: [4, 5, 6, 32, 33, 40]
    )
    func limitsFrames(size: Int) {
        let bytes = Wire.message("ok") + Wire.message([self.body(size)]) + [UInt8](repeating: 0, count: 100)
        let error: ZMTPError.Code? = size > 5 ? .frameTooLarge : nil
        let limits = FrameLimits(maxFrameSize: 5)
        #expect(self.decode([bytes], limits: limits).error == error)
        #expect(self.decode(bytes.pieces(of: 1), limits: limits).error == error)
        #expect(self.decode([bytes], limits: limits).messages.first == "ok")
    }

    @Test("limits can change on the way")
    func changesLimits() throws {
        var decoder = MessageDecoder(limits: FrameLimits(maxFrameSize: 3))
        var queue = MessageQueue()
        decoder.append(Wire.message("four").buffer)
        #expect(throws: ZMTPError.self) { try self.decodeAll(&decoder, &queue) }
        var other = MessageDecoder(limits: FrameLimits(maxFrameSize: 3))
        other.limits = FrameLimits(maxFrameSize: 4)
        other.append(Wire.message("four").buffer)
        try self.decodeAll(&other, &queue)
        #expect(queue.popFirst() == "four")
    }

    private func decodeAll(_ decoder: inout MessageDecoder, _ queue: inout MessageQueue) throws {
        _ = try decoder.decode(into: &queue, limit: .max)
    }

    static let hugeSizes: [UInt64] = [
        0x7FFF_FFFF_FFFF_FFFF, 0x7FFF_FFFF_FFFF_FFF7, 0x7FFF_FFFF_FFFF_FFF6, 0x4000_0000_0000_0000,
    ]

    @Test("survives sizes that no sum can hold", arguments: hugeSizes)
    func survivesHugeSizes(size: UInt64) {
        for limits in [FrameLimits(), FrameLimits(maxMessageSize: 1000)] {
            let bytes = Wire.short(1, self.body(200)) + Wire.longHeader(0, size: size) + [1, 2, 3]
            let whole = self.decode([bytes, [4]], limits: limits)
            #expect(whole.messages.isEmpty)
            #expect(self.decode(bytes.pieces(of: 1), limits: limits).error == whole.error)
        }
    }
}
