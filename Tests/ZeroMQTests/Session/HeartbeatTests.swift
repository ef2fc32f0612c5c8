// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Heartbeats, on the wire", .timeLimit(.minutes(3)))
struct HeartbeatTests {
    static func heartbeats(
        _ interval: Duration, timeout: Duration? = nil, timeToLive: Duration = .zero
    ) -> SocketOptions {
        .with {
            $0.heartbeatInterval = interval
            $0.heartbeatTimeout = timeout
            $0.heartbeatTTL = timeToLive
            $0.reconnect = .quick
        }
    }

    /// Hears PINGs and answers those that `answers` says.
    private static func hearPings(_ count: Int, from peer: ScriptedPeer, answering: Bool) async throws {
        for _ in 0..<count {
            let frame = try await peer.receiveFrame()
            #expect(frame.isCommand(named: "PING"))
            guard answering else { continue }
            try await peer.send(ScriptedPeer.command("PONG", Array(frame.body.dropFirst(7))))
        }
    }

    @Test("a peer that answers PING stays")
    func answered() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(Self.heartbeats(.milliseconds(10), timeout: .seconds(3600)))
            let log = EventLog(pull)
            let peer = try await ScriptedPeer.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .push)
            try await Self.hearPings(20, from: peer, answering: true)
            try await peer.send("still here" as Message)
            #expect(try await pull.receive() == "still here")
            #expect(log.count(of: .disconnected) == 0)
            await peer.close()
        }
    }

    @Test("a peer that does not is dropped by the side that accepted it")
    func unanswered() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(Self.heartbeats(.milliseconds(50)))
            let log = EventLog(pull)
            let peer = try await ScriptedPeer.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .push)
            let ping = ScriptedPeer.command("PING", [0, 0, 0, 0, 0, 1])
            #expect(try await peer.receiveUntilClosed() == ping)
            let end = try await log.wait(for: .disconnected)
            #expect(end.reason?.isHeartbeatTimeout == true, "\(end)")
            #expect(end.retryIn == nil)
            await peer.close()
        }
    }

    @Test("the side that dialled dials again, and what was not taken is sent there")
    func dialler() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.heartbeats(.milliseconds(50), timeToLive: .milliseconds(1299)))
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            for round in 1...2 {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .pull)
                let ping = try await peer.receiveFrame()
                #expect(ping.body == [4] + Array("PING".utf8) + [0, 12, 0, 0, 0, 1])
                let end = try await log.wait(for: .disconnected, count: round)
                #expect(end.reason?.isHeartbeatTimeout == true, "\(end)")
                #expect(end.retryIn != nil)
                await peer.close()
            }
            try await push.send("still here")
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .pull)
            #expect(try await peer.receiveMessage() == "still here")
            await peer.close()
        }
        await listener.close()
    }

    @Test("a peer that neither reads nor speaks is given up, though PING cannot reach it")
    func stuck() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.heartbeats(.milliseconds(50)))
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            // More than the system takes, so that PING stands behind it.
            try await push.send(Message(size: 64 << 20))
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .pull)
            let end = try await log.wait(for: .disconnected)
            #expect(end.reason?.isHeartbeatTimeout == true, "\(end)")
            await peer.close()
        }
        await listener.close()
    }

    @Test("a peer that asked for it is dropped, though this side has no heartbeats")
    func peersTimeToLive() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let peer = try await ScriptedPeer.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .push)
            try await peer.send(ScriptedPeer.command("PING", [0, 1, 9]))
            #expect(try await peer.receiveFrame().body == [4] + Array("PONG".utf8) + [9])
            #expect(try await peer.receiveUntilClosed() == [])
            #expect(try await log.wait(for: .disconnected).reason?.isHeartbeatTimeout == true)
            await peer.close()
        }
    }

    @Test("a peer is not dropped for the silence of one that does not read, and is once it is read again")
    func paused() async throws {
        try await withSockets { context in
            var options = Self.heartbeats(.milliseconds(10))
            options.receiveHighWaterMark = 1
            let pull = try context.makePullSocket(options)
            let log = EventLog(pull)
            let peer = try await ScriptedPeer.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            // One piece, so that all is read before the first limit.
            let messages = (0..<10).flatMap { ScriptedPeer.frame([$0]) }
            try await peer.send(ScriptedPeer.greeting() + ScriptedPeer.ready("PUSH") + messages)
            _ = try await peer.receive(64)
            #expect(try await peer.receiveFrame().isCommand(named: "READY"))
            try await Self.hearPings(20, from: peer, answering: false)
            #expect(log.count(of: .disconnected) == 0)
            for number in 0..<10 { #expect(try await pull.receive()[0].first == UInt8(number)) }
            #expect(try await log.wait(for: .disconnected).reason?.isHeartbeatTimeout == true)
            await peer.close()
        }
    }

    @Test("two sockets that probe each other stay together", arguments: Transport.allCases)
    func together(transport: Transport) async throws {
        try await withSockets { context in
            let options = Self.heartbeats(.milliseconds(5), timeout: .seconds(3600), timeToLive: .seconds(3600))
            let (router, dealer) = (try context.makeRouterSocket(options), try context.makeDealerSocket(options))
            let logs = [EventLog(router), EventLog(dealer)]
            try await join(router, dealer, over: transport)
            for number in 0..<2000 {
                try await dealer.send(Message(number: number))
                let request = try await router.receive()
                try await router.send(request.message, to: request.peer)
                #expect(try await dealer.receive().number == number)
            }
            #expect(logs.allSatisfy { $0.count(of: .disconnected) == 0 })
        }
    }
}
