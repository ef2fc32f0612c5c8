// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// What the manual pages of zmq_proxy and zmq_proxy_steerable promise beside what ``ProxyTests`` look at.
@Suite("A proxy's promises", .timeLimit(.minutes(3)))
struct ProxyClauseTests {
    @Test("one REP as both sides echoes every request (test_proxy_single_socket)", arguments: Transport.allCases)
    func singleSocket(transport: Transport) async throws {
        try await withSockets { context in
            let (rep, req, other) = (
                try context.makeRepSocket(), try context.makeReqSocket(), try context.makeReqSocket()
            )
            try await other.connect(to: try await join(rep, req, over: transport))
            let (capture, watcher) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(watcher, capture, over: transport)
            try await withProxy(Proxy(frontend: rep, backend: rep, capture: capture)) {
                for number in 0..<20 {
                    let question: Message = [Message.Part("\(number)"), "and more"]
                    let asking = Task { try await other.request(question) }
                    let replies = [try await req.request(question), try await asking.value]
                    let copies = [try await watcher.receive(), try await watcher.receive()]
                    #expect(replies + copies == Array(repeating: question, count: 4))
                }
            }
        }
    }

    @Test(
        "the capture socket may be PUB, PUSH, DEALER or PAIR",
        arguments: [
            TypePair(first: .pub, second: .sub), TypePair(first: .push, second: .pull),
            TypePair(first: .dealer, second: .dealer), TypePair(first: .pair, second: .pair),
        ], Transport.allCases)
    func captureTypes(types: TypePair, transport: Transport) async throws {
        try await withSockets { context in
            let client = try context.makeDealerSocket(.with { $0.routingID = "c" })
            let (router, dealer, server) = (
                try context.makeRouterSocket(), try context.makeDealerSocket(), try context.makeRepSocket()
            )
            try await join(router, client, over: transport)
            try await join(dealer, server, over: transport)
            let (capture, watcher) = (try context.makeSocket(types.first), try context.makeSocket(types.second))
            try await join(watcher, capture, over: transport)
            if types.first == .pub {
                try watcher.subscribe()
                try await capture.waitForSubscribers()
            }
            try await withProxy(Proxy(frontend: router, backend: dealer, capture: capture)) {
                for number in 0..<20 {
                    try await client.send(Message(number: number).delimited)
                    try await server.send(try await server.receive())
                    #expect(try await client.receive() == Message(number: number).delimited)
                    let both: Message = ["c", "", Message.Part("\(number)")]
                    for _ in 0..<2 { #expect(try await watcher.receive() == both) }
                }
            }
        }
    }

    @Test("SUB and PUB are a forwarder", arguments: Transport.allCases)
    func forwarder(transport: Transport) async throws {
        try await withSockets { context in
            let (sub, pub) = (try context.makeSubSocket(), try context.makePubSocket())
            let (source, sink) = (try context.makePubSocket(), try context.makeSubSocket())
            try sub.subscribe(to: "")
            try sink.subscribe(to: "b")
            try await join(sub, source, over: transport)
            try await join(pub, sink, over: transport)
            try await source.waitForSubscribers()
            try await pub.waitForSubscribers()
            try await withProxy(Proxy(frontend: sub, backend: pub)) {
                for text in ["a1", "b1", "a2", "b2"] { try await source.send(Message(text)) }
                for text in ["b1", "b2"] { #expect(try await sink.receive().text == text) }
            }
        }
    }

    @Test("a REQ behind it throws away what is stale, and whoever waited to send it more goes on")
    func staleReplies() async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            let req = try context.makeReqSocket(
                .with {
                    $0.reqRelaxed = true
                    $0.receiveHighWaterMark = 2
                })
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerMandatory = true
                    $0.sendHighWaterMark = 2
                })
            try await join(pull, push, over: .inproc)
            try await join(router, req, over: .inproc)
            try await withProxy(Proxy(frontend: pull, backend: req)) {
                try await push.send("first")
                let peer = try await router.receive().peer
                while try router.trySend("stale", to: peer) {}
                let waiting = Task { try await router.send("late", to: peer) }
                try await push.send("second")
                #expect(try await router.receive().message == ["", "second"])
                try await waiting.value
            }
        }
    }

    @Test("a flood one way does not hold up the other way")
    func fairness() async throws {
        try await withSockets { context in
            let (front, back) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            let (client, server) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            try await join(front, client, over: .tcp)
            try await join(back, server, over: .tcp)
            try await withProxy(Proxy(frontend: front, backend: back)) {
                let flood = Task { while true { try await client.send("flood") } }
                let draining = Task { for try await _ in server.messages {} }
                for number in 0..<200 {
                    try await server.send(Message(number: number))
                    #expect(try await client.receive().number == number)
                }
                for task in [flood, draining] { task.cancel() }
                _ = (await flood.result, await draining.result)
            }
        }
    }

    @Test("STATISTICS are parts and octets, received then sent, of the frontend then of the backend")
    func statistics() async throws {
        try await withSockets { context in
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let client = try context.makeDealerSocket(.with { $0.routingID = "id" })
            let worker = try context.makeDealerSocket()
            let (rep, req) = (try context.makeRepSocket(), try context.makeReqSocket())
            try await join(router, client, over: .tcp)
            try await join(dealer, worker, over: .tcp)
            try await join(rep, req, over: .inproc)
            let proxying = Task { try await Proxy(frontend: router, backend: dealer).run(steeredBy: rep) }
            for _ in 0..<3 {
                try await client.send("seven..")
                #expect(try await worker.receive() == ["id", "seven.."])
            }
            try await worker.send(["id", "a", "bc"])
            #expect(try await client.receive() == ["a", "bc"])
            // What was received may be counted a moment later than it has arrived.
            var numbers: [UInt64] = []
            let isCounted = try await eventually {
                numbers = try await req.request("STATISTICS").map { part in
                    unsafe part.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt64.self) }
                }
                return numbers == [6, 27, 3, 5, 3, 5, 6, 27]
            }
            #expect(isCounted, "\(numbers)")
            _ = try await req.request("TERMINATE")
            try await proxying.value
        }
    }

    @Test("PAUSE leaves messages where they are until RESUME: none passes, none is lost")
    func pause() async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            let (source, sink) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, source, over: .inproc)
            try await join(push, sink, over: .inproc)
            let control = ProxyControl()
            control.pause()
            try await withProxy(Proxy(frontend: pull, backend: push, control: control)) {
                try await send(0..<50, to: source)
                // Another proxy would have passed them many times over by now.
                for _ in 0..<1000 { await Task.yield() }
                #expect(pull.snapshot().totals.unreadMessages == 50)
                #expect(control.statistics.frontend.received.messages == 0)
                control.resume()
                try await expect(0..<50, from: sink)
            }
        }
    }

    @Test("ends when its context is shut down (test_proxy_terminate)", arguments: Transport.allCases, [true, false])
    func shutdown(transport: Transport, isSteered: Bool) async throws {
        let context = try Context()
        let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
        let (client, server) = (try context.makeReqSocket(), try context.makeRepSocket())
        let steering = try context.makePairSocket()
        try await join(router, client, over: transport)
        try await join(dealer, server, over: transport)
        let proxy = Proxy(frontend: router, backend: dealer)
        let run = Task { if isSteered { try await proxy.run(steeredBy: steering) } else { try await proxy.run() } }
        // It runs once something has passed.
        async let reply = client.request("question")
        try await server.send(try await server.receive())
        #expect(try await reply == "question")
        await context.shutdown(within: .zero)
        await expectError(.closed) { try await run.value }
    }
}
