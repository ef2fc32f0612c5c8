// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, greeting and NULL handshake")
struct HandshakeTests {
    @Test("sends 11 octets first, once, and nothing before it is started")
    func sendsOpening() {
        var connection = Connection(ConnectionConfiguration(socketType: .dealer))
        #expect(connection.takeOutput() == nil)
        connection.start()
        connection.start()
        #expect(connection.takeOutput() == ByteBuffer(bytes: octets("FF 00 00 00 00 00 00 00 01 7F 03")))
        #expect(connection.takeOutput() == nil)
    }

    @Test("sends the rest of the greeting when the peer's major version is known")
    func sendsRest() {
        var subject = Subject(.dealer)
        subject.feed(Array(Wire.greeting().prefix(10)))
        #expect(subject.drainOutput() == Array(Wire.greeting().prefix(11)))
        subject.feed([3])
        #expect(subject.drainOutput() == Array(Wire.greeting().suffix(53)))
    }

    @Test("sends READY when the peer's greeting is whole, without waiting for the peer's READY")
    func sendsReady() {
        var subject = Subject(.dealer)
        subject.feed(Array(Wire.greeting().prefix(63)))
        #expect(subject.drainOutput() == Wire.greeting())
        subject.feed([0])
        #expect(subject.drainOutput() == Wire.ready("DEALER", identity: []))
        #expect(!subject.trace.isReady)
    }

    @Test("announces Identity for REQ, DEALER and ROUTER, also an empty one", arguments: SocketType.allCases)
    func announcesIdentity(type: SocketType) {
        let identity: [UInt8]? = [.req, .dealer, .router].contains(type) ? [] : nil
        let output = trace(of: Wire.greeting(), by: type).output
        #expect(output == Wire.greeting() + Wire.ready(type.wireName, identity: identity))
    }

    @Test("announces its routing id, and its length in the padding")
    func announcesRoutingID() {
        let configuration = ConnectionConfiguration(socketType: .req, routingID: "client-7")
        let output = trace(of: [Wire.greeting()], by: configuration).output
        #expect(Array(output[1...8]) == [0, 0, 0, 0, 0, 0, 0, 9])
        #expect(output.suffix(from: 64) == Wire.ready("REQ", identity: Array("client-7".utf8))[...])
    }

    @Test("keeps a routing id for itself where Identity means nothing")
    func hidesRoutingID() {
        let configuration = ConnectionConfiguration(socketType: .push, routingID: "x")
        #expect(trace(of: [Wire.greeting()], by: configuration).output == Wire.greeting() + Wire.ready("PUSH"))
    }

    @Test("tells further properties behind its own, and none in their place")
    func announcesProperties() throws {
        var configuration = ConnectionConfiguration(socketType: .pull)
        try configuration.properties.add("socket-type", "PUB")
        try configuration.properties.add("X-Zone", "north")
        try configuration.properties.add("IDENTITY", "me")
        let output = trace(of: [Wire.greeting()], by: configuration).output
        let expected = Wire.property("Socket-Type", "PULL") + Wire.property("X-Zone", "north")
        #expect(output.suffix(from: 64) == Wire.command("READY", expected)[...])
    }

    @Test("reports the greeting, then the peer with all it said")
    func reportsPeer() {
        let ready = Wire.command(
            "READY",
            Wire.property("X-Zone", "north") + Wire.property("Socket-Type", "ROUTER") + Wire.property("Identity", "r1")
        )
        let trace = trace(of: Wire.greeting() + ready)
        #expect(trace.events.count == 2)
        #expect(trace.events.first == .greeted(Greeting(version: .v31, mechanism: "NULL", isServer: false)))
        #expect(trace.peer?.socketType == .router)
        #expect(trace.peer?.routingID == "r1")
        #expect(trace.peer?.version == .v31)
        #expect(trace.peer?.properties.text("X-Zone") == "north")
        #expect(trace.error == nil)
    }

    @Test("knows the peer's facts once ready, and nothing before")
    func offersFacts() throws {
        var connection = Connection(ConnectionConfiguration(socketType: .dealer))
        connection.start()
        connection.receive(Wire.greeting(minor: 0).buffer)
        _ = try connection.nextEvent()
        let early = (connection.peerSocketType, connection.peerRoutingID, connection.peerProperties.count)
        #expect(early == (nil, nil, 0))
        connection.receive(Wire.ready("REP").buffer)
        _ = try connection.nextEvent()
        let late = (connection.peerSocketType, connection.peerRoutingID, connection.peerProperties.count)
        #expect(late == (.rep, nil, 1))
        let version = connection.version
        #expect(version == .v30)
    }

