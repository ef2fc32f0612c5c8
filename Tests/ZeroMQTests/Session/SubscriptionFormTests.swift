// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

/// Subscriptions as the octets say them (RFC 23 and 37; RFC 29).
@Suite("Forms of subscriptions", .timeLimit(.minutes(3)))
struct SubscriptionFormTests {
    private static func shakeHands(_ peer: ScriptedPeer, _ type: SocketType, minor: UInt8) async throws {
        try await peer.send(ScriptedPeer.greeting(minor: minor) + ScriptedPeer.ready(type.wireName))
        _ = try await peer.receive(64)
        #expect(try await peer.receiveFrame().isCommand(named: "READY"))
    }

    @Test(
        "an XPUB takes commands and messages from peers of 3.0 and 3.1, and shows both as messages",
        arguments: [0, 1] as [UInt8], [SocketType.sub, .xsub])
    func bothForms(minor: UInt8, type: SocketType) async throws {
        try await withSockets { context in
            let xpub = try context.makeXPubSocket(.with { $0.xpubVerbosity = .verboser })
            let peer = try await ScriptedPeer.connect(to: try await xpub.bind(to: "tcp://127.0.0.1:*"))
            try await Self.shakeHands(peer, type, minor: minor)
            let topic = Array("topic".utf8)
            for isCommand in [true, false] {
                let asked = isCommand ? ScriptedPeer.command("SUBSCRIBE", topic) : ScriptedPeer.frame([1] + topic)
                try await peer.send(asked)
                #expect(try await xpub.receive() == wish("topic"))
                try await xpub.send(["topic 1", "body"])
                #expect(try await peer.receiveMessage() == ["topic 1", "body"])
                let cancelled = isCommand ? ScriptedPeer.command("CANCEL", topic) : ScriptedPeer.frame([0] + topic)
                try await peer.send(cancelled)
                #expect(try await xpub.receive() == cancellation("topic"))
                #expect(xpub.subscriberCount() == 0)
            }
            await peer.close()
        }
    }

    @Test("one cancellation ends a topic that a peer asked for twice, in whichever form")
    func cancelledOnce() async throws {
        try await withSockets { context in
            let xpub = try context.makeXPubSocket()
            let peer = try await ScriptedPeer.connect(to: try await xpub.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .sub)
            try await peer.send(
                ScriptedPeer.command("SUBSCRIBE", [0x61]) + ScriptedPeer.frame([1, 0x61])
                    + ScriptedPeer.frame([0, 0x61])
                    + ScriptedPeer.frame([1, 0x7A]))
            for expected in [wish("a"), cancellation("a"), wish("z")] { #expect(try await xpub.receive() == expected) }
            #expect(xpub.subscriberCount(for: "abc") == 0)
            await peer.close()
        }
    }

    @Test(
        "SUB and XSUB send commands to a peer of 3.1 and messages to one of 3.0",
        arguments: [0, 1] as [UInt8], [SocketType.sub, .xsub])
    func sent(minor: UInt8, type: SocketType) async throws {
        try await withSockets { context in
            let subscriber = try context.makeSocket(type)
            let peer = try await ScriptedPeer.connect(to: try await subscriber.bind(to: "tcp://127.0.0.1:*"))
            try subscriber.subscribe(to: "early")
            try await Self.shakeHands(peer, .xpub, minor: minor)
            func expectTold(_ topic: String, isCancellation: Bool = false) async throws {
                let frame = try await peer.receiveFrame()
                if minor == 0 {
                    #expect(frame.flags == 0 && frame.body == [isCancellation ? 0 : 1] + Array(topic.utf8))
                } else {
                    let name = isCancellation ? "CANCEL" : "SUBSCRIBE"
                    #expect(frame.flags == 4)
                    #expect(frame.body == [UInt8(name.utf8.count)] + Array((name + topic).utf8))
                }
            }
            try await expectTold("early")
            try subscriber.subscribe(to: "late")
            try await expectTold("late")
            try subscriber.unsubscribe(from: "early")
            try await expectTold("early", isCancellation: true)
            await peer.close()
        }
    }

    @Test(
        "a short frame holds a topic of 245 octets to subscribe to, 248 to cancel, 254 as a message; then it is long",
        arguments: [(1, 245, 248), (0, 254, 254)] as [(UInt8, Int, Int)])
    func longForms(minor: UInt8, longestWish: Int, longestCancellation: Int) async throws {
        try await withSockets { context in
            let sub = try context.makeSubSocket()
            let peer = try await ScriptedPeer.connect(to: try await sub.bind(to: "tcp://127.0.0.1:*"))
            try await Self.shakeHands(peer, .pub, minor: minor)
            let command: UInt8 = minor == 0 ? 0 : 4
            for size in [244, 245, 246, 247, 248, 249, 253, 254, 255, 256] {
                let topic = Message.Part(size: size)
                try sub.subscribe(to: topic)
                let asked = try await peer.receiveFrame()
                #expect(asked.flags == (size > longestWish ? 2 : 0) | command, "\(size)")
                try sub.unsubscribe(from: topic)
                let cancelled = try await peer.receiveFrame()
                #expect(cancelled.flags == (size > longestCancellation ? 2 : 0) | command, "\(size)")
                #expect(
                    asked.body.suffix(size) == Array(topic)[...] && cancelled.body.suffix(size) == Array(topic)[...])
            }
            await peer.close()
        }
    }

    @Test(
        "all topics are told first on every connection, each once, however often they were asked for",
        arguments: [SocketType.sub, .xsub])
    func toldOnEveryConnection(type: SocketType) async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let subscriber = try context.makeSocket(type, .with { $0.reconnect = .quick })
            for topic in ["a", "b", "a", "c", "a"] as [Message.Part] { try subscriber.subscribe(to: topic) }
            try subscriber.unsubscribe(from: "a")
            try subscriber.unsubscribe(from: "c")
            if type == .xsub { try await subscriber.send("before there is a publisher") }
            try await subscriber.connect(to: listener.endpoint)
            for round in 0..<3 {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .xpub)
                var told: [String] = []
                for _ in 0..<2 { told.append(String(decoding: try await peer.receiveFrame().body, as: UTF8.self)) }
                #expect(told.sorted() == ["\tSUBSCRIBEa", "\tSUBSCRIBEb"])
                try subscriber.subscribe(to: "end")
                let next = try await peer.receiveFrame()
                #expect(next.body == [9] + Array("SUBSCRIBEend".utf8), "\(type), \(round)")
                try subscriber.unsubscribe(from: "end")
                #expect(try await peer.receiveFrame().body == [6] + Array("CANCELend".utf8))
                await peer.close()
            }
        }
        await listener.close()
    }

    @Test("ZMQ_XPUB_WELCOME_MSG comes first on each connection that an XPUB dials again")
    func welcomesAgain() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let xpub = try context.makeXPubSocket(
                .with {
                    $0.xpubWelcomeMessage = "welcome"
                    $0.reconnect = .quick
                })
            try await xpub.connect(to: listener.endpoint)
            for _ in 0..<3 {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .sub)
                // Before it has asked for anything.
                #expect(try await peer.receiveMessage() == "welcome")
                try await peer.send(ScriptedPeer.command("SUBSCRIBE", [0x61]))
                try await xpub.waitForSubscribers(to: "a")
                try await xpub.send("a")
                #expect(try await peer.receiveMessage() == "a")
                await peer.close()
            }
        }
        await listener.close()
    }
}
