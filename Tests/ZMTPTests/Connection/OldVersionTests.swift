// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

/// What peers older than ZMTP 3.0 send, put together by hand.
enum OldWire {
    static let signature = octets("FF 0000000000000001 7F")

    /// All that a 2.0 peer sends before its messages.
    static func second(_ type: UInt8, identity: String = "", revision: UInt8 = 1) -> [UInt8] {
        self.signature + [revision, type, 0, UInt8(identity.utf8.count)] + Array(identity.utf8)
    }

    /// All that a 1.0 peer sends before its messages.
    static func first(identity: String = "") -> [UInt8] { self.frame(0, Array(identity.utf8)) }

    /// A frame of 1.0: the length counts the flags.
    static func frame(_ flags: UInt8, _ body: [UInt8]) -> [UInt8] {
        let length = body.count + 1
        guard length >= 255 else { return [UInt8(length), flags] + body }
        return self.longHeader(length: UInt64(length)) + [flags] + body
    }

    static func longHeader(length: UInt64) -> [UInt8] {
        [0xFF] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
    }

    static func message(_ parts: [[UInt8]]) -> [UInt8] {
        parts.dropLast().flatMap { self.frame(1, $0) } + parts.suffix(1).flatMap { self.frame(0, $0) }
    }
}

@Suite("RFC 13, RFC 15, and RFC 37, Backwards Interoperability")
struct OldVersionTests {
    static func configuration(
        _ type: SocketType, _ oldest: ProtocolVersion, routingID: RoutingID? = nil
    ) -> ConnectionConfiguration {
        var configuration = ConnectionConfiguration(socketType: type, routingID: routingID)
        configuration.oldestVersion = oldest
        return configuration
    }

    static func run(
        _ bytes: [UInt8], _ type: SocketType = .router, _ oldest: ProtocolVersion, routingID: RoutingID? = nil
    ) -> Trace {
        trace(of: [bytes], by: self.configuration(type, oldest, routingID: routingID))
    }

    // MARK: Detection

    @Test("who lets 1.0 in sends 10 octets first, with the length of its identity's frame in them")
    func tenOctets() {
        #expect(Self.run([], .router, .v10, routingID: "me").output == octets("FF 0000000000000003 7F"))
        #expect(Self.run([], .push, .v10, routingID: "me").output == octets("FF 0000000000000001 7F"))
        #expect(Self.run([], .router, .v20).output == octets("FF 0000000000000001 7F 03"))
    }

    @Test(
        "a 3.x peer gets the same greeting as ever, each piece as soon as it may",
        arguments: [ProtocolVersion.v10, .v20])
    func laterPeer(oldest: ProtocolVersion) {
        var subject = Subject(Self.configuration(.dealer, oldest))
        for octet in Wire.greeting() {
            subject.feed([octet])
        }
        #expect(subject.drainOutput() == Wire.greeting() + Wire.ready("DEALER", identity: []))
        subject.feed(Wire.ready("DEALER"))
        #expect(subject.trace.peer?.version == .v31)

        var waiting = Subject(Self.configuration(.dealer, oldest))
        waiting.feed(OldWire.signature)
        #expect(waiting.drainOutput() == OldWire.signature + [3])
        waiting.feed([3])
        #expect(waiting.drainOutput() == Array(Wire.greeting()[11...]))
    }

    @Test(
        "two sides that let old ones in meet in 3.1", arguments: [ProtocolVersion.v10, .v20],
        [ProtocolVersion.v10, .v31])
    func meet(left: ProtocolVersion, right: ProtocolVersion) {
        for length in [1, 3, 10, 11, 100] {
            var pump = Pump(Self.configuration(.dealer, left), Self.configuration(.router, right), pieceLength: length)
            pump.run()
            #expect(pump.left.trace.peer?.version == .v31)
            #expect(pump.right.trace.peer?.version == .v31)
        }
    }