    @Test(
        "accepts every version from 3.0 on and speaks the lower one",
        arguments: [(3, 0, 0), (3, 1, 1), (3, 2, 1), (4, 0, 1), (255, 0, 1)] as [(UInt8, UInt8, UInt8)]
    )
    func acceptsVersions(major: UInt8, minor: UInt8, spoken: UInt8) {
        let trace = trace(of: Wire.greeting(major: major, minor: minor) + Wire.ready("DEALER"))
        #expect(trace.peer?.version == ProtocolVersion(major: 3, minor: spoken))
    }

    @Test("takes as-server for advice", arguments: [0, 1, 0xFF] as [UInt8])
    func acceptsAsServer(octet: UInt8) {
        #expect(trace(of: Wire.greeting(asServer: octet) + Wire.ready("DEALER")).isReady)
    }

    @Test("accepts a peer that keeps its socket type to itself")
    func acceptsMissingType() {
        let trace = trace(of: Wire.greeting() + Wire.command("READY", Wire.property("Identity", "who")))
        #expect(trace.isReady)
        #expect(trace.peer?.socketType == nil)
        #expect(trace.peer?.routingID == "who")
    }

    @Test("takes an empty Identity for none")
    func acceptsEmptyIdentity() {
        let peer = trace(of: Wire.handshake("DEALER", identity: [])).peer
        #expect(peer != nil)
        #expect(peer?.routingID == nil)
    }

    @Test("ignores Identity from types where it means nothing")
    func ignoresIdentity() {
        let peer = trace(of: Wire.handshake("REP", identity: [0, 1])).peer
        #expect(peer?.socketType == .rep)
        #expect(peer?.routingID == nil)
    }

    @Test("takes an Identity of 255 octets")
    func acceptsLongIdentity() {
        let identity = [UInt8](repeating: 0xEE, count: 255)
        #expect(trace(of: Wire.handshake("DEALER", identity: identity)).peer?.routingID?.part.count == 255)
    }

    @Test("reads READY with a long size")
    func readsLongReady() {
        let ready = Wire.long(4, [5] + Array("READY".utf8) + Wire.property("Socket-Type", "REP"))
        #expect(trace(of: Wire.greeting() + ready).peer?.socketType == .rep)
    }

    @Test("reads messages that stand right behind READY")
    func readsPipelinedMessages() {
        let trace = trace(of: Wire.handshake("DEALER") + Wire.message("one") + Wire.message("a", "", "b"))
        #expect(trace.messages == ["one", ["a", "", "b"]])
    }

    @Test("keeps what arrives before it is started")
    func keepsEarlyOctets() throws {
        var connection = Connection(ConnectionConfiguration(socketType: .dealer))
        connection.receive(Wire.handshake("DEALER").buffer)
        #expect(try connection.nextEvent() == nil)
        connection.start()
        #expect(try connection.nextEvent() != nil)
        #expect(try connection.nextEvent().map { if case .ready = $0 { true } else { false } } == true)
        #expect(try connection.nextEvent() == nil)
    }

    @Test("goes through the handshake also when only messages are asked for")
    func receivesMessagesFromTheStart() throws {
        var connection = Connection(ConnectionConfiguration(socketType: .dealer))
        connection.start()
        connection.receive((Wire.handshake("DEALER") + Wire.message("x")).buffer)
        var queue = MessageQueue()
        var outcomes: [TrafficOutcome] = []
        for _ in 0..<3 { outcomes.append(try connection.receiveMessages(into: &queue, limit: 9)) }
        #expect(outcomes.last == .needsMoreBytes)
        #expect(queue.popFirst() == "x")
    }

    @Test("joins two connections of every legal pair", arguments: SocketTypeTests.legalPairs)
    func joins(left: SocketType, right: SocketType) {
        var pump = Pump(
            ConnectionConfiguration(socketType: left, routingID: "left"),
            ConnectionConfiguration(socketType: right, routingID: "right")
        )
        pump.run()
        #expect(pump.left.trace.peer?.socketType == right)
        #expect(pump.right.trace.peer?.socketType == left)
        #expect(pump.left.trace.peer?.routingID == (right.announcesRoutingID ? "right" : nil))
        #expect(pump.right.trace.peer?.routingID == (left.announcesRoutingID ? "left" : nil))
    }
}

extension SocketTypeTests {
    static let allPairs = SocketType.allCases.flatMap { left in SocketType.allCases.map { (left, $0) } }
    static let legalPairs = allPairs.filter { legalPeers[$0.0]?.contains($0.1) == true }
    static let illegalPairs = allPairs.filter { legalPeers[$0.0]?.contains($0.1) != true }
}
