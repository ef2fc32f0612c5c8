// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("RFC 37, traffic")
struct TrafficTests {
    /// A connection that is ready, its output taken.
    private func ready(
        _ type: SocketType = .dealer,
        peer: String = "DEALER",
        limits: (inout ConnectionConfiguration) -> Void = { _ in }
    ) -> Subject {
        var configuration = ConnectionConfiguration(socketType: type)
        limits(&configuration)
        var subject = Subject(configuration)
        subject.feed(Wire.handshake(peer))
        _ = subject.drainOutput()
        return subject
    }

    /// What comes of octets after the handshake, without the handshake's events.
    private func trace(
        of bytes: [UInt8],
        by type: SocketType = .dealer,
        peer: String = "DEALER",
        limits: (inout ConnectionConfiguration) -> Void = { _ in }
    ) -> Trace {
        var subject = self.ready(type, peer: peer, limits: limits)
        subject.feed(bytes)
        var trace = subject.trace
        trace.events.removeFirst(2)
        return trace
    }

    @Test("delivers messages in order, whole")
    func deliversMessages() {
        let trace = self.trace(
            of: Wire.message("1") + Wire.message("2", "", "3") + Wire.message("") + Wire.message("", "")
        )
        #expect(trace.messages == ["1", ["2", "", "3"], "", ["", ""]])
        #expect(trace.error == nil)
    }

    @Test("delivers nothing of a message that is not whole")
    func holdsBackParts() {
        var subject = self.ready()
        subject.feed(Wire.short(1, [1]) + Wire.short(1, [2]))
        #expect(subject.trace.messages.isEmpty)
        subject.feed(Wire.short(0, [3]))
        #expect(subject.trace.messages == [Message(parts: [[1], [2], [3]].map { Message.Part($0 as [UInt8]) })])
    }