    @Test("a version below the oldest that is let in is refused, also 3.0")
    func refusesOlder() {
        #expect(Self.run(OldWire.first(), .router, .v20).error?.code == .notZMTP)
        #expect(Self.run(OldWire.signature + [0], .router, .v20).error?.code == .unsupportedVersion)
        #expect(Self.run(OldWire.second(5), .router, .v30).error?.code == .unsupportedVersion)
        #expect(Self.run(Wire.greeting(minor: 0), .router, .v31).error?.code == .unsupportedVersion)
        #expect(Self.run(Wire.handshake("DEALER"), .router, .v31).isReady)
    }

    @Test("where 2.0 is let in, other protocols are refused at once, as ever", arguments: RefusalTests.foreign.indices)
    func foreign(index: Int) {
        let (name, bytes, enough, code) = RefusalTests.foreign[index]
        guard code == .notZMTP else { return }
        #expect(Self.run(Array(bytes.prefix(enough)), .router, .v20).error?.code == .notZMTP, "\(name)")
    }

    // MARK: 2.0

    @Test("a 2.0 peer is told type and identity, and its messages are understood", arguments: [UInt8(1), 2])
    func second(revision: UInt8) {
        let bytes = OldWire.second(5, identity: "you", revision: revision) + Wire.message("a", "b") + Wire.message("c")
        for oldest in [ProtocolVersion.v10, .v20] {
            let trace = Self.run(bytes, .router, oldest, routingID: "me")
            #expect(trace.error == nil)
            #expect(trace.output == octets("FF 0000000000000003 7F 03 06 00 02 6D 65"))
            #expect(trace.peer?.version == .v20)
            #expect(trace.peer?.socketType == .dealer)
            #expect(trace.peer?.routingID == "you")
            #expect(trace.peer?.properties.text("Socket-Type") == "DEALER")
            #expect(trace.messages == [["a", "b"], "c"])
        }
    }

    @Test("the vector of a DEALER without identity")
    func vector() {
        let trace = Self.run(octets("FF 00 00 00 00 00 00 00 01 7F 01 05 00 00"), .router, .v20)
        #expect(trace.peer?.socketType == .dealer)
        #expect(trace.peer?.routingID == nil)
    }

    static let octetsOfTypes: [(UInt8, SocketType)] = [
        (0, .pair), (1, .pub), (2, .sub), (3, .req), (4, .rep), (5, .dealer), (6, .router), (7, .pull), (8, .push),
        (9, .xpub), (10, .xsub),
    ]

    @Test("types are told by their octets, and those that do not fit are left without a word", arguments: octetsOfTypes)
    func types(octet: UInt8, theirs: SocketType) {
        for ours in SocketType.allCases {
            let trace = Self.run(OldWire.second(octet), ours, .v20)
            #expect(trace.isReady == ours.canTalk(to: theirs))
            #expect(trace.error?.code == (ours.canTalk(to: theirs) ? nil : .incompatibleSocketType))
            let said: UInt8 = [.xpub: 1, .xsub: 2][ours] ?? Self.octetsOfTypes.first { $0.1 == ours }?.0 ?? 99
            #expect(trace.output == OldWire.signature + [3, said, 0, 0])
        }
    }

    static let badSecond: [(String, [UInt8], ZMTPError.Code)] = [
        ("a type that is none", OldWire.signature + [1, 11], .incompatibleSocketType),
        ("an identity that is not final", OldWire.signature + [1, 5, 1, 0], .malformedGreeting),
        ("a long identity", OldWire.signature + [1, 5, 2, 0], .malformedGreeting),
        ("an identity with a zero in front", OldWire.second(5, identity: "\0a"), .invalidRoutingID),
        ("a command", OldWire.second(5) + Wire.command("PING", [0, 0]), .malformedFrame),
        ("reserved bits", OldWire.second(5) + [0x08, 0], .malformedFrame),
    ]

    @Test("what 2.0 does not know is refused in silence", arguments: badSecond.indices)
    func refusesSecond(index: Int) {
        let (name, bytes, code) = Self.badSecond[index]
        let trace = Self.run(bytes, .router, .v20)
        #expect(trace.error?.code == code, "\(name)")
        #expect(trace.output == OldWire.signature + [3, 6, 0, 0], "\(name)")
    }

    // MARK: 1.0

