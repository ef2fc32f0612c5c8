// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Heartbeats", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct HeartbeatTests {
    private static func options(
        interval: Duration? = nil, timeout: Duration? = nil, timeToLive: Duration = .zero
    ) -> SocketOptions {
        var options = SocketOptions()
        options.heartbeatInterval = interval
        options.heartbeatTimeout = timeout
        options.heartbeatTTL = timeToLive
        options.reconnect = ReconnectPolicy(initialDelay: .milliseconds(20), maxDelay: .milliseconds(200))
        return options
    }

    @Test("we notice that a frozen peer is gone, and find it again when it goes on")
    func weProbe() async throws {
        try await withPeer { context, peer in
            let dealer = try context.makeDealerSocket(Self.options(interval: .milliseconds(100), timeout: .seconds(2)))
            let router = try await peer.open(.router)
            let events = dealer.events
            try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await dealer.send("hello")
            #expect(try await router.receive()?.text.last == "hello")
            peer.freeze()
            let end = await events.first { $0.isDisconnected }
            #expect(end?.description.contains("heartbeat timed out") == true, "\(String(describing: end))")
            peer.thaw()
            try await dealer.send("again")
            #expect(try await router.receive()?.text.last == "again")
        }
    }

    @Test("a peer that answers our PINGs stays connected while nobody says anything else")
    func weProbeIdle() async throws {
        try await withPeer { context, peer in
            let options = Self.options(interval: .milliseconds(20), timeout: .seconds(10), timeToLive: .seconds(10))
            let dealer = try context.makeDealerSocket(options)
            let router = try await peer.open(.router)
            let events = dealer.events
            try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await dealer.send("hello")
            let id = try #require(try await router.receive()?[0])
            // Some dozens of PINGs: the peer says nothing but PONG while it waits for nothing.
            #expect(try await router.receive(within: .seconds(1)) == nil)
            try await router.send([id, "still there"])
            #expect(try await dealer.receive(within: .seconds(20)) == "still there")
            await dealer.close()
            for await event in events { #expect(!event.isDisconnected || event.description.contains("closed here")) }
        }
    }

    @Test("we answer a peer's PINGs, and drop it when it freezes and had asked for that", arguments: [true, false])
    func theyProbe(weBind: Bool) async throws {
        try await withPeer { context, peer in
            let pull = try context.makePullSocket(Self.options())
            let push = try await peer.open(
                .push, ["heartbeat_ivl": 50, "heartbeat_timeout": 10_000, "heartbeat_ttl": 3000])
            try await push.monitor()
            let events = pull.events
            if weBind {
                try await push.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            } else {
                try await pull.connect(to: try await push.bind(to: "tcp://127.0.0.1:*"))
            }
            try await push.send("hello")
            #expect(try await pull.receive(within: .seconds(20)) == "hello")
            // Some PINGs, so that the last thing that comes is one: other traffic lifts the limit it sets.
            #expect(try await push.event("DISCONNECTED", within: .seconds(1)) == nil)
            peer.freeze()
            let end = await events.first { $0.isDisconnected }
            #expect(end?.description.contains("heartbeat timed out") == true, "\(String(describing: end))")
            peer.thaw()
            try await push.send("again")
            #expect(try await pull.receive(within: .seconds(20)) == "again")
        }
    }

    /// What makes libzmq drop us: its own timeout, or the time to live that we announce.
    struct Cause: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var ours: [String]
        var theirs: [String: ForeignPeer.Option]

        static let all = [
            Self(
                testDescription: "their timeout", ours: [],
                theirs: ["heartbeat_ivl": 100, "heartbeat_timeout": 3000]),
            Self(
                testDescription: "our time to live",
                ours: ["--option", "heartbeat_ivl=100", "--option", "heartbeat_ttl=3000"], theirs: [:]),
        ]
    }

    @Test("a peer notices that we are frozen, and finds us again", arguments: Cause.all)
    func weFreeze(cause: Cause) async throws {
        try await withPeer { _, peer in
            let server = try Tool.start(["rep", "--echo", "--bind", "tcp://127.0.0.1:*"] + cause.ours)
            defer { server.kill() }
            let client = try await peer.open(.req, cause.theirs.merging(["reconnect_ivl": 20]) { $1 })
            try await client.monitor()
            try await client.connect(to: try await server.boundEndpoint())
            try await client.send("one")
            #expect(try await client.receive() == "one")
            // Alive as long as it runs, though nobody says anything.
            #expect(try await client.event("DISCONNECTED", within: .milliseconds(1500)) == nil)
            server.freeze()
            #expect(try await client.event("DISCONNECTED") != nil)
            server.thaw()
            try await client.send("two")
            #expect(try await client.receive() == "two")
        }
    }
}
