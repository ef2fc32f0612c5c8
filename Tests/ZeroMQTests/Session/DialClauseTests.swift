// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZeroMQ
import ZeroMQTesting

/// What the options RECONNECT_IVL, HANDSHAKE_IVL and CONNECT_TIMEOUT and the manual page of zmq_tcp promise beside what
/// ``ReconnectTests`` look at.
@Suite("Dialling", .timeLimit(.minutes(3)))
struct DialClauseTests {
    private static let rarely = ReconnectPolicy(initialDelay: .seconds(3600), maxDelay: .seconds(3600), jitter: .none)

    @Test("the first attempt is immediate, only further ones wait", arguments: Transport.wires)
    func firstAttempt(transport: Transport) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let push = try context.makePushSocket(.with { $0.reconnect = Self.rarely })
            let log = EventLog(push)
            try await join(pull, push, over: transport)
            try await push.send("at once")
            #expect(try await pull.receive() == "at once")
            await pull.close()
            #expect(try await log.wait(for: .disconnected).retryIn == .seconds(3600))
        }
    }

    @Test("attempts count from the last handshake, and events come in the order of libzmq's monitor")
    func sequence() async throws {
        let endpoint = try await Transport.tcp.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            try await log.wait(for: .connectFailed, count: 3)
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            try await log.wait(for: .handshakeSucceeded)
            await pull.close()
            try await log.wait(for: .disconnected)
            let isDialled = try await eventually {
                log.kinds.last(where: { $0 == .connecting || $0 == .disconnected }) == .connecting
            }
            #expect(isDialled)
            let kinds = log.kinds
            let end = try #require(kinds.firstIndex(of: .disconnected))
            // CONNECT_DELAYED, CONNECT_RETRIED, again and again; CONNECTED, HANDSHAKE_SUCCEEDED, DISCONNECTED; anew.
            let failures = Array(repeating: [SocketEvent.Kind.connecting, .connectFailed], count: (end - 3) / 2)
            let success: [SocketEvent.Kind] = [
                .connecting, .connected, .handshakeSucceeded, .disconnected, .connecting,
            ]
            #expect(Array(kinds.prefix(end + 2)) == failures.flatMap { $0 } + success)
            let attempts = log.events.compactMap { event in
                if case .connecting(_, let attempt) = event { attempt } else { nil }
            }
            #expect(Array(attempts.prefix((end - 1) / 2)) == Array(1...(end - 1) / 2))
            #expect(attempts[(end - 1) / 2] == 1)
        }
    }

    @Test("ZMQ_HANDSHAKE_IVL of none waits for the peer however long it is silent")
    func noHandshakeTimeout() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let patient = try context.makePushSocket(
                .with {
                    $0.handshakeTimeout = nil
                    $0.reconnect = .quick
                })
            let log = EventLog(patient)
            try await patient.connect(to: listener.endpoint)
            let silent = try await listener.accept()
            // Somebody less patient gives up again and again meanwhile.
            let impatient = try context.makePullSocket(.with { $0.handshakeTimeout = .milliseconds(20) })
            let endpoint = try await impatient.bind(to: "tcp://127.0.0.1:*")
            for _ in 0..<5 {
                let peer = try await ScriptedPeer.connect(to: endpoint)
                _ = try await peer.receiveUntilClosed()
                await peer.close()
            }
            #expect(log.kinds == [.connecting, .connected])
            try await silent.shakeHands(as: .pull)
            try await patient.send("at last")
            #expect(try await silent.receiveMessage() == "at last")
            await silent.close()
        }
        await listener.close()
    }

    @Test("names are resolved anew at each attempt, and after each connection")
    func names() async throws {
        let port = try #require(try await Transport.tcp.fresh().split(separator: ":").last.flatMap { Int($0) })
        let network = Network()
        let context = try Context(ContextOptions(), lookUp: network.lookUp)
        let push = try context.makePushSocket(.with { $0.reconnect = .quick })
        let log = EventLog(push)
        try await push.connect(to: "tcp://moving.example:\(port)")
        try await log.wait(for: .connectFailed, count: 2)
        #expect(log.events.compactMap(\.error).allSatisfy { $0.code == .resolutionFailed })
        // Linux answers to all of 127/8.
        #if os(Linux)
        let addresses = ["127.0.8.1", "127.0.8.2", "127.0.8.3"]
        #else
        let addresses = ["127.0.0.1"]
        #endif
        for (round, address) in addresses.enumerated() {
            let pull = try context.makePullSocket()
            try await pull.bind(to: "tcp://\(address):\(port)")
            network.move(to: address)
            try await push.send(Message(number: round))
            #expect(try await pull.receive().number == round)
            await pull.close()
            try await log.wait(for: .disconnected, count: round + 1)
        }
        await context.shutdown(within: .zero)
    }

    /// A network in which one host moves.
    private final class Network: Sendable {
        private let address = Mutex<String?>(nil)

        func move(to address: String) { self.address.withLock { $0 = address } }

        var lookUp: HostLookUp {
            .network { name in
                #expect(name == "moving.example")
                return self.address.withLock { $0 }
            }
        }
    }

    #if os(Linux)
    @Test("ZMQ_CONNECT_TIMEOUT gives an attempt up that the system would go on with, and another follows")
    func connectTimeout() async throws {
        let busy = try BusyListener()
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.connectTimeout = .milliseconds(20)
                    $0.reconnect = .quick
                })
            let log = EventLog(push)
            try await push.connect(to: busy.endpoint)
            let failure = try await log.wait(for: .connectFailed, count: 2)
            #expect(failure.error?.code == .timedOut, "\(failure)")
            #expect(failure.retryIn != nil)
            #expect(log.count(of: .connected) == 0)
            keepOpen(push)
        }
        busy.end()
    }
    #endif

    @Test("how a handshake failed is told as libzmq's monitor does, for every reason there is")
    func handshakeFailures() throws {
        let broken = ZeroMQError(.io, "broken")
        for reason in [
            DisconnectReason.closedByPeer, .closedHere, .handshakeTimedOut, .heartbeatTimedOut, .failed(broken),
        ] {
            #expect(reason.handshakeFailure == .noDetail)
        }
        #expect(DisconnectReason.refused("why").handshakeFailure == .protocolError)
    }

    @Test(
        "a peer's ERROR is an authentication failure if it is a status of ZAP, and a protocol error otherwise",
        arguments: [
            ("300", .authentication(status: 300)), ("400", .authentication(status: 400)),
            ("500", .authentication(status: 500)), ("200", .protocolError), ("4000", .protocolError),
            ("", .protocolError),
        ] as [(String, DisconnectReason.HandshakeFailure)])
    func statuses(reason: String, failure: DisconnectReason.HandshakeFailure) async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket()
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            let error = ScriptedPeer.command("ERROR", [UInt8(reason.utf8.count)] + Array(reason.utf8))
            try await peer.send(ScriptedPeer.greeting() + error)
            #expect(try await log.wait(for: .handshakeFailed).reason?.handshakeFailure == failure)
            await peer.close()
            keepOpen(push)
        }
        await listener.close()
    }
}