    @Test("a 1.0 peer is told the rest of our identity's frame, and its messages are understood")
    func first() {
        let bytes = OldWire.first(identity: "you") + octets("02 01 61  02 00 62  01 00  01 01 02 00 63")
        let trace = Self.run(bytes, .router, .v10, routingID: "me")
        #expect(trace.error == nil)
        #expect(trace.output == octets("FF 0000000000000003 7F 6D 65"))
        #expect(trace.peer?.version == .v10)
        #expect(trace.peer?.socketType == nil)
        #expect(trace.peer?.routingID == "you")
        #expect(trace.messages == [["a", "b"], "", ["", "c"]])
    }

    @Test(
        "an identity with a long length, whatever its flags but for the bit of a signature",
        arguments: [0, 0x7E] as [UInt8])
    func longIdentity(flags: UInt8) {
        let bytes = OldWire.longHeader(length: 4) + [flags] + Array("you".utf8) + OldWire.message([[1]])
        let trace = Self.run(bytes, .router, .v10)
        #expect(trace.peer?.routingID == "you")
        #expect(trace.messages.map(\.byteCount) == [1])
    }

    @Test("a peer with a signature and revision 0 is sent a whole frame with our identity")
    func revisionZero() {
        let bytes = OldWire.signature + [0] + OldWire.first(identity: "you") + OldWire.message([[1]])
        let trace = Self.run(bytes, .router, .v10, routingID: "me")
        #expect(trace.output == octets("FF 0000000000000003 7F 03 03 00 6D 65"))
        #expect(trace.peer?.routingID == "you")
        #expect(trace.messages.map(\.byteCount) == [1])
    }

    @Test("sizes around the limits of short lengths are read", arguments: [0, 1, 252, 253, 254, 255, 256, 300, 70_000])
    func sizes(size: Int) {
        let body = FragmentationTests.body(size)
        let trace = Self.run(OldWire.first() + OldWire.message([body, body]), .router, .v10)
        #expect(trace.messages == [Message(parts: [Message.Part(body), Message.Part(body)])])
        // A long length is legal for a short body too.
        let long = OldWire.longHeader(length: UInt64(size + 1)) + [0] + body
        #expect(Self.run(OldWire.first() + long, .router, .v10).messages == [Message(body)])
    }

    static let badFirst: [(String, [UInt8], ZMTPError.Code)] = [
        ("an identity of length 0", [0], .malformedFrame),
        ("an identity of 256 octets", OldWire.longHeader(length: 257) + [0], .invalidRoutingID),
        ("an identity of 2^64-1 octets", OldWire.longHeader(length: .max) + [0], .invalidRoutingID),
        ("an identity with a zero in front", OldWire.first(identity: "\0"), .invalidRoutingID),
        ("a length of 0", OldWire.first() + [0], .malformedFrame),
        ("a long length of 0", OldWire.first() + OldWire.longHeader(length: 0), .malformedFrame),
        ("a length of 2^63", OldWire.first() + OldWire.longHeader(length: 1 << 63), .malformedFrame),
        ("a length of 2^64-1", OldWire.first() + OldWire.longHeader(length: .max), .malformedFrame),
        ("reserved flags", OldWire.first() + [2, 4, 1], .malformedFrame),
    ]

    @Test("what 1.0 does not know is refused, behind the messages before it", arguments: badFirst.indices)
    func refusesFirst(index: Int) {
        let (name, bytes, code) = Self.badFirst[index]
        #expect(Self.run(bytes, .router, .v10).error?.code == code, "\(name)")
        guard bytes.starts(with: OldWire.first()) else { return }
        let trace = Self.run(OldWire.first() + OldWire.message([[1]]) + bytes.dropFirst(2), .router, .v10)
        #expect(trace.error?.code == code, "\(name)")
        #expect(trace.messages.count == 1, "\(name)")
    }

    @Test("limits hold when a size is announced", arguments: [(10, 10), (10, 11), (300, 300), (300, 301)])
    func limits(limit: Int, size: Int) {
        var configuration = Self.configuration(.router, .v10)
        configuration.maxFrameSize = limit
        let frame = OldWire.frame(0, FragmentationTests.body(size))
        let header = Array(frame.prefix(size < 254 ? 2 : 10))
        let trace = trace(of: [OldWire.first() + header], by: configuration)
        #expect(trace.error?.code == (size > limit ? .frameTooLarge : nil))
    }

