// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Dialling through a SOCKS proxy", .timeLimit(.minutes(3)))
struct SOCKSTests {
    private static let granted: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

    private static func options(
        _ listener: ScriptedListener, username: String? = nil, password: String = ""
    ) throws -> SocketOptions {
        let address = String(listener.endpoint.dropFirst("tcp://".count))
        let proxy = try SOCKSProxy(address, username: username, password: password)
        return .with {
            $0.socksProxy = proxy
            $0.reconnect = .quick
        }
    }

    /// Plays a proxy that grants a connection, and says for what.
    private static func grant(_ peer: ScriptedPeer, then more: [UInt8] = []) async throws -> [UInt8] {
        #expect(try await peer.receive(3) == [5, 1, 0])
        try await peer.send([5, 0])
        let request = try await Self.receiveRequest(peer)
        try await peer.send(Self.granted + more)
        return request
    }

    private static func receiveRequest(_ peer: ScriptedPeer) async throws -> [UInt8] {
        let head = try await peer.receive(5)
        let length = head[3] == 3 ? Int(head[4]) + 2 : head[3] == 1 ? 5 : 17
        return head + (try await peer.receive(length))
    }

    @Test("the handshake goes through it, with the host name as it is")
    func hostName() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.options(listener))
            let log = EventLog(push)
            try await push.connect(to: "tcp://nowhere.invalid:5555")
            try await push.send("hello")
            let peer = try await listener.accept()
            let request = try await Self.grant(peer)
            #expect(request == [5, 1, 0, 3, 15] + Array("nowhere.invalid".utf8) + [0x15, 0xB3])
            try await peer.shakeHands(as: .pull)
            #expect(try await peer.receiveMessage() == "hello")
            let event = try await log.wait(for: .handshakeSucceeded)
            #expect(event.peer?.address == "tcp://nowhere.invalid:5555")
        }
        await listener.close()
    }

    @Test("octets of the peer may come together with the proxy's answer")
    func eagerPeer() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let pull = try context.makePullSocket(Self.options(listener))
            try await pull.connect(to: "tcp://10.0.0.1:5555")
            let peer = try await listener.accept()
            let zmtp = ScriptedPeer.greeting() + ScriptedPeer.ready("PUSH") + ScriptedPeer.frame(Array("early".utf8))
            _ = try await Self.grant(peer, then: zmtp)
            #expect(try await pull.receive() == "early")
        }
        await listener.close()
    }

    @Test("its octets may come one by one")
    func slowProxy() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            // An octet at a time, a busy machine may need longer for a handshake than is allowed by default.
            var options = try Self.options(listener, username: "ann", password: "secret")
            options.handshakeTimeout = nil
            let push = try context.makePushSocket(options)
            try await push.connect(to: "tcp://10.0.0.1:5555")
            let peer = try await listener.accept()
            #expect(try await peer.receive(3) == [5, 1, 2])
            for octet in [5, 2] as [UInt8] { try await peer.send([octet]) }
            #expect(try await peer.receive(12) == [1, 3] + Array("ann".utf8) + [6] + Array("secret".utf8))
            for octet in [1, 0] as [UInt8] { try await peer.send([octet]) }
            _ = try await Self.receiveRequest(peer)
            for octet in Self.granted { try await peer.send([octet]) }
            try await peer.shakeHands(as: .pull)
            try await push.send("hello")
            #expect(try await peer.receiveMessage() == "hello")
        }
        await listener.close()
    }

    @Test("two sockets talk through it", .timeLimit(.minutes(3)))
    func relay() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            // An octet at a time, a busy machine may need longer for a handshake than is allowed by default.
            let rep = try context.makeRepSocket(.with { $0.handshakeTimeout = nil })
            let endpoint = try await rep.bind(to: "tcp://127.0.0.1:*")
            var options = try Self.options(listener)
            options.handshakeTimeout = nil
            let req = try context.makeReqSocket(options)
            try await req.connect(to: endpoint)
            let near = try await listener.accept()
            _ = try await Self.grant(near)
            let far = try await ScriptedPeer.connect(to: endpoint)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (from, to) in [(near, far), (far, near)] {
                    group.addTask { while true { try await to.send(try await from.receive(1)) } }
                }
                async let reply = req.request("question")
                #expect(try await rep.receive() == "question")
                try await rep.send("answer")
                #expect(try await reply == "answer")
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
        await listener.close()
    }

    /// How a proxy can fail, up to where the script goes before it ends the connection.
    struct Failure: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: ZeroMQError.Code
        let text: String
        let answers: [[UInt8]]

        static let all = [
            Self(testDescription: "is none", code: .io, text: "no SOCKS5 proxy", answers: [Array("HTTP".utf8)]),
            Self(
                testDescription: "wants a name", code: .permissionDenied, text: "without a name", answers: [[5, 0xFF]]),
            Self(
                testDescription: "refuses", code: .io, text: "nobody is listening", answers: [[5, 0], [5, 5, 0, 1]]),
            Self(testDescription: "closes at once", code: .io, text: "closed the connection", answers: []),
            Self(testDescription: "closes halfway", code: .io, text: "closed", answers: [[5, 0], [5, 0, 0, 1, 0]]),
        ]
    }

    @Test("one that fails is an event, and tried again", arguments: Failure.all)
    func failing(failure: Failure) async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.options(listener))
            let log = EventLog(push)
            try await push.connect(to: "tcp://10.0.0.1:5555")
            for round in 1...2 {
                let peer = try await listener.accept()
                _ = try await peer.receive(3)
                for answer in failure.answers {
                    try await peer.send(answer)
                    if answer == [5, 0] { _ = try await Self.receiveRequest(peer) }
                }
                if failure.text.contains("closed") { await peer.close() }
                let event = try await log.wait(for: .connectFailed, count: round)
                #expect(event.error?.code == failure.code)
                #expect(event.error?.message.contains(failure.text) == true, "\(event)")
                #expect(event.error?.message.contains("tcp://10.0.0.1:5555") == true, "\(event)")
                #expect(event.retryIn != nil)
                // Closed from here, too.
                if !failure.text.contains("closed") { _ = try await peer.receiveUntilClosed() }
            }
            #expect(log.count(of: .connected) == 0)
        }
        await listener.close()
    }

    @Test("one that refuses name and password is an event that names neither")
    func wrongPassword() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.options(listener, username: "ann", password: "secret"))
            let log = EventLog(push)
            try await push.connect(to: "tcp://10.0.0.1:5555")
            let peer = try await listener.accept()
            _ = try await peer.receive(3)
            try await peer.send([5, 2])
            _ = try await peer.receive(12)
            try await peer.send([1, 1])
            let event = try await log.wait(for: .connectFailed)
            #expect(event.error?.code == .permissionDenied)
            #expect(event.error?.description.contains("secret") == false)
        }
        await listener.close()
    }

    @Test(
        "one that says nothing is given up in the time for connecting, or for the handshake", arguments: [true, false])
    func silent(hasConnectTimeout: Bool) async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            var options = try Self.options(listener)
            if hasConnectTimeout {
                options.connectTimeout = .milliseconds(20)
            } else {
                options.handshakeTimeout = .milliseconds(20)
            }
            let push = try context.makePushSocket(options)
            let log = EventLog(push)
            try await push.connect(to: "tcp://10.0.0.1:5555")
            let peer = try await listener.accept()
            let event = try await log.wait(for: .connectFailed)
            #expect(event.error?.code == .timedOut)
            #expect(event.retryIn != nil)
            _ = try await peer.receiveUntilClosed()
        }
        await listener.close()
    }

    @Test("a refusal behind it counts for ZMQ_RECONNECT_STOP, one at it does not")
    func reconnectStop() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            var options = try Self.options(listener)
            options.reconnectStop = .connectionRefused
            let push = try context.makePushSocket(options)
            let log = EventLog(push)
            try await push.connect(to: "tcp://10.0.0.1:5555")
            let peer = try await listener.accept()
            _ = try await peer.receive(3)
            try await peer.send([5, 0])
            _ = try await Self.receiveRequest(peer)
            try await peer.send([5, 5])
            #expect(try await log.wait(for: .connectFailed).retryIn == nil)

            await listener.close()
            let other = try context.makePushSocket(options)
            let otherLog = EventLog(other)
            try await other.connect(to: "tcp://10.0.0.1:5555")
            let event = try await otherLog.wait(for: .connectFailed)
            #expect(event.retryIn != nil)
            #expect(event.error?.message.contains("through a SOCKS proxy") == true, "\(event)")
            #expect(event.error?.message.contains("tcp://10.0.0.1:5555") == true, "\(event)")
        }
    }

    @Test("disconnecting while it is being asked closes the connection to it")
    func disconnectMeanwhile() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.options(listener))
            try await push.connect(to: "tcp://10.0.0.1:5555")
            let peer = try await listener.accept()
            _ = try await peer.receive(3)
            try await push.disconnect(from: "tcp://10.0.0.1:5555")
            _ = try await peer.receiveUntilClosed()
            await push.close()
        }
        await listener.close()
    }

    @Test("ipc is dialled without it")
    func notForIPC() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket(Self.options(listener)))
            try await join(pull, push, over: .ipc)
            try await push.send("direct")
            #expect(try await pull.receive() == "direct")
        }
        await listener.close()
    }
}
