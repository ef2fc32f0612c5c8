// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, greeting")
struct GreetingTests {
    static let vector = octets("FF 00 00 00 00 00 00 00 01 7F 03 01 4E 55 4C 4C") + Array(repeating: 0, count: 48)

    private func read(_ bytes: [UInt8]) throws -> Greeting {
        var buffer = bytes.buffer
        return try #require(try Greeting(reading: &buffer))
    }

    @Test("is written as the 64 octets of the grammar, the first 11 apart")
    func writesVector() {
        let greeting = Greeting(version: .v31, mechanism: "NULL", isServer: false)
        var buffer = ByteBuffer()
        greeting.writeOpening(into: &buffer, routingIDLength: 0)
        #expect([UInt8](buffer: buffer) == Array(Self.vector.prefix(11)))
        greeting.writeRest(into: &buffer)
        #expect([UInt8](buffer: buffer) == Self.vector)
    }

    @Test("carries the length of the routing id plus one in the padding", arguments: [0, 1, 5, 254, 255])
    func writesPadding(length: Int) {
        var buffer = ByteBuffer()
        Greeting(version: .v31, mechanism: "NULL", isServer: false)
            .writeOpening(into: &buffer, routingIDLength: length)
        #expect(buffer.getInteger(at: 1, as: UInt64.self) == UInt64(length + 1))
    }

    @Test("writes the server's octet and a name of full length")
    func writesServer() {
        var buffer = ByteBuffer()
        Greeting(version: .v30, mechanism: "ABCDEFGHIJ0123456789", isServer: true).writeRest(into: &buffer)
        #expect(
            [UInt8](buffer: buffer) == [0] + Array("ABCDEFGHIJ0123456789".utf8) + [1] + Array(repeating: 0, count: 31)
        )
    }

    @Test("is read back")
    func readsVector() throws {
        let greeting = try self.read(Self.vector)
        #expect(greeting == Greeting(version: .v31, mechanism: "NULL", isServer: false))
    }

    @Test("is read with any padding, any as-server octet and any filler")
    func readsInsignificantOctets() throws {
        var bytes = Self.vector
        bytes.replaceSubrange(1...8, with: octets("FF 02 00 7F 00 48 00 20"))
        bytes[32] = 1
        bytes[44] = 0xFF
        let greeting = try self.read(bytes)
        #expect(greeting == Greeting(version: .v31, mechanism: "NULL", isServer: true))
    }

    @Test("is not taken before all 64 octets are there", arguments: 0..<64)
    func waitsForAll(count: Int) throws {
        var buffer = Array(Self.vector.prefix(count)).buffer
        #expect(try Greeting(reading: &buffer) == nil)
        #expect(buffer.readableBytes == count)
        #expect(try Greeting.checkOpening(buffer) == (count >= 11))
    }

    @Test("leaves what follows it")
    func leavesRest() throws {
        var buffer = (Self.vector + [4, 5, 6]).buffer
        #expect(try Greeting(reading: &buffer) != nil)
        #expect([UInt8](buffer: buffer) == [4, 5, 6])
    }

    @Test(
        "tells a mechanism apart from one that only begins like it",
        arguments: ["NULL\0X", "NULLX", "NUL", "null", "", "\0NULL"]
    )
    func comparesWholeMechanism(name: String) throws {
        let greeting = try self.read(Wire.greeting(mechanism: name))
        #expect(greeting.mechanism != "NULL")
    }

    @Test("shows a mechanism of unprintable octets in printable ones")
    func showsPrintableMechanism() throws {
        let greeting = try self.read(Wire.greeting(mechanism: "\u{1B}[31m\u{7F}\n"))
        #expect(greeting.mechanism == "?[31m??")
    }
}

@Suite("RFC 37, Version Negotiation")
struct ProtocolVersionTests {
    @Test(
        "speaks the lower of the two versions",
        arguments: [
            (ProtocolVersion(major: 3, minor: 0), ProtocolVersion.v30),
            (ProtocolVersion(major: 3, minor: 1), .v31),
            (ProtocolVersion(major: 3, minor: 9), .v31),
            (ProtocolVersion(major: 4, minor: 0), .v31),
            (ProtocolVersion(major: 255, minor: 255), .v31),
        ]
    )
    func negotiates(announced: ProtocolVersion, spoken: ProtocolVersion) {
        #expect(ProtocolVersion.v31.negotiated(with: announced) == spoken)
    }

    @Test("reads as major point minor")
    func describes() {
        #expect("\(ProtocolVersion.v30)" == "3.0")
    }
}