    @Test("messages are framed anew for a 1.0 peer, and left alone for others")
    func framing() throws {
        let large = FragmentationTests.body(254)
        let canonical = encoded("a", ["b", "", "c"], Message(FragmentationTests.body(253)), Message(large))
        let old =
            OldWire.message([[0x61]]) + OldWire.message([[0x62], [], [0x63]])
            + OldWire.message([FragmentationTests.body(253)]) + OldWire.message([large])
        #expect(octets("02 00 61  02 01 62  01 01  02 00 63").elementsEqual(old.prefix(11)))
        var first = Subject(Self.configuration(.router, .v10))
        first.feed(OldWire.first())
        #expect([UInt8](buffer: first.connection.framed(canonical.buffer, nil).frames) == old)
        var second = Subject(Self.configuration(.router, .v20))
        second.feed(OldWire.second(5))
        #expect([UInt8](buffer: second.connection.framed(canonical.buffer, nil).frames) == canonical)
    }

    @Test("a large body beside its header stays where it is; large frames beside others are framed too")
    func framingBeside() {
        var subject = Subject(Self.configuration(.router, .v10))
        subject.feed(OldWire.first())
        let body = FragmentationTests.body(70_000)
        let header = encoded("a") + Wire.longHeader(0, size: 70_000)
        let beside = subject.connection.framed(header.buffer, body.buffer)
        #expect([UInt8](buffer: beside.frames) == OldWire.message([[0x61]]) + OldWire.longHeader(length: 70_001) + [0])
        #expect(beside.payload == body.buffer)
        let parts = encoded(Message(parts: [Message.Part(body), "z"]))
        let framed = subject.connection.framed(encoded("a").buffer, parts.buffer)
        #expect([UInt8](buffer: framed.frames) == OldWire.message([[0x61]]))
        #expect(framed.payload.map { [UInt8](buffer: $0) } == OldWire.message([body, [0x7A]]))
    }

    @Test("nothing is lent out while frames are turned")
    func lending() {
        var subject = Subject(Self.configuration(.router, .v10))
        subject.feed(OldWire.first() + OldWire.longHeader(length: 70_001) + [0] + [1, 2, 3])
        #expect(subject.connection.lendUnfinished { ByteBufferAllocator().buffer(capacity: $0) } == nil)
    }

    // MARK: What they do not have

    @Test("a 1.0 subscriber wants everything, others what they say", arguments: [SocketType.pub, .xpub])
    func subscriber(type: SocketType) {
        let all = ConnectionEvent.subscribed(ByteBuffer())
        let first = Self.run(OldWire.first(), type, .v10)
        #expect(first.events.last == all)
        #expect(first.events.count == 2)
        // It may say more.
        #expect(Self.run(OldWire.first() + OldWire.message([[1, 0x41]]), type, .v10).messages.map(\.byteCount) == [2])
        #expect(!Self.run(OldWire.second(2), type, .v10).events.contains(all))
        #expect(!Self.run(OldWire.first(), .sub, .v10).events.contains(all))
    }

    @Test("subscriptions are told in the peer's way")
    func subscriptions() {
        func told(_ bytes: [UInt8]) -> [UInt8] {
            var subject = Subject(Self.configuration(.sub, .v10))
            subject.feed(bytes)
            return [UInt8](
                buffer: subject.connection.encode([Subscription("A"), Subscription("A", isCancellation: true)]))
        }
        #expect(told(OldWire.first()) == octets("03 00 01 41  03 00 00 41"))
        #expect(told(OldWire.second(1)) == octets("00 02 01 41  00 02 00 41"))
        #expect(told(Wire.greeting(minor: 0) + Wire.ready("PUB")) == octets("00 02 01 41  00 02 00 41"))
        #expect(told(Wire.handshake("PUB")) == Wire.command("SUBSCRIBE", [0x41]) + Wire.command("CANCEL", [0x41]))
    }