    @Test("accepts a long size for a short body")
    func acceptsLongForm() {
        #expect(
            self.trace(of: Wire.long(0, [1, 2]) + Wire.long(1, []) + Wire.long(0, [3])).messages.map(\.byteCount) == [
                2, 1,
            ]
        )
    }

    @Test("gives as many messages as were asked for", arguments: [1, 2, 3, 10])
    func obeysLimit(limit: Int) throws {
        var connection = Connection(ConnectionConfiguration(socketType: .dealer))
        connection.start()
        connection.receive((Wire.handshake("DEALER") + (0..<5).flatMap { Wire.message("m\($0)") }).buffer)
        while try connection.nextEvent() != nil {}
        var queue = MessageQueue()
        let outcome = try connection.receiveMessages(into: &queue, limit: limit)
        #expect(queue.count == min(limit, 5))
        #expect(outcome == (limit < 5 ? .limitReached : .needsMoreBytes))
    }

    @Test("answers PING while no message may be taken")
    func answersPingBeforeFullQueue() throws {
        var subject = self.ready()
        subject.connection.receive((Wire.command("PING", [0, 0]) + Wire.message("x")).buffer)
        var queue = MessageQueue()
        #expect(try subject.connection.receiveMessages(into: &queue, limit: 0) == .limitReached)
        #expect(queue.count == 0)
        subject.takeOutput()
        #expect(subject.drainOutput() == Wire.command("PONG"))
        #expect(try subject.connection.receiveMessages(into: &queue, limit: 1) == .limitReached || queue.count == 1)
        #expect(queue.popFirst() == "x")
    }

    @Test("answers PING with PONG and the context")
    func answersPing() {
        let trace = self.trace(of: octets("04 09 04 50 49 4E 47 00 0A 68 69"))
        #expect(trace.output == octets("04 07 04 50 4F 4E 47 68 69"))
        #expect(trace.events.isEmpty)
        #expect(trace.messages.isEmpty)
    }

    @Test("answers a PING whose context is too long with its first 16 octets")
    func answersLongPing() {
        let context = [UInt8](0..<20)
        #expect(
            self.trace(of: Wire.command("PING", [0, 0] + context)).output == Wire.command("PONG", Array(context[..<16]))
        )
    }

    @Test("answers the PING of a 3.0 peer too")
    func answersOldPeer() {
        var subject = Subject(.dealer)
        subject.feed(Wire.greeting(minor: 0) + Wire.ready("DEALER"))
        _ = subject.drainOutput()
        subject.feed(Wire.command("PING", [0, 0, 1]))
        #expect(subject.trace.output == Wire.command("PONG", [1]))
    }

    @Test("queues no PONG without end for a peer that does not read")
    func boundsOutput() {
        let flood = self.trace(of: (0..<1000).flatMap { _ in Wire.command("PING", [0, 0, 1, 2, 3, 4]) })
        let pong = Wire.command("PONG", [1, 2, 3, 4])
        #expect(flood.error == nil)
        #expect((4096..<4096 + pong.count).contains(flood.output.count))
        #expect(flood.output.starts(with: pong))
    }

    @Test("ignores PONG and commands that it does not know", arguments: ["PONG", "JOIN", "MESSAGE", "HELLO", "X"])
    func ignoresOthers(name: String) {
        let trace = self.trace(of: Wire.command(name, [1, 2, 3]) + Wire.message("on"))
        #expect(trace.messages == ["on"])
        #expect(trace.output.isEmpty)
        #expect(trace.events.isEmpty)
    }

    @Test("takes a command between two parts of a message")
    func acceptsCommandInside() {
        let trace = self.trace(
            of: Wire.short(1, [1]) + Wire.command("PING", [0, 0, 7]) + Wire.short(0, [2]) + Wire.message("n")
        )
        #expect(trace.messages.map(\.count) == [2, 1])
        #expect(trace.output == Wire.command("PONG", [7]))
    }

    @Test("reports subscriptions to publishers in their place between messages", arguments: [SocketType.pub, .xpub])
    func reportsSubscriptions(type: SocketType) {
        let bytes = octets("04 0B 09 53 55 42 53 43 52 49 42 45 41") + octets("04 08 06 43 41 4E 43 45 4C 41")
        let trace = self.trace(of: bytes + Wire.command("SUBSCRIBE"), by: type, peer: "SUB")
        let topic = ByteBuffer(string: "A")
        #expect(trace.events == [.subscribed(topic), .cancelled(topic), .subscribed(ByteBuffer())])
    }

    @Test(
        "topics may be as long as messages, and no longer where there is a limit", arguments: [nil, 90_000] as [Int?])
    func longTopics(limit: Int?) {
        let topic = [UInt8](repeating: 0x41, count: 100_000)
        let bytes = Wire.command("SUBSCRIBE", topic) + Wire.command("CANCEL", topic)
        let trace = self.trace(of: bytes, by: .xpub, peer: "SUB") { $0.maxFrameSize = limit }
        let expected: [ConnectionEvent] = [.subscribed(ByteBuffer(bytes: topic)), .cancelled(ByteBuffer(bytes: topic))]
        #expect(trace.events == (limit == nil ? expected : []))
        #expect(trace.error?.code == (limit == nil ? nil : .frameTooLarge))
        #expect(self.trace(of: bytes).error?.code == .frameTooLarge)
    }

    @Test("ignores subscriptions where nobody publishes")
    func ignoresSubscriptions() {
        #expect(self.trace(of: Wire.command("SUBSCRIBE", [0x41])).events.isEmpty)
    }

    static let violations: [(String, [UInt8], ZMTPError.Code)] = [
        ("second READY", Wire.ready("DEALER"), .unexpectedCommand),
        ("ERROR", Wire.error("500"), .refusedByPeer),
        ("malformed ERROR", Wire.command("ERROR", [9]), .malformedCommand),
        ("malformed PING", Wire.command("PING", [0]), .malformedCommand),
        ("command without a name", Wire.short(4, [0, 1]), .malformedCommand),
        ("empty command", Wire.short(4, []), .malformedCommand),
        ("name longer than the body", Wire.short(4, [3, 0x41, 0x41]), .malformedCommand),
        ("MORE on a command", Wire.short(5, [1, 0x41]), .malformedFrame),
        ("reserved bits", [0xF8, 0], .malformedFrame),
        ("command of 64 KiB and one", Wire.longHeader(4, size: 65_537), .frameTooLarge),
        ("size of 2^63", Wire.longHeader(0, size: 1 << 63), .malformedFrame),
        ("size of 2^64-1", Wire.longHeader(0, size: .max), .malformedFrame),
        ("size of 2^64-1 behind a part", Wire.short(1, [1]) + Wire.longHeader(0, size: .max), .malformedFrame),
    ]

    @Test("ends with the error, after the messages before it, and sends nothing", arguments: violations.indices)
    func refuses(index: Int) {
        let (name, bytes, code) = Self.violations[index]
        let trace = self.trace(of: Wire.message("before") + bytes + Wire.message("behind"))
        #expect(trace.error?.code == code, "\(name)")
        #expect(trace.messages == ["before"], "\(name)")
        #expect(trace.output.isEmpty, "\(name)")
    }

    @Test("waits for a size that may be, and takes no memory for it", arguments: [1 << 40, UInt64.max >> 1 - 9])
    func waitsForAnnounced(size: UInt64) {
        for before in [[], Wire.short(1, [1]), Wire.long(1, Array(repeating: 1, count: 300))] {
            var subject = self.ready()
            for piece in (before + Wire.longHeader(0, size: size) + [1, 2, 3]).pieces(of: 1) { subject.feed(piece) }
            #expect(subject.trace.error == nil)
            #expect(subject.trace.messages.isEmpty)
        }
    }

    @Test("limits the size of a part when it is announced", arguments: [(10, 10), (10, 11), (300, 300), (300, 301)])
    func limitsParts(limit: Int, size: Int) {
        let body = [UInt8](repeating: 1, count: size)
        let single = self.trace(of: Wire.message([body])) { $0.maxFrameSize = limit }
        let second = self.trace(of: Wire.message([[], body])) { $0.maxFrameSize = limit }
        let header = self.trace(of: Array(Wire.frame(0, body).prefix(size > 255 ? 9 : 2))) { $0.maxFrameSize = limit }
        #expect(single.error?.code == (size > limit ? .frameTooLarge : nil))
        #expect(second.error?.code == (size > limit ? .frameTooLarge : nil))
        #expect(header.error?.code == (size > limit ? .frameTooLarge : nil))
        #expect(single.messages.count == (size > limit ? 0 : 1))
    }

    @Test("limits the size of a whole message", arguments: [(20, 10), (20, 11), (400, 200), (400, 201)])
    func limitsMessages(limit: Int, size: Int) {
        let half = [UInt8](repeating: 1, count: size)
        let trace = self.trace(of: Wire.message([half, half]) + Wire.message("x")) { $0.maxMessageSize = limit }
        #expect(trace.error?.code == (size * 2 > limit ? .messageTooLarge : nil))
        #expect(trace.messages.count == (size * 2 > limit ? 0 : 2))
    }

    @Test("limits the size of a message of one part as well", arguments: [4, 5, 6, 40])
    func limitsSingles(size: Int) {
        let bytes =
            Wire.message([[UInt8](repeating: 1, count: size)]) + Wire.message("fill") + [UInt8](repeating: 0, count: 80)
        let trace = self.trace(of: bytes) { $0.maxMessageSize = 5 }
        #expect(trace.error?.code == (size > 5 ? .messageTooLarge : nil))
    }

    @Test("limits the number of parts", arguments: [1, 2, 3, 4])
    func limitsPartCount(count: Int) {
        let trace = self.trace(of: Wire.message(Array(repeating: [7], count: count))) { $0.maxParts = 3 }
        #expect(trace.error?.code == (count > 3 ? .tooManyParts : nil))
        #expect(trace.messages.map(\.count) == (count > 3 ? [] : [count]))
    }

    @Test("limits nothing by default: a thousand parts and a megabyte")
    func acceptsLarge() {
        let parts = [[UInt8]](repeating: [1], count: 1000) + [[UInt8](repeating: 2, count: 1 << 20)]
        #expect(self.trace(of: Wire.message(parts)).messages.map(\.byteCount) == [1000 + (1 << 20)])
    }
}
