// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("Refusals before ready")
struct RefusalTests {
    /// Octets that no ZMTP 3 peer sends, and how many of them must suffice.
    static let foreign: [(name: String, bytes: [UInt8], enough: Int, code: ZMTPError.Code)] = [
        ("HTTP", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), 1, .notZMTP),
        ("TLS hello", octets("16 03 01 02 00 01 00 01 FC 03 03 7F 03"), 1, .notZMTP),
        ("SSH", Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), 1, .notZMTP),
        ("telnet options", octets("FF FB 1F FF FB 20 FF FB 18 FF FB 27 FF FD 01"), 10, .malformedGreeting),
        ("zeros", [UInt8](repeating: 0, count: 64), 1, .notZMTP),
        ("ones", [UInt8](repeating: 0xFF, count: 64), 10, .malformedGreeting),
        ("ZMTP 1.0, no identity", octets("01 00"), 1, .notZMTP),
        ("ZMTP 1.0, short identity", octets("06 00 68 65 6C 6C 6F"), 1, .notZMTP),
        ("ZMTP 1.0, long identity", octets("FF 00 00 00 00 00 00 01 01 00 41"), 10, .malformedGreeting),
        ("ZMTP 1.0 with signature", octets("FF 00 00 00 00 00 00 00 01 7F 00"), 11, .unsupportedVersion),
        ("ZMTP 2.0", octets("FF 00 00 00 00 00 00 00 01 7F 01 05 00 00"), 11, .unsupportedVersion),
        ("version 2", octets("FF 00 00 00 00 00 00 00 01 7F 02"), 11, .unsupportedVersion),
    ]

    @Test("refuses what is no ZMTP 3, at the first octet that shows it", arguments: foreign.indices)
    func refusesForeign(index: Int) {
        let (name, bytes, enough, code) = Self.foreign[index]
        #expect(trace(of: bytes).error?.code == code, "\(name)")
        #expect(trace(of: Array(bytes.prefix(enough))).error?.code == code, "\(name)")
        #expect(trace(of: Array(bytes.prefix(enough - 1))).error == nil, "\(name)")
    }

    @Test("sends no more than the opening to what is no ZMTP 3", arguments: foreign.indices)
    func sendsOpeningOnly(index: Int) {
        #expect(trace(of: Self.foreign[index].bytes).output == Array(Wire.greeting().prefix(11)))
    }

    @Test(
        "refuses every other mechanism, after all of its own greeting has gone out",
        arguments: ["PLAIN", "CURVE", "GSSAPI", "", "null", "NULL\0X", "NULLX", "NUL", "ABCDEFGHIJKLMNOPQRST"]
    )
    func refusesMechanism(name: String) {
        let trace = trace(of: Wire.greeting(mechanism: name) + Wire.ready("DEALER"))
        #expect(trace.error?.code == .mechanismMismatch)
        #expect(trace.output == Wire.greeting())
        #expect(trace.events.isEmpty)
    }

    @Test("refuses every illegal pair of types with ERROR, on both sides", arguments: SocketTypeTests.illegalPairs)
    func refusesPair(left: SocketType, right: SocketType) {
        let trace = trace(of: Wire.handshake(right.wireName), by: left)
        #expect(trace.error?.code == .incompatibleSocketType)
        #expect(!trace.isReady)
        #expect(trace.output.ends(with: Wire.error("incompatible-Socket-Type")))

        var pump = Pump(left, right)
        pump.run()
        #expect(pump.left.trace.error?.code == .incompatibleSocketType)
        #expect(pump.right.trace.error?.code == .incompatibleSocketType)
    }

    @Test("refuses a type that is none", arguments: ["", "STREAM", "dealer", "DEALER ", "CLIENT", "\0\u{1B}[2J"])
    func refusesUnknownType(name: String) {
        let trace = trace(of: Wire.handshake(name))
        #expect(trace.error?.code == .incompatibleSocketType)
        #expect(trace.error?.message.allSatisfy { $0.isASCII && !$0.isNewline && $0 != "\u{1B}" } == true)
    }

    @Test("refuses an Identity with a zero octet in front, or of 256 octets, with ERROR", arguments: [1, 2, 255, 256])
    func refusesIdentity(count: Int) {
        let identity = [UInt8](repeating: count == 256 ? 1 : 0, count: count)
        let trace = trace(of: Wire.handshake("DEALER", identity: identity))
        #expect(trace.error?.code == .invalidRoutingID)
        #expect(trace.output.ends(with: Wire.error("invalid-Identity")))
    }

    static let malformedMetadata: [(String, [UInt8])] = [
        ("name of no octets", [0, 0, 0, 0, 0]),
        ("name with a blank", Wire.property("Socket Type", "REP")),
        ("name cut", [11] + Array("Socket".utf8)),
        ("no size", [1, 0x41]),
        ("size cut", [1, 0x41, 0, 0, 0]),
        ("value cut", [1, 0x41, 0, 0, 0, 2, 0]),
        ("value of 2^32-1", [1, 0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0]),
        ("garbage behind", Wire.property("Socket-Type", "DEALER") + [9]),
    ]

    @Test("refuses malformed metadata with ERROR", arguments: malformedMetadata)
    func refusesMetadata(name: String, data: [UInt8]) {
        let trace = trace(of: Wire.greeting() + Wire.command("READY", data))
        #expect(trace.error?.code == .malformedMetadata, "\(name)")
        #expect(trace.output.ends(with: Wire.error("malformed-metadata")), "\(name)")
    }

    static let notReady: [(String, [UInt8], ZMTPError.Code)] = [
        ("message", Wire.message("hello"), .unexpectedMessage),
        ("multipart message", Wire.message("a", "b"), .unexpectedMessage),
        ("empty message", [0, 0], .unexpectedMessage),
        ("announced message", Wire.longHeader(0, size: 1 << 40), .unexpectedMessage),
        ("PING", Wire.command("PING", [0, 0]), .unexpectedCommand),
        ("PONG", Wire.command("PONG"), .unexpectedCommand),
        ("SUBSCRIBE", Wire.command("SUBSCRIBE"), .unexpectedCommand),
        ("HELLO", Wire.command("HELLO"), .unexpectedCommand),
        ("ready", Wire.command("ready"), .unexpectedCommand),
        ("ERROR", Wire.error("401"), .refusedByPeer),
        ("ERROR without reason", Wire.command("ERROR", [0]), .refusedByPeer),
        ("ERROR cut", Wire.command("ERROR"), .malformedCommand),
        ("ERROR reason cut", Wire.command("ERROR", [4, 0x34]), .malformedCommand),
        ("no name", Wire.short(4, []), .malformedCommand),
        ("name of no letters", Wire.short(4, [0]), .malformedCommand),
        ("name cut", Wire.short(4, [5, 0x52]), .malformedCommand),
        ("name not of letters", Wire.short(4, [3, 0x52, 0, 0x52]), .malformedCommand),
        ("MORE on a command", Wire.short(5, [5] + Array("READY".utf8)), .malformedFrame),
        ("MORE on a long command", Wire.long(5, [5] + Array("READY".utf8)), .malformedFrame),
        ("huge command", Wire.longHeader(4, size: 65_537), .frameTooLarge),
        ("command of 2^63-1", Wire.longHeader(4, size: .max >> 1), .malformedFrame),
        ("command of 2^63", Wire.longHeader(4, size: 1 << 63), .malformedFrame),
        ("command of 2^64-1", Wire.longHeader(4, size: .max), .malformedFrame),
        ("second greeting", Wire.greeting(), .malformedFrame),
    ]

    @Test("refuses everything but one well-formed READY", arguments: notReady.indices)
    func refusesNotReady(index: Int) {
        let (name, bytes, code) = Self.notReady[index]
        let trace = trace(of: Wire.greeting() + bytes)
        #expect(trace.error?.code == code, "\(name)")
        #expect(!trace.isReady, "\(name)")
        #expect(trace.messages.isEmpty, "\(name)")
    }

    @Test("refuses each reserved bit", arguments: 3..<8)
    func refusesReservedBits(bit: Int) {
        let flags = UInt8(1) << bit
        #expect(trace(of: Wire.greeting() + [flags, 0]).error?.code == .malformedFrame)
        #expect(trace(of: Wire.greeting() + [flags | 4, 0]).error?.code == .malformedFrame)
    }

    @Test("accepts a READY of 64 KiB and refuses one octet more")
    func limitsReady() {
        let head = Wire.property("Socket-Type", "REP")
        let filling = 65_536 - 6 - head.count - Wire.property("X-A", "").count
        func ready(_ extra: Int) -> [UInt8] {
            Wire.command("READY", head + Wire.property("X-A", Array(repeating: 1, count: filling + extra)))
        }
        #expect(trace(of: Wire.greeting() + ready(0)).isReady)
        #expect(trace(of: Wire.greeting() + ready(1)).error?.code == .frameTooLarge)
    }

    @Test("tells what the peer gave as reason, made printable")
    func tellsReason() {
        let message = trace(of: Wire.greeting() + Wire.command("ERROR", [3, 0x34, 0x0A, 0x31])).error?.message
        #expect(message?.contains("\"4?1\"") == true)
    }

    @Test("keeps nothing of what it was fed once it has failed")
    func letsGo() {
        var subject = Subject(.dealer)
        subject.feed(Wire.handshake("DEALER"))
        var partial = (Wire.longHeader(0, size: 1000) + [UInt8](repeating: 1, count: 500)).buffer
        subject.connection.receive(partial)
        subject.feed(Wire.long(0, [UInt8](repeating: 1, count: 491)) + [0xFF])
        var late = ByteBuffer(repeating: 1, count: 500)
        subject.connection.receive(late)
        #expect(subject.trace.error?.code == .malformedFrame)
        #expect(isUnique(&partial))
        #expect(isUnique(&late))
    }

    @Test("stays failed: throws the same again, says nothing more, and takes nothing in")
    func staysFailed() {
        var subject = Subject(.dealer)
        subject.feed(Wire.handshake("PUB"))
        let first = subject.trace
        subject.feed(Wire.handshake("DEALER") + Wire.message("late"))
        #expect(first.error?.code == .incompatibleSocketType)
        #expect(subject.trace == first)
        subject.connection.start()
        subject.takeOutput()
        #expect(subject.trace == first)
        var queue = MessageQueue()
        let error = first.error
        do throws(ZMTPError) {
            _ = try subject.connection.receiveMessages(into: &queue, limit: 1)
            Issue.record("a failed connection received")
        } catch {
            #expect(error.code == first.error?.code)
        }
        #expect(error != nil)
    }
}

extension Wire {
    static func error(_ reason: String) -> [UInt8] {
        Self.command("ERROR", [UInt8(reason.utf8.count)] + Array(reason.utf8))
    }
}

extension Array where Element: Equatable {
    func ends(with suffix: [Element]) -> Bool { self.suffix(suffix.count) == suffix[...] }
}
