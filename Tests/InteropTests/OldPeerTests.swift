// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// Played by hand: no library at hand speaks ZMTP 3.0, as JeroMQ, NetMQ and go-zmq4 do.
@Suite("Peers that speak ZMTP 3.0, RFC 23", .timeLimit(.minutes(3)))
struct OldPeerTests {
    private static func greet(_ peer: ScriptedPeer, as type: String, minor: UInt8 = 0) async throws {
        try await peer.send(ScriptedPeer.greeting(minor: minor) + ScriptedPeer.ready(type))
        _ = try await peer.receive(64)
        #expect(try await peer.receiveFrame().isCommand(named: "READY"))
    }

    /// A topic as a 3.0 subscriber sends it: octets 1 or 0, then the topic, as a message.
    private static func frame(_ octet: UInt8, _ topic: Message.Part) -> [UInt8] {
        ScriptedPeer.frame([octet] + [UInt8](topic), more: false)
    }

    @Test("subscribe by messages, whatever version they announce, and cancel so", arguments: [0, 1] as [UInt8])
    func theySubscribe(minor: UInt8) async throws {
        try await withContext { context in
            let xpub = try context.makeXPubSocket(.verboser)
            let endpoint = try await xpub.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await Self.greet(peer, as: "SUB", minor: minor)
            for topic in SubscriptionTests.topics {
                try await peer.send(Self.frame(1, topic))
                #expect(try await xpub.receive(within: .seconds(20)) == Subscription(topic).message)
            }
            try await xpub.send("anything")
            #expect(try await peer.receiveMessage() == "anything")
            for topic in SubscriptionTests.topics {
                try await peer.send(Self.frame(0, topic))
                #expect(
                    try await xpub.receive(within: .seconds(20)) == Subscription(topic, isCancellation: true).message)
            }
            #expect(xpub.topicCount == 0)
            await peer.close()
        }
    }

    @Test("are told of subscriptions by messages", arguments: [SocketType.sub, .xsub])
    func weSubscribe(type: SocketType) async throws {
        try await withContext { context in
            let listener = try await ScriptedListener.bind()
            let subscriber = try context.makeSocket(type)
            try subscriber.subscribe(to: "A")
            try await subscriber.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            try await Self.greet(peer, as: "PUB")
            #expect(try await peer.receive(4) == [0x00, 0x02, 0x01, 0x41])
            // 254 octets and the first fill a short frame.
            for topic in [Message.Part.octets(254), Message.Part.octets(255)] {
                try subscriber.subscribe(to: topic)
                let frame = try await peer.receiveFrame()
                #expect(frame.flags == (topic.count == 254 ? 0 : 2) && frame.body == [1] + [UInt8](topic))
                try subscriber.unsubscribe(from: topic)
                #expect(try await peer.receiveFrame().body == [0] + [UInt8](topic))
            }
            try subscriber.unsubscribe(from: "A")
            #expect(try await peer.receive(4) == [0x00, 0x02, 0x00, 0x41])
            await peer.close()
            await listener.close()
        }
    }

    @Test("are told anew when they come back", arguments: [0, 1] as [UInt8])
    func weSubscribeAgain(minor: UInt8) async throws {
        try await withContext { context in
            let sub = try context.makeSubSocket()
            let endpoint = try await sub.bind(to: "tcp://127.0.0.1:*")
            try sub.subscribe(to: "A")
            for _ in 0..<3 {
                let peer = try await ScriptedPeer.connect(to: endpoint)
                try await Self.greet(peer, as: "XPUB", minor: minor)
                let frame = try await peer.receiveFrame()
                #expect(frame.body == (minor == 0 ? [1, 0x41] : [9] + Array("SUBSCRIBE".utf8) + [0x41]))
                #expect(frame.flags == (minor == 0 ? 0 : 4))
                try await peer.send("A message")
                try await peer.send("no message")
                try await peer.send("A third")
                #expect(try await sub.receive(within: .seconds(20)) == "A message")
                #expect(try await sub.receive(within: .seconds(20)) == "A third")
                await peer.close()
            }
        }
    }
}
