// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// Something that a peer may send instead of what it should, and what comes of it.
struct BadHandshake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let octets: [UInt8]
    let violation: ZMTPError.Code

    private init(_ description: String, _ octets: [UInt8], _ violation: ZMTPError.Code) {
        self.testDescription = description
        self.octets = octets
        self.violation = violation
    }

    private static let greeting = ScriptedPeer.greeting()

    static let all: [BadHandshake] = [
        Self("HTTP", Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), .notZMTP),
        Self("TLS", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, 0x5A, 0x5A], .notZMTP),
        Self("SSH", Array("SSH-2.0-OpenSSH_9.6\r\n".utf8), .notZMTP),
        Self("random octets", [0x3A, 0xD7, 0x00, 0x9C, 0x11, 0x42, 0xEE, 0x05, 0x91, 0x27, 0x63], .notZMTP),
        Self("0xFF and then garbage", [0xFF] + Array(repeating: 0xAB, count: 20), .malformedGreeting),
        Self("ZMTP 1.0", [0x01, 0x00, 0x06, 0x00] + Array("hello".utf8), .notZMTP),
        Self("ZMTP 2.0", [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 5, 0, 0], .unsupportedVersion),
        Self("the mechanism PLAIN", ScriptedPeer.greeting(mechanism: "PLAIN"), .mechanismMismatch),
        Self("the mechanism NULLX", ScriptedPeer.greeting(mechanism: "NULLX"), .mechanismMismatch),
        Self("a message before READY", Self.greeting + ScriptedPeer.frame([1, 2, 3]), .unexpectedMessage),
        Self("reserved flags", Self.greeting + [0x80, 0], .malformedFrame),
        Self("a command with MORE", Self.greeting + [0x05, 1, 0], .malformedFrame),
        Self("a size that cannot be", Self.greeting + [0x06] + Array(repeating: 0xFF, count: 8), .malformedFrame),
        Self("a READY that breaks off", Self.greeting + ScriptedPeer.command("READY", [11]), .malformedMetadata),
        Self("the type PULL", Self.greeting + ScriptedPeer.ready("PULL"), .incompatibleSocketType),
        Self("a type that nobody knows", Self.greeting + ScriptedPeer.ready("SERVICE"), .incompatibleSocketType),
        Self("an ERROR", Self.greeting + ScriptedPeer.command("ERROR", [2, 0x6E, 0x6F]), .refusedByPeer),
    ]
}

