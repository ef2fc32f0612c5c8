// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Reconnecting", .timeLimit(.minutes(3)))
struct ReconnectTests {
    @Test("follows a peer that restarts, and delivers what was queued meanwhile", arguments: Transport.wires)
    func restart(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            for round in 1...5 {
                try await send(0..<50, to: push)
                let pull = try context.makePullSocket()
                try await pull.bind(to: endpoint)
                try await expect(0..<50, from: pull)
                await pull.close()
                try await log.wait(for: .disconnected, count: round)
            }
        }
    }

    @Test("follows a ROUTER that restarts: requests after that are served", arguments: Transport.wires)
    func serverRestart(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(
                .with {
                    $0.reconnect = .quick
                    $0.routingID = "ann"
                })
            let log = EventLog(dealer)
            try await dealer.connect(to: endpoint)
            for round in 1...5 {
                let router = try context.makeRouterSocket()
                try await router.bind(to: endpoint)
                for number in 0..<10 {
                    try await dealer.send(Message(number: number))
                    let request = try await router.receive()
                    #expect(request.peer.routingID == "ann")
                    try await router.send(request.message, to: request.peer)
                    #expect(try await dealer.receive().number == number)
                }
                await router.close()
                try await log.wait(for: .disconnected, count: round)
            }
        }
    }

    @Test("waits longer and longer, and begins anew after a handshake")
    func backOff() async throws {
        let endpoint = try await Transport.tcp.fresh()
        let policy = ReconnectPolicy(initialDelay: .milliseconds(4), maxDelay: .milliseconds(30), jitter: .none)
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = policy })
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            try await log.wait(for: .connectFailed, count: 6)
            let delays = log.events.filter { $0.kind == .connectFailed }.prefix(6).map(\.retryIn)
            #expect(delays == [4, 8, 16, 30, 30, 30].map { .milliseconds($0) })
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            try await log.wait(for: .handshakeSucceeded)
            await pull.close()
            let end = try await log.wait(for: .disconnected)
            #expect(end.retryIn == .milliseconds(4))
        }
    }

    @Test("does not happen where there is no policy for it", arguments: Transport.wires)
    func never(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = nil })
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            let failure = try await log.wait(for: .connectFailed)
            #expect(failure.retryIn == nil)
            #expect(try await eventually { try push.trySend("nobody") == false })
            await expectError(.notFound) { try await push.disconnect(from: endpoint) }
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            try await push.connect(to: endpoint)
            try await push.send("connected anew")
            #expect(try await pull.receive() == "connected anew")
        }
    }

    @Test("survives a hundred peers that break the connection")
    func hundredBreaks() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            for round in 0..<100 {
                let peer = try await listener.accept()
                if round % 4 == 0 {
                    await peer.close()
                } else if round % 4 == 1 {
                    try await peer.reset()
                } else {
                    try await peer.shakeHands(as: .pull)
                    if round % 4 == 2 { await peer.close() } else { try await peer.reset() }
                }
            }
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .pull)
            try await push.send("finally")
            #expect(try await peer.receiveMessage() == "finally")
            // A reset can come before the system has said that there is a connection: then there never was one.
            let allSeen = try await eventually { log.count(of: .connected) + log.count(of: .connectFailed) >= 101 }
            #expect(allSeen, "\(log.kinds)")
        }
        await listener.close()
    }

    @Test("does not take a connection with itself for one with a peer")
    func selfConnection() async throws {
        let address = try await Transport.tcp.fresh().dropFirst("tcp://".count)
        try await withSockets { context in
            let pair = try context.makePairSocket(.with { $0.reconnect = .quick })
            let log = EventLog(pair)
            // From a port to the same port: TCP connects that to itself.
            try await pair.connect(to: "tcp://\(address);\(address)")
            #expect(try await eventually { log.kinds.count { $0 == .connectFailed || $0 == .handshakeFailed } >= 3 })
            #expect(log.count(of: .handshakeSucceeded) == 0, "\(log.events)")
            keepOpen(pair)
        }
    }

    @Test("lets a relaxed REQ ask again after its server has died with the request", arguments: Transport.wires)
    func askAgain(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        let options = SocketOptions.with {
            $0.reqRelaxed = true
            $0.reqCorrelate = true
            $0.reconnect = .quick
        }
        try await withSockets { context in
            let req = try context.makeReqSocket(options)
            let log = EventLog(req)
            try await req.connect(to: endpoint)
            for round in 1...3 {
                let dying = try context.makeRepSocket()
                try await dying.bind(to: endpoint)
                try await req.send("first try")
                #expect(try await dying.receive() == "first try")
                await dying.close()
                try await log.wait(for: .disconnected, count: 2 * round - 1)
                let rep = try context.makeRepSocket()
                try await rep.bind(to: endpoint)
                try await req.send("second try")
                #expect(try await rep.receive() == "second try")
                try await rep.send("reply")
                #expect(try await req.receive() == "reply")
                await rep.close()
                try await log.wait(for: .disconnected, count: 2 * round)
            }
        }
    }

    @Test("with `immediate` takes messages only while somebody is connected", arguments: Transport.wires)
    func immediate(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.immediate = true
                    $0.reconnect = .quick
                })
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            for round in 1...3 {
                #expect(try push.trySend("nobody") == false)
                let waiting = Task { try await push.send(Message(number: round)) }
                let pull = try context.makePullSocket()
                try await pull.bind(to: endpoint)
                #expect(try await pull.receive().number == round)
                try await waiting.value
                await pull.close()
                try await log.wait(for: .disconnected, count: round)
            }
            try await push.disconnect(from: endpoint)
            await expectError(.notFound) { try await push.disconnect(from: endpoint) }
        }
    }

    @Test("with `immediate` a socket uses the peers that are there", arguments: Transport.wires)
    func immediateAmongAbsent(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.immediate = true })
            let pull = try context.makePullSocket()
            try await push.connect(to: try await transport.fresh())
            try await push.connect(to: try await pull.bind(to: transport.wildcard()))
            try await send(0..<100, to: push)
            try await expect(0..<100, from: pull)
        }
    }

    @Test("with `immediate` a queue is lost with its connection, and closing does not wait for it")
    func immediateLoses() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.immediate = true
                    $0.reconnect = .quick
                })
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .pull)
            try await log.wait(for: .handshakeSucceeded)
            while try push.trySend(Message(size: 100_000)) {}
            await listener.close()
            await peer.close()
            try await log.wait(for: .disconnected)
            #expect(try await eventually { try push.trySend("nobody") == false })
            await push.close()
        }
    }
}
