// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Peers that do not fit", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct RefusalTests {
    /// A bound ROUTER of ours with a foreign DEALER that works.
    private static func withServer(
        _ body: (ForeignPeer, RouterSocket, String, ForeignSocket) async throws -> Void
    ) async throws {
        try await withPeer { context, peer in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let dealer = try await peer.open(.dealer, ["routing_id": "fits"])
            try await dealer.connect(to: endpoint)
            try await Self.expectEcho(dealer, router, "before")
            try await body(peer, router, endpoint, dealer)
            try await Self.expectEcho(dealer, router, "after")
            #expect(try router.tryReceive() == nil)
        }
    }

    private static func expectEcho(_ dealer: ForeignSocket, _ router: RouterSocket, _ text: String) async throws {
        try await dealer.send(Message(text))
        let received = try #require(try await router.receive(within: .seconds(20)))
        #expect(received.message.text == [text])
        #expect(received.peer.routingID == "fits")
        try await router.send(received.message, to: received.peer)
        #expect(try await dealer.receive()?.text == [text])
    }

    private static func port(of endpoint: String) throws -> Int {
        try #require(endpoint.split(separator: ":").last.flatMap { Int($0) })
    }

    @Test(
        "a foreign socket of a wrong type is refused with an event, and others go on",
        arguments: [SocketType.push, .pull, .pub, .sub, .pair, .rep]
    )
    func wrongType(type: SocketType) async throws {
        try await Self.withServer { peer, router, endpoint, _ in
            let events = router.events
            let stranger = try await peer.open(type)
            try await stranger.monitor()
            try await stranger.connect(to: endpoint)
            #expect(await events.first { $0.isHandshakeFailure } != nil)
            #expect(try await stranger.event("HANDSHAKE_FAILED|DISCONNECTED") != nil)
        }
    }

    @Test("READY of a PUSH is answered with ERROR, and the event names the type")
    func wrongReady() async throws {
        try await Self.withServer { peer, router, endpoint, _ in
            let events = router.events
            let greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1] + Array("NULL".utf8)
            let ready =
                [5] + Array("READY".utf8) + [11] + Array("Socket-Type".utf8) + [0, 0, 0, 4] + Array("PUSH".utf8)
            let bytes = greeting + [UInt8](repeating: 0, count: 48) + [4, UInt8(ready.count)] + ready
            let answer = try await peer.stream(bytes, to: try Self.port(of: endpoint))
            #expect(answer.closed == true)
            #expect(answer.bytes?.range(of: Data([5] + Array("ERROR".utf8))) != nil)
            let event = await events.first { $0.isHandshakeFailure }
            #expect(event?.description.contains("PUSH") == true)
        }
    }

    @Test("our DEALER that dials a foreign PULL says so and stays usable")
    func weAreTheWrongType() async throws {
        try await withPeer { context, peer in
            let dealer = try context.makeDealerSocket()
            let pull = try await peer.open(.pull)
            let router = try await peer.open(.router)
            let events = dealer.events
            let wrong = try await pull.bind(to: "tcp://127.0.0.1:*")
            try await dealer.connect(to: wrong)
            #expect(await events.first { $0.isHandshakeFailure } != nil)
            try await dealer.disconnect(from: wrong)
            try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await dealer.send("still here")
            #expect(try await router.receive()?.text.last == "still here")
        }
    }

    /// HTTP, a line typed into telnet, a signature whose last octet is none, and a flood.
    static let garbage: [[UInt8]] = [
        Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), Array("quit\r\n".utf8),
        [0xFF] + [UInt8](repeating: 0, count: 9), [UInt8](repeating: 0x78, count: 100_000),
    ]

    @Test("bytes that are no ZeroMQ end their connection, and others go on", arguments: Self.garbage.indices)
    func garbageBytes(index: Int) async throws {
        try await Self.withServer { peer, router, endpoint, _ in
            let events = router.events
            let answer = try await peer.stream(Self.garbage[index], to: try Self.port(of: endpoint))
            #expect(answer.closed == true)
            #expect(await events.first { $0.isHandshakeFailure } != nil)
        }
    }

    @Test(
        "a greeting with an unknown mechanism, or with READY garbled, ends its connection",
        arguments: [
            Array("CURVE".utf8), Array("NULL".utf8), Array("NONSENSE".utf8),
        ]
    )
    func badGreeting(mechanism: [UInt8]) async throws {
        try await Self.withServer { peer, router, endpoint, _ in
            var bytes: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1] + mechanism
            bytes += [UInt8](repeating: 0, count: 64 - bytes.count)
            bytes += [0x04, 0x09] + Array("NOTREADY!".utf8)
            let answer = try await peer.stream(bytes, to: try Self.port(of: endpoint))
            #expect(answer.closed == true)
        }
    }

    @Test("a mandatory ROUTER throws for unknown peers, one that is not drops in silence", arguments: [true, false])
    func mandatory(isMandatory: Bool) async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.routerMandatory = isMandatory
            let router = try context.makeRouterSocket(options)
            let dealer = try await peer.open(.dealer, ["routing_id": "known"])
            try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await dealer.send("hello")
            #expect(try await router.receive(within: .seconds(20))?.peer.routingID == "known")
            if isMandatory {
                let error = await #expect(throws: ZeroMQError.self) {
                    try await router.send("lost", to: "unknown" as RoutingID)
                }
                #expect(error?.code == .unroutable)
            } else {
                try await router.send("lost", to: "unknown" as RoutingID)
            }
            try await router.send("found", to: "known" as RoutingID)
            #expect(try await dealer.receive() == "found")
            // A peer that has gone becomes unknown again.
            try await dealer.close()
            guard isMandatory else { return }
            let isUnknown = try await eventually {
                do {
                    try await router.send("still there?", to: "known" as RoutingID)
                    return false
                } catch let error as ZeroMQError where error.code == .unroutable {
                    return true
                }
            }
            #expect(isUnknown)
        }
    }

    @Test("a frame over our limit ends its connection, and others go on")
    func tooLarge() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.maxMessageSize = 1000
            let pull = try context.makePullSocket(options)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let (modest, greedy) = (try await peer.open(.push), try await peer.open(.push))
            try await modest.connect(to: endpoint)
            try await greedy.connect(to: endpoint)
            try await greedy.monitor()
            try await greedy.send(Message([UInt8](repeating: 1, count: 1001)))
            #expect(try await greedy.event("DISCONNECTED") != nil)
            try await modest.send(Message([UInt8](repeating: 2, count: 1000)))
            #expect(try await pull.receive(within: .seconds(20))?.byteCount == 1000)
        }
    }
}