@Suite("A peer that breaks the protocol", .timeLimit(.minutes(3)))
struct BadPeerTests {
    @Test("in the handshake is told apart and left; others go on", arguments: BadHandshake.all)
    func accepted(bad: BadHandshake) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            let log = EventLog(pull)
            let endpoint = try await join(pull, push, over: .tcp)
            try await push.send("before")
            #expect(try await pull.receive() == "before")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.send(bad.octets)
            _ = try await peer.receiveUntilClosed()
            let event = try await log.wait(for: .handshakeFailed)
            #expect(event.reason?.violation == bad.violation, "\(event)")
            #expect(event.retryIn == nil)
            try await push.send("after")
            #expect(try await pull.receive() == "after")
            await peer.close()
        }
    }

    @Test("in the handshake is dialled again, later and later; others go on", arguments: BadHandshake.all)
    func dialled(bad: BadHandshake) async throws {
        let listener = try await ScriptedListener.bind()
        let policy = ReconnectPolicy(initialDelay: .milliseconds(2), maxDelay: .milliseconds(4), jitter: .none)
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.reconnect = policy })
            let push = try context.makePushSocket()
            let log = EventLog(pull)
            try await join(pull, push, over: .tcp)
            try await pull.connect(to: listener.endpoint)
            for (number, delay) in [2, 4, 4].enumerated() {
                try await Self.answer(listener, with: bad.octets)
                let failure = try await log.wait(for: .handshakeFailed, count: number + 1)
                #expect(failure.reason?.violation == bad.violation, "\(failure)")
                #expect(failure.retryIn == .milliseconds(delay))
            }
            try await push.send("meanwhile")
            #expect(try await pull.receive() == "meanwhile")
        }
        await listener.close()
    }

    private static func answer(_ listener: ScriptedListener, with octets: [UInt8]) async throws {
        let peer = try await listener.accept()
        try await peer.send(octets)
        _ = try await peer.receiveUntilClosed()
        await peer.close()
    }

    @Test("by its type is told so with ERROR")
    func errorCommand() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.send(ScriptedPeer.greeting() + ScriptedPeer.ready("PUSH"))
            _ = try await peer.receive(64)
            #expect(try await peer.receiveFrame().isCommand(named: "READY"))
            #expect(try await peer.receiveFrame().isCommand(named: "ERROR"))
            #expect(try await peer.receiveUntilClosed().isEmpty)
            keepOpen(router)
        }
    }

    @Test("that says nothing and leaves is no more than an event", arguments: [0, 1, 10, 11, 63, 64, 70])
    func leavesEarly(octets: Int) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.send((ScriptedPeer.greeting() + ScriptedPeer.ready("PUSH")).prefix(octets))
            try await log.wait(for: .accepted)
            try await peer.closeWriting()
            let event = try await log.wait(for: .handshakeFailed)
            #expect(event.reason?.isClosedByPeer == true, "\(event)")
            await peer.close()
            keepOpen(pull)
        }
    }

    @Test("that is not ready in time is left", arguments: [0, 10, 64, 70])
    func tooSlow(octets: Int) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.handshakeTimeout = .milliseconds(20) })
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            // On a slow machine the time may be up before.
            try? await peer.send((ScriptedPeer.greeting() + ScriptedPeer.ready("PUSH")).prefix(octets))
            _ = try await peer.receiveUntilClosed()
            let event = try await log.wait(for: .handshakeFailed)
            #expect(event.reason?.isHandshakeTimeout == true, "\(event)")
            await peer.close()
            keepOpen(pull)
        }
    }

    @Test("that is not ready in time is dialled again")
    func tooSlowListener() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.handshakeTimeout = .milliseconds(20)
                    $0.reconnect = .quick
                })
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            let silent = try await listener.accept()
            _ = try await silent.receiveUntilClosed()
            #expect(try await log.wait(for: .handshakeFailed).reason?.isHandshakeTimeout == true)
            // A machine that is slow enough lets several attempts run out of time.
            var isReady = false
            while !isReady {
                let peer = try await listener.accept()
                isReady = (try? await peer.shakeHands(as: .pull)) != nil
            }
            try await log.wait(for: .handshakeSucceeded)
            keepOpen(push)
        }
        await listener.close()
    }

    @Test("with a part that is larger than allowed is left, before the part is read")
    func oversize() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.maxMessageSize = 1000 })
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .push)
            try await peer.send(Message(size: 1000))
            #expect(try await pull.receive().byteCount == 1000)
            try await peer.send(ScriptedPeer.frame([], announcing: 1001))
            _ = try await peer.receiveUntilClosed()
            let event = try await log.wait(for: .disconnected)
            #expect(event.reason?.violation == .frameTooLarge)
            await peer.close()
            keepOpen(pull)
        }
    }

    @Test(
        "after the handshake is left, and what it sent before counts",
        arguments: [
            ([0x88, 0] as [UInt8], ZMTPError.Code.malformedFrame), (ScriptedPeer.ready("PUSH"), .unexpectedCommand),
            (ScriptedPeer.command("ERROR", [1, 0x78]), .refusedByPeer), ([0x04, 1, 9], .malformedCommand),
        ])
    func later(octets: [UInt8], violation: ZMTPError.Code) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .push)
            try await peer.send(ScriptedPeer.frame([0x31]) + ScriptedPeer.frame([0x32]) + octets)
            _ = try await peer.receiveUntilClosed()
            let event = try await log.wait(for: .disconnected)
            #expect(event.reason?.violation == violation, "\(event)")
            #expect(try await pull.receive() == "1")
            #expect(try await pull.receive() == "2")
            #expect(try await pull.receive(within: .milliseconds(1)) == nil)
            await peer.close()
        }
    }

    @Test(
        "with an id that no peer may have is told so",
        arguments: [[0, 1, 2], Array(repeating: 65, count: 256)] as [[UInt8]])
    func badRoutingID(octets: [UInt8]) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let log = EventLog(router)
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.send(ScriptedPeer.greeting() + ScriptedPeer.ready("DEALER", identity: octets))
            _ = try await peer.receiveUntilClosed()
            #expect(try await log.wait(for: .handshakeFailed).reason?.violation == .invalidRoutingID)
            await peer.close()
            keepOpen(router)
        }
    }

    @Test("a hundred times at once does not keep a good one from being served")
    func hundred() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    let bad = BadHandshake.all[number % BadHandshake.all.count]
                    group.addTask {
                        let peer = try await ScriptedPeer.connect(to: endpoint)
                        try await peer.send(bad.octets)
                        _ = try await peer.receiveUntilClosed()
                        await peer.close()
                    }
                }
                let push = try context.makePushSocket()
                try await push.connect(to: endpoint)
                try await send(0..<100, to: push)
                try await expect(0..<100, from: pull)
                try await group.waitForAll()
            }
            try await log.wait(for: .handshakeFailed, count: 100)
            keepOpen(pull)
        }
    }
}
