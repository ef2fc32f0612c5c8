// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Options that change while a socket is in use", .timeLimit(.minutes(3)))
struct LiveOptionTests {
    /// How many messages are taken without waiting.
    private static func fill(_ push: PushSocket) throws -> Int {
        var count = 0
        while count < 10_000, try push.trySend("x") { count += 1 }
        return count
    }

    @Test("ZMQ_SNDHWM, for peers that are there as well", arguments: Transport.allCases)
    func sendMark(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 2, receiving: 2))
            try await push.connect(to: try await transport.fresh())
            #expect(try Self.fill(push) == 2)
            try push.update { $0.sendHighWaterMark = 10 }
            #expect(try Self.fill(push) == 8)
            try push.update { $0.sendHighWaterMark = 3 }
            #expect(try Self.fill(push) == 0)
            #expect(push.unsentMessages == 10)
            try push.update { $0.sendHighWaterMark = nil }
            #expect(try Self.fill(push) == 10_000)
        }
    }

    @Test("a raised mark lets go who waits for room", arguments: Transport.allCases)
    func waitingSender(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 1, receiving: 1))
            try await push.connect(to: try await transport.fresh())
            try await push.send("first")
            let waiting = Task { try await push.send("second") }
            try push.update { $0.sendHighWaterMark = 100 }
            try await waiting.value
            #expect(push.unsentMessages == 2)
        }
    }

    @Test("ZMQ_RCVHWM over inproc, where the marks of both sides add up")
    func receiveMark() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.marks(sending: nil, receiving: 3))
            let push = try context.makePushSocket(.marks(sending: 2, receiving: nil))
            try await join(pull, push, over: .inproc)
            #expect(try Self.fill(push) == 5)
            try pull.update { $0.receiveHighWaterMark = 10 }
            #expect(try Self.fill(push) == 7)
            // Who was refused comes back once half of the mark is free, as ever.
            try push.update { $0.sendHighWaterMark = 20 }
            #expect(try Self.fill(push) == 18)
            try pull.update { $0.receiveHighWaterMark = 1 }
            for _ in 0..<30 { #expect(try await pull.receive() == "x") }
            #expect(try Self.fill(push) == 21)
        }
    }

    @Test("ZMQ_RCVHWM of a connection: one that was full is read on")
    func receiveMarkOfConnection() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.marks(sending: nil, receiving: 1))
            let push = try context.makePushSocket(.marks(sending: 1, receiving: nil))
            try await join(pull, push, over: .tcp)
            let body = Message(size: 200_000)
            let sending = Task { for _ in 0..<100 { try await push.send(body) } }
            #expect(try await pull.receive() == body)
            try pull.update { $0.receiveHighWaterMark = 1000 }
            // Nothing is received here before all is sent, which a mark of one would not allow.
            try await sending.value
            for _ in 1..<100 { #expect(try await pull.receive() == body) }
        }
    }

    @Test("ZMQ_LINGER counts as it is when the socket closes", arguments: Transport.wires)
    func linger(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            try await push.connect(to: try await transport.fresh())
            try await push.send("lost")
            try push.update { $0.linger = .zero }
            #expect(await push.close().lost == 1)
        }
    }

    @Test("ZMQ_ROUTER_MANDATORY, on and off")
    func mandatory() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            try await router.send("dropped", to: "nobody")
            try router.update { $0.routerMandatory = true }
            await expectError(.unroutable) { try await router.send("refused", to: "nobody") }
            try router.update { $0.routerMandatory = false }
            try await router.send("dropped", to: "nobody")
        }
    }

    @Test("ZMQ_ROUTER_MANDATORY off lets go who waits for a peer")
    func mandatoryOff() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerMandatory = true
                    $0.sendHighWaterMark = 1
                })
            try await router.connect(to: try await Transport.tcp.fresh(), as: "away")
            try await router.send("queued", to: "away")
            #expect(try router.trySend("no room", to: "away") == false)
            let waiting = Task { try await router.send("dropped", to: "away") }
            try router.update { $0.routerMandatory = false }
            try await waiting.value
            #expect(router.unsentMessages == 1)
        }
    }

    @Test("ZMQ_ROUTER_HANDOVER for those who come later")
    func handover() async throws {
        try await withSockets { context in
            // Three connections wait for their turn, on a busy machine longer than a handshake may take by default.
            let router = try context.makeRouterSocket(.with { $0.handshakeTimeout = nil })
            let log = EventLog(router)
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let peers = [
                try await ScriptedPeer.connect(to: endpoint), try await ScriptedPeer.connect(to: endpoint),
                try await ScriptedPeer.connect(to: endpoint),
            ]
            try await peers[0].shakeHands(as: .dealer, routingID: "ann")
            try await log.wait(for: .handshakeSucceeded)
            try await peers[1].shakeHands(as: .dealer, routingID: "ann")
            #expect(try await log.wait(for: .handshakeFailed).reason?.isRefusal == true)
            try router.update { $0.routerHandover = true }
            try await peers[2].shakeHands(as: .dealer, routingID: "ann")
            try await log.wait(for: .disconnected)
            try await router.send("to the newcomer", to: "ann")
            #expect(try await peers[2].receiveMessage() == "to the newcomer")
        }
    }

    @Test("ZMQ_PROBE_ROUTER for connections that come later", arguments: Transport.allCases)
    func probe(transport: Transport) async throws {
        try await withSockets { context in
            let routers = [try context.makeRouterSocket(), try context.makeRouterSocket()]
            let dealer = try context.makeDealerSocket()
            try await join(routers[0], dealer, over: transport)
            try dealer.update { $0.probeRouter = true }
            try await join(routers[1], dealer, over: transport)
            #expect(try await routers[1].receive().message == "")
            #expect(try routers[0].tryReceive() == nil)
        }
    }

    @Test("ZMQ_REQ_RELAXED, with a request under way")
    func relaxed() async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
            try await join(rep, req, over: .inproc)
            try await req.send("first")
            await expectError(.wrongState) { try await req.send("second") }
            try req.update { $0.reqRelaxed = true }
            try await req.send("second")
            #expect(try await rep.receive() == "first")
        }
    }

    @Test("ZMQ_REQ_CORRELATE for the next request, not for the reply under way", arguments: [true, false])
    func correlate(isOn: Bool) async throws {
        try await withSockets { context in
            let req = try context.makeReqSocket(.with { $0.reqCorrelate = !isOn })
            let router = try context.makeRouterSocket()
            try await join(router, req, over: .inproc)
            for round in 0..<2 {
                try await req.send("question")
                let request = try await router.receive()
                #expect(request.message.count == ((round == 0) == isOn ? 2 : 3))
                try req.update { $0.reqCorrelate = isOn }
                try await router.send(request.message, to: request.peer)
                #expect(try await req.receive() == "question")
            }
        }
    }

    @Test("values out of their limits change nothing")
    func refused() async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 2, receiving: 2))
            try await push.connect(to: "inproc://\(Fresh.name())")
            await expectError(.invalidOption) { try push.update { $0.sendHighWaterMark = 0 } }
            await expectError(.invalidOption) { try push.update { $0.linger = .seconds(-1) } }
            #expect(try Self.fill(push) == 2)
            var seen: Int?
            try push.update { seen = $0.sendHighWaterMark }
            #expect(seen == 2)
            await push.close(within: .zero)
            await expectError(.closed) { try push.update { $0.linger = nil } }
        }
    }

    @Test("a context's socket options are those of sockets without their own (ZMQ_BLOCKY, ZMQ_IPV6)")
    func contextDefaults() async throws {
        var options = ContextOptions()
        options.socketOptions.linger = .zero
        options.socketOptions.sendHighWaterMark = 3
        try await withContext(options, shutdownWithin: .zero) { context in
            let push = try context.makePushSocket()
            try await push.connect(to: try await Transport.tcp.fresh())
            #expect(try Self.fill(push) == 3)
            #expect(await push.close().lost == 3)
            let own = try context.makePushSocket(.marks(sending: 5, receiving: 5))
            try await own.connect(to: "inproc://\(Fresh.name())")
            #expect(try Self.fill(own) == 5)
        }
        options.socketOptions.backlog = 0
        _ = try await withContext(options) { context in
            await expectError(.invalidOption) { try context.makeSocket(.pull) }
        }
    }

    @Test("ZMQ_XPUB_VERBOSE and ZMQ_XPUB_VERBOSER, on and off", arguments: Transport.allCases)
    func verbosity(transport: Transport) async throws {
        try await withSockets { context in
            let xpub = try context.makeXPubSocket()
            let subs = [try context.makeXSubSocket(), try context.makeXSubSocket()]
            let endpoint = try await xpub.bind(to: transport.wildcard())
            for sub in subs { try await sub.connect(to: endpoint) }
            func next() async throws -> String { try await xpub.receive().text }
            // Each step ends with a topic of its own, which shows that nothing else came before.
            for (step, verbosity) in [XPubVerbosity.quiet, .verbose, .verboser, .quiet].enumerated() {
                let topic = Message.Part("\(step)")
                try xpub.update { $0.xpubVerbosity = verbosity }
                try subs[0].subscribe(to: "a")
                #expect(try await next() == "\u{01}a")
                try subs[1].subscribe(to: "a")
                if verbosity != .quiet { #expect(try await next() == "\u{01}a") }
                try subs[1].subscribe(to: topic)
                #expect(try await next() == "\u{01}\(step)")
                try subs[1].unsubscribe(from: "a")
                if verbosity == .verboser { #expect(try await next() == "\0a") }
                try subs[1].unsubscribe(from: topic)
                #expect(try await next() == "\0\(step)")
                try subs[0].unsubscribe(from: "a")
                #expect(try await next() == "\0a")
            }
        }
    }

    @Test("ZMQ_RCVHWM of an XPUB: what peers said behind messages that nobody receives is heard at once")
    func receiveMarkOfXPub() async throws {
        try await withSockets { context in
            let xpub = try context.makeXPubSocket(.marks(sending: nil, receiving: 1))
            let xsub = try context.makeXSubSocket(.marks(sending: 10, receiving: nil))
            try await join(xpub, xsub, over: .inproc)
            for number in 0..<3 { try await xsub.send(Message(number: number)) }
            try xsub.subscribe(to: "a")
            #expect(xpub.subscriberCount() == 0)
            try xpub.update { $0.receiveHighWaterMark = 100 }
            #expect(xpub.subscriberCount() == 1)
            try await expect(0..<3, from: xpub)
        }
    }
}
