// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, Connection Metadata")
struct PeerPropertiesTests {
    private func read(_ bytes: [UInt8]) throws(ZMTPError) -> PeerProperties {
        try PeerProperties(decoding: bytes.buffer)
    }

    private func error(_ bytes: [UInt8]) -> ZMTPError.Code? {
        #expect(throws: ZMTPError.self) { try self.read(bytes) }?.code
    }

    @Test("keeps names, values and their order")
    func readsAll() throws {
        let properties = try self.read(
            Wire.property("Socket-Type", "DEALER") + Wire.property("X-a.b_c+1", [0, 255])
                + Wire.property("Identity", "")
        )
        #expect(properties.map(\.name) == ["Socket-Type", "X-a.b_c+1", "Identity"])
        #expect(properties["X-a.b_c+1"] == [0, 255])
        #expect(properties["Identity"] == [])
        #expect(properties.text("Socket-Type") == "DEALER")
        #expect(properties["Resource"] == nil)
    }

    @Test("is read as it is written")
    func roundTrips() throws {
        var properties = PeerProperties()
        try properties.add("X-One", "1")
        try properties.add("X-Empty", "")
        try properties.add("X-Long", [UInt8](repeating: 9, count: 1000))
        var buffer = ByteBuffer()
        properties.write(into: &buffer)
        #expect(try PeerProperties(decoding: buffer) == properties)
        #expect(buffer.readableBytes == (1 + 5 + 4 + 1) + (1 + 7 + 4) + (1 + 6 + 4 + 1000))
    }

    @Test(
        "names count without regard to case",
        arguments: ["Socket-Type", "socket-type", "SOCKET-TYPE", "sOCKET-tYPE"]
    )
    func ignoresCase(name: String) throws {
        let properties = try self.read(Wire.property(name, "REQ"))
        #expect(properties.text("Socket-Type") == "REQ")
        #expect(properties.text(name.lowercased()) == "REQ")
    }

    @Test("a name is not equal to one that only Unicode takes for it")
    func comparesASCII() throws {
        var properties = PeerProperties()
        try properties.add("K", "kilo")
        #expect(properties["\u{212A}"] == nil)
        #expect(properties["k"] == Array("kilo".utf8))
    }

    @Test("the first of several with one name stays")
    func keepsFirst() throws {
        let properties = try self.read(
            Wire.property("Identity", "one") + Wire.property("IDENTITY", "two") + Wire.property("X-Z", "z")
        )
        #expect(properties.map(\.text) == ["one", "z"])
        var added = properties
        try added.add("identity", "three")
        #expect(added == properties)
    }

    @Test("without octets there are no properties")
    func readsEmpty() throws {
        #expect(try self.read([]).isEmpty)
    }

    @Test("a property that is cut anywhere is an error", arguments: 1..<Wire.property("Identity", "abc").count)
    func refusesCut(length: Int) {
        let whole = Wire.property("Socket-Type", "REQ")
        let cut = Array(Wire.property("Identity", "abc").prefix(length))
        #expect(self.error(whole + cut) == .malformedMetadata)
    }

    @Test("a name of no octets is an error")
    func refusesEmptyName() {
        #expect(self.error([0, 0, 0, 0, 0]) == .malformedMetadata)
        var properties = PeerProperties()
        #expect(throws: ZMTPError.self) { try properties.add("", "value") }
    }

    @Test("a name has letters, digits and -_.+ only", arguments: UInt8.min...UInt8.max)
    func checksNameOctets(octet: UInt8) throws {
        let legal = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+".utf8)
        let bytes: [UInt8] = [1, octet, 0, 0, 0, 0]
        if legal.contains(octet) {
            #expect(try self.read(bytes).map(\.name) == [String(decoding: [octet], as: UTF8.self)])
        } else {
            #expect(self.error(bytes) == .malformedMetadata)
        }
    }

    @Test("a name has at most 255 octets")
    func checksNameLength() throws {
        var properties = PeerProperties()
        try properties.add(String(repeating: "n", count: 255), "")
        #expect(properties.count == 1)
        #expect(throws: ZMTPError.self) { try properties.add(String(repeating: "n", count: 256), "") }
    }

    @Test(
        "a value that is announced and not there is an error, also beyond 2^31-1",
        arguments: ["7F FF FF FF", "80 00 00 00", "FF FF FF FF"]
    )
    func refusesHugeValue(size: String) {
        #expect(self.error([1, 0x41] + octets(size) + [0, 0]) == .malformedMetadata)
    }

    @Test("thousands of properties are read in a moment and looked up")
    func readsMany() throws {
        let bytes = (0..<5000).flatMap { Wire.property("x\($0)", [UInt8($0 & 0xFF)]) }
        let properties = try self.read(bytes + bytes)
        #expect(properties.count == 5000)
        #expect(properties["X4999"] == [4999 & 0xFF])
    }
}
