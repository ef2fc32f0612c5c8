// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("A probe", .timeLimit(.minutes(3)))
struct ProbeTests {
    @Test("tells what every type of socket is", arguments: SocketType.allCases, Transport.wires)
    func types(type: SocketType, transport: Transport) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type, .with { $0.routingID = "ann" })
            let log = EventLog(socket)
            let endpoint = try await socket.bind(to: transport.wildcard())
            let report = try await context.probe(endpoint, within: .seconds(30))
            #expect(report.endpoint == endpoint)
            #expect(report.version == .v31)
            #expect(report.mechanism == "NULL")
            #expect(report.isServer == false)
            #expect(report.socketType == type.wireName)
            #expect(report.routingID == (type.announces ? "ann" : nil))
            #expect(report.connectTime != nil)
            #expect(report.handshakeTime != nil)
            // Those that would send it messages, or talk to it alone, have never had it for a peer.
            let isAsked = ![.push, .dealer, .req, .pair].contains(type)
            #expect((report.roundTripTime != nil) == isAsked)
            #expect((report.remark == nil) == isAsked)
            try await log.wait(for: .disconnected)
            #expect(log.count(of: .handshakeSucceeded) == (isAsked ? 1 : 0))
            #expect(socket.snapshot().totals.receivedMessages + socket.snapshot().totals.unreadMessages == 0)
            #expect(socket.snapshot().totals.dropped.total == 0)
        }
    }

    @Test("takes nothing from a PUSH that has something to send")
    func push() async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            let endpoint = try await join(push, pull, over: .tcp)
            #expect(try await eventually { push.snapshot().peers.count == 1 })
            async let report = context.probe(endpoint, within: .seconds(30))
            try await send(0..<1000, to: push)
            #expect(try await report.socketType == "PUSH")
            try await expect(0..<1000, from: pull)
        }
    }

    @Test("of something that is no ZeroMQ peer says so")
    func stranger() async throws {
        for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
            let listener = try await ScriptedListener.bind()
            try await withSockets { context in
                async let error = expectError(.refused) {
                    try await context.probe(listener.endpoint, within: .seconds(30))
                }
                let peer = try await listener.accept()
                if !answer.isEmpty { try await peer.send(Array(answer.utf8)) }
                await peer.close()
                #expect(await error?.message.contains("expected a ZeroMQ peer") == true)
            }
            await listener.close()
        }
    }

    @Test("of a peer that says nothing ends when the time is up")
    func silence() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            await expectError(.timedOut) { try await context.probe(listener.endpoint, within: .milliseconds(50)) }
            let task = Task { try await context.probe(listener.endpoint, within: .seconds(1000)) }
            _ = try await listener.accept()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        await listener.close()
    }

    @Test("of an endpoint where nobody listens fails as connecting does")
    func nobody() async throws {
        try await withSockets { context in
            await expectError(.io) { try await context.probe("tcp://127.0.0.1:1", within: .seconds(30)) }
            await expectError(.notFound) { try await context.probe("ipc:///nonexistent/x", within: .seconds(30)) }
            await expectError(.unsupportedTransport) { try await context.probe("inproc://x", within: .seconds(30)) }
        }
    }

    @Test("of a peer that falls silent tells what it had said")
    func silentAfterGreeting() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            async let report = context.probe(listener.endpoint, within: .seconds(3))
            let peer = try await listener.accept()
            try await peer.send(ScriptedPeer.greeting(minor: 0, isServer: true))
            let found = try await report
            #expect(found.version == .v30)
            #expect(found.isServer == true)
            #expect(found.socketType == nil)
            #expect(found.remark?.contains("no READY") == true)
        }
        await listener.close()
    }
}

extension SocketType {
    fileprivate var announces: Bool { [.req, .dealer, .router].contains(self) }
}

@Suite("A probe's conversation")
struct ProbeConversationTests {
    private func hear(_ octets: [UInt8], _ conversation: inout ProbeConversation) throws {
        // One by one, as slow networks bring them.
        for octet in octets { try conversation.receive(ByteBuffer(bytes: [octet]), at: .uptimeNanoseconds(7)) }
    }

    @Test("with a peer that demands a mechanism ends with its greeting", arguments: ["CURVE", "PLAIN"])
    func mechanism(name: String) throws {
        var conversation = ProbeConversation(at: .uptimeNanoseconds(0), context: 1)
        #expect(conversation.takeOutput()?.readableBytes == 11)
        try self.hear(ScriptedPeer.greeting(mechanism: name, isServer: true), &conversation)
        let isDone = conversation.isDone
        #expect(isDone)
        #expect(conversation.report?.mechanism == name)
        #expect(conversation.report?.isServer == true)
        #expect(conversation.report?.remark?.contains(name) == true)
        #expect(conversation.takeOutput()?.readableBytes == 53)
    }

    @Test("says READY only to a type that it does not disturb")
    func ready() throws {
        for (type, isAsked) in [("ROUTER", true), ("SUB", true), ("PUSH", false), ("PAIR", false), ("SERVER", false)] {
            var conversation = ProbeConversation(at: .uptimeNanoseconds(0), context: 1)
            try self.hear(ScriptedPeer.greeting(), &conversation)
            _ = conversation.takeOutput()
            try self.hear(ScriptedPeer.ready(type), &conversation)
            #expect(conversation.report?.socketType == type)
            let isDone = conversation.isDone
            #expect(isDone == !isAsked)
            #expect((conversation.takeOutput() != nil) == isAsked)
        }
    }

    @Test("counts only the PONG to its own PING")
    func pong() throws {
        var conversation = ProbeConversation(at: .uptimeNanoseconds(0), context: 0x0102_0304_0506_0708)
        try self.hear(ScriptedPeer.greeting() + ScriptedPeer.ready("XPUB"), &conversation)
        try self.hear(ScriptedPeer.command("PONG", [9]), &conversation)
        #expect(conversation.report?.roundTripTime == nil)
        try self.hear(ScriptedPeer.command("PONG", [1, 2, 3, 4, 5, 6, 7, 8]), &conversation)
        #expect(conversation.report?.roundTripTime == .zero)
        let isDone = conversation.isDone
        #expect(isDone)
    }

    @Test("with a peer of ZMTP 2.0 tells the type in its greeting")
    func old() throws {
        var conversation = ProbeConversation(at: .uptimeNanoseconds(0), context: 1)
        try self.hear([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 8, 0, 0], &conversation)
        #expect(conversation.report?.version == ProtocolVersion(major: 2, minor: 0))
        #expect(conversation.report?.socketType == "PUSH")
    }
}
