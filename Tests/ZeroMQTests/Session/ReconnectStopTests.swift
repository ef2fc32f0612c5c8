// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("ZMQ_RECONNECT_STOP", .timeLimit(.minutes(3)))
struct ReconnectStopTests {
    private static func options(_ stop: ReconnectStop, immediate: Bool = false) -> SocketOptions {
        .with {
            $0.reconnect = .quick
            $0.reconnectStop = stop
            $0.immediate = immediate
        }
    }

    @Test("gives an endpoint up where nobody listens", arguments: [true, false])
    func refused(immediate: Bool) async throws {
        let endpoint = try await Transport.tcp.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.options(.connectionRefused, immediate: immediate))
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            let failure = try await log.wait(for: .connectFailed)
            #expect(failure.retryIn == nil)
            await expectError(.notFound) { try await push.disconnect(from: endpoint) }
            #expect(try push.trySend("nobody") == false)
        }
    }

    @Test("gives an endpoint up whose peer breaks the handshake off")
    func handshakeFailed() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.options(.handshakeFailed))
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            await peer.close()
            let failure = try await log.wait(for: .handshakeFailed)
            #expect(failure.retryIn == nil)
            await expectError(.notFound) { try await push.disconnect(from: listener.endpoint) }
        }
        await listener.close()
    }

    @Test(
        "gives an endpoint up whose peer does not fit or breaks the protocol in the handshake",
        arguments: BadHandshake.all)
    func badHandshake(bad: BadHandshake) async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let pull = try context.makePullSocket(Self.options(.handshakeFailed))
            let log = EventLog(pull)
            try await pull.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            try await peer.send(bad.octets)
            _ = try await peer.receiveUntilClosed()
            let failure = try await log.wait(for: .handshakeFailed)
            #expect(failure.reason?.violation == bad.violation)
            #expect(failure.retryIn == nil)
            await expectError(.notFound) { try await pull.disconnect(from: listener.endpoint) }
            await peer.close()
        }
        await listener.close()
    }

    @Test("gives an endpoint up whose peer says nothing")
    func handshakeTimedOut() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            var options = Self.options(.handshakeFailed)
            options.handshakeTimeout = .milliseconds(20)
            let push = try context.makePushSocket(options)
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            let failure = try await log.wait(for: .handshakeFailed)
            #expect(failure.reason?.isHandshakeTimeout == true)
            #expect(failure.retryIn == nil)
        }
        await listener.close()
    }

    @Test("of handshakes goes on after a connection that was ready, and where nobody listens")
    func otherEndings() async throws {
        let endpoint = try await Transport.tcp.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.options(.handshakeFailed))
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            try await log.wait(for: .connectFailed, count: 2)
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            try await log.wait(for: .handshakeSucceeded)
            await pull.close()
            #expect(try await log.wait(for: .disconnected).retryIn != nil)
        }
    }

    @Test("after disconnecting loses what waits, though linger is for ever", arguments: Transport.wires)
    func afterDisconnect(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.options(.afterDisconnect))
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            try await push.send("lost")
            try await log.wait(for: .connectFailed, count: 2)
            try await push.disconnect(from: endpoint)
            // Ends only because nothing waits any more.
            await push.close()
        }
    }

    @Test("after disconnecting leaves a connection that is ready to send all")
    func afterDisconnectReady() async throws {
        try await withSockets { context in
            let (pull, push) = (
                try context.makePullSocket(), try context.makePushSocket(Self.options(.afterDisconnect))
            )
            let log = EventLog(push)
            let endpoint = try await join(pull, push, over: .tcp)
            try await log.wait(for: .handshakeSucceeded)
            try await send(0..<500, to: push)
            try await push.disconnect(from: endpoint)
            try await expect(0..<500, from: pull)
        }
    }
}
