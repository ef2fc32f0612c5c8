// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, Framing: encoder")
struct FrameEncoderTests {
    static let sizes = [0, 1, 30, 31, 32, 33, 34, 127, 128, 254, 255, 256, 257, 4095, 4096, 70_000]

    private func body(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &+ 1) }
    }

    @Test("writes vectors of the protocol")
    func writesVectors() {
        #expect(encoded(Message()) == octets("00 00"))
        #expect(encoded(["", "Hi"]) == octets("01 00 00 02 48 69"))
        #expect(
            encoded([Message.Part(octets("00 00 00 2A")), "", "Hi"]) == octets("01 04 00 00 00 2A 01 00 00 02 48 69")
        )
    }

    @Test("writes one part in the shortest form, in place or shared", arguments: sizes)
    func writesSinglePart(count: Int) {
        let body = self.body(count)
        #expect(encoded(Message(body)) == Wire.frame(0, body))
        #expect(encoded(Message(buffer: body.buffer)) == Wire.frame(0, body))
    }

    @Test("writes several parts, MORE on all but the last", arguments: sizes, [0, 31, 33, 256])
    func writesParts(first: Int, second: Int) {
        let parts = [self.body(first), self.body(second), self.body(first)]
        #expect(encoded(Message(parts: parts.map { Message.Part($0) })) == Wire.message(parts))
    }

    @Test("writes messages one behind the other, over every growth of the buffer")
    func writesMany() {
        var buffer = RawBuffer()
        var expected: [UInt8] = []
        for count in 0..<300 {
            buffer.append(Message(self.body(count)))
            expected += Wire.frame(0, self.body(count))
        }
        #expect(unsafe buffer.withUnsafeBytes { unsafe Array($0) } == expected)
    }

    @Test("writes an envelope in front", arguments: sizes)
    func writesEnvelope(count: Int) {
        let body = self.body(count)
        var buffer = RawBuffer()
        buffer.append(Message(body), behind: Envelope(addressing: "peer" as RoutingID).appending(.delimiter))
        #expect(unsafe buffer.withUnsafeBytes { unsafe Array($0) } == Wire.message([Array("peer".utf8), [], body]))
    }

    @Test("knows beforehand how long the frames get", arguments: sizes)
    func countsLength(count: Int) {
        let single = Message(self.body(count))
        let double = Message(parts: [Message.Part(self.body(count)), "x"])
        #expect(single.encodedLength == encoded(single).count)
        #expect(double.encodedLength == encoded(double).count)
    }

    @Test("writes only a header for a body that travels beside", arguments: sizes)
    func writesHeader(count: Int) {
        var buffer = RawBuffer()
        buffer.appendHeader(bodyLength: count)
        #expect(
            unsafe buffer.withUnsafeBytes { unsafe Array($0) } + self.body(count) == Wire.frame(0, self.body(count))
        )
    }

    @Test("starts anew after it is emptied")
    func empties() {
        var buffer = RawBuffer()
        buffer.append(Message(self.body(1000)))
        buffer.removeAll(keepingAtMost: 10)
        #expect(unsafe buffer.withUnsafeBytes { $0.count } == 0)
        buffer.append("a")
        buffer.removeAll(keepingAtMost: 10_000)
        buffer.append("b")
        #expect(unsafe buffer.withUnsafeBytes { unsafe Array($0) } == Wire.message("b"))
    }
}