    @Test("there are no heartbeats", arguments: [OldWire.first(), OldWire.second(5)])
    func heartbeats(bytes: [UInt8]) {
        var configuration = Self.configuration(.router, .v10)
        configuration.heartbeat.interval = .milliseconds(1)
        var subject = Subject(configuration)
        subject.feed(bytes)
        #expect(subject.trace.isReady)
        #expect(subject.connection.wantsTick == false)
        #expect(subject.connection.tick(at: .uptimeNanoseconds(1_000_000_000)) == .tickAgain(nil))
    }

    // MARK: Recorded

    /// What libzmq 4.3.4 sent to peers that spoke old versions, from its greeting on.
    static let recorded: [(name: String, bytes: [UInt8], type: SocketType, messages: [[[UInt8]]])] = [
        (
            "2.0, a ROUTER with the identity lz",
            octets("FF 00 00 00 00 00 00 00 03 7F 01 06 00 02 6C 7A 01 02 72 65 03 00 00 00 00 00 00 01 2C")
                + Array(repeating: 0x78, count: 300) + octets("00 00"),
            .dealer, [[[0x72, 0x65], Array(repeating: 0x78, count: 300), []]]
        ),
        (
            "2.0, an XPUB", octets("FF 00 00 00 00 00 00 00 01 7F 01 09 00 00 00 03 61 62 63"), .sub,
            [[[0x61, 0x62, 0x63]]]
        ),
        (
            "1.0, a ROUTER with the identity lz",
            octets("03 00 6C 7A 03 01 72 65 FE 01") + Array(repeating: 0x78, count: 253)
                + octets("FF 00 00 00 00 00 00 00 FF 01") + Array(repeating: 0x79, count: 254) + octets("01 00"),
            .dealer,
            [[[0x72, 0x65], Array(repeating: 0x78, count: 253), Array(repeating: 0x79, count: 254), []]]
        ),
        (
            "1.0, a PUB", octets("01 00 04 01 74 6F 70 03 00 69 63"), .sub, [[Array("top".utf8), Array("ic".utf8)]]
        ),
        ("1.0, a REP", octets("01 00 01 01 03 00 68 69"), .req, [[[], [0x68, 0x69]]]),
    ]

    /// It announces 3 in any case; the revision and the header of the 1.0 identity are what an old peer would say.
    @Test("what libzmq says in old versions is understood", arguments: recorded.indices)
    func understandsRecorded(index: Int) {
        let (name, bytes, type, messages) = Self.recorded[index]
        let trace = Self.run(bytes, type, .v10)
        #expect(trace.error == nil, "\(name)")
        #expect(trace.messages == messages.map { Message(parts: $0.map { Message.Part($0) }) }, "\(name)")
    }

    // MARK: Cut anywhere

    static let exchanges: [[UInt8]] =
        recorded.map(\.bytes) + badFirst.map(\.1) + badSecond.map(\.1) + [
            OldWire.first(identity: "you") + OldWire.message([[1], [], FragmentationTests.body(300)])
                + OldWire.message([FragmentationTests.body(254)]) + OldWire.message([[2]]),
            OldWire.second(5, identity: "you") + Wire.message([[1], [], FragmentationTests.body(300)])
                + Wire.message([[2]]),
            OldWire.longHeader(length: 4) + [0] + Array("you".utf8) + OldWire.message([[1]]),
            OldWire.signature + [0] + OldWire.first(identity: "you") + OldWire.message([[1]]),
            FragmentationTests.small,
        ]

    @Test("means the same", arguments: exchanges.indices, [ProtocolVersion.v10, .v20])
    func cut(index: Int, oldest: ProtocolVersion) {
        let bytes = Self.exchanges[index]
        let configuration = Self.configuration(.router, oldest, routingID: "me")
        let whole = trace(of: [bytes], by: configuration)
        let wrong = (0...bytes.count).filter { trace(of: bytes.cut(at: $0), by: configuration) != whole }
        #expect(wrong == [])
        for length in [1, 2, 3, 10, 11] {
            #expect(trace(of: bytes.pieces(of: length), by: configuration, batch: 1) == whole, "\(length)")
        }
    }
}
