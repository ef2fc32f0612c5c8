// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, Commands")
struct CommandTests {
    static func properties(_ pairs: (String, String)...) -> PeerProperties {
        var properties = PeerProperties()
        for (name, value) in pairs { try? properties.add(name, value) }
        return properties
    }

    static let vectors: [(Command, String)] = [
        (
            .ready(properties(("Socket-Type", "DEALER"), ("Identity", ""))),
            """
            04 29 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 44 45 41 4C 45 52
            08 49 64 65 6E 74 69 74 79 00 00 00 00
            """
        ),
        (
            .ready(properties(("Socket-Type", "PUB"))),
            "04 19 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 50 55 42"
        ),
        (.subscribe(ByteBuffer(string: "A")), "04 0B 09 53 55 42 53 43 52 49 42 45 41"),
        (.cancel(ByteBuffer(string: "A")), "04 08 06 43 41 4E 43 45 4C 41"),
        (.ping(timeToLive: 10, context: ByteBuffer(string: "hi")), "04 09 04 50 49 4E 47 00 0A 68 69"),
        (.pong(context: ByteBuffer(string: "hi")), "04 07 04 50 4F 4E 47 68 69"),
        (.error(reason: "400"), "04 0A 05 45 52 52 4F 52 03 34 30 30"),
        (.unknown(name: "JOIN"), "04 05 04 4A 4F 49 4E"),
    ]

    private func error(_ body: [UInt8]) -> ZMTPError? {
        #expect(throws: ZMTPError.self) { try Command(body: body.buffer) }
    }

    private func written(_ command: Command) -> [UInt8] {
        var buffer = ByteBuffer()
        command.write(into: &buffer)
        return [UInt8](buffer: buffer)
    }

    @Test("are written as in the vectors", arguments: vectors)
    func writesVectors(command: Command, digits: String) {
        #expect(self.written(command) == octets(digits))
    }

    @Test("are read as in the vectors", arguments: vectors)
    func readsVectors(command: Command, digits: String) throws {
        #expect(try Command(body: Array(octets(digits).dropFirst(2)).buffer) == command)
    }

    @Test("have a long size from 256 octets on", arguments: [0, 244, 245, 246, 247, 1000])
    func writesLongSize(count: Int) {
        let topic = [UInt8](repeating: 0x41, count: count)
        let body = [9] + Array("SUBSCRIBE".utf8) + topic
        let expected = count <= 245 ? Wire.short(4, body) : Wire.long(4, body)
        #expect(self.written(.subscribe(topic.buffer)) == expected)
    }

    @Test(
        "need a name of letters",
        arguments: ["", "00", "00 41", "05 52 45 41 44", "01", "FF 41", "01 20", "02 41 00", "02 41 31", "01 C4"]
    )
    func refusesMalformedName(digits: String) {
        #expect(self.error(octets(digits))?.code == .malformedCommand)
    }

    @Test("that are not known keep their name", arguments: ["HELLO", "ready", "X", String(repeating: "z", count: 255)])
    func keepsUnknownName(name: String) throws {
        let body = [UInt8(name.utf8.count)] + Array(name.utf8) + [1, 2, 3]
        #expect(try Command(body: body.buffer) == .unknown(name: name))
    }

    @Test("ERROR without as many octets of reason as it says is malformed", arguments: ["", "01", "04 34 30 30"])
    func refusesMalformedError(digits: String) {
        #expect(self.error(octets("05 45 52 52 4F 52") + octets(digits))?.code == .malformedCommand)
    }

    @Test("ERROR is read with octets behind the reason, which is made printable")
    func readsLenientError() throws {
        let body = octets("05 45 52 52 4F 52") + octets("03 34 0A FF 99 99")
        #expect(try Command(body: body.buffer) == .error(reason: "4??"))
    }

    @Test("ERROR carries at most 255 octets of reason")
    func writesLongReason() {
        let written = self.written(.error(reason: String(repeating: "x", count: 300)))
        #expect(written.suffix(256) == [255] + Array(repeating: 0x78, count: 255))
    }

    @Test("PING needs a time to live", arguments: ["", "00"])
    func refusesShortPing(digits: String) {
        #expect(self.error(octets("04 50 49 4E 47") + octets(digits))?.code == .malformedCommand)
    }

    @Test("PING keeps 16 octets of context", arguments: [0, 1, 16, 17, 200])
    func cutsContext(count: Int) throws {
        let body = octets("04 50 49 4E 47 FF FF") + Array(repeating: 7, count: count)
        let context = ByteBuffer(repeating: 7, count: min(count, 16))
        #expect(try Command(body: body.buffer) == .ping(timeToLive: 65535, context: context))
    }
}
