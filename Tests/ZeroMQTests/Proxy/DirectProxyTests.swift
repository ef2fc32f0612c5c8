// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZeroMQ
import ZeroMQTesting

/// A proxy whose one task reads both connections: everything else is as if the event loop did.
@Suite("Proxies that read the network themselves", .serialized, .timeLimit(.minutes(4)))
struct DirectProxyTests {
    /// What takes part, once the proxy reads by itself.
    private struct Scene: Sendable {
        let router: RouterSocket
        let dealer: DealerSocket
        let client: DealerSocket
        let worker: DealerSocket
        let peers: Context
        let frontend: String

        func exchange(_ message: Message) async throws {
            try await self.client.send(message)
            try await self.worker.send(try await self.worker.receive())
            try #require(try await self.client.receive() == message)
        }

        /// Whether both sides have been read so often since they were looked at last.
        func hasRead(_ reads: Int, since last: (Int, Int)) -> Bool {
            self.router.directReads >= last.0 + reads && self.dealer.directReads >= last.1 + reads
        }

        /// Exchanges messages until the proxy reads by itself, again if it did before.
        func settle() async throws {
            let last = (self.router.directReads, self.dealer.directReads)
            while !self.hasRead(3, since: last) { try await self.exchange("question") }
        }
    }

    /// Whatever else the machine does. The peers have a context of their own: they suspend tasks.
    private static func withProxy(
        over transport: Transport = .tcp, _ options: SocketOptions = SocketOptions(),
        looking busyWait: Duration = .milliseconds(1), control: ProxyControl? = nil,
        _ body: (Scene, Task<Void, any Error>) async throws -> Void
    ) async throws {
        var patience = ContextOptions()
        patience.busyWait = busyWait
        patience.heedsOthers = false
        try await withContext(patience, shutdownWithin: .zero) { context in
            try await withSockets { peers in
                let (router, dealer) = (try context.makeRouterSocket(options), try context.makeDealerSocket(options))
                let (client, worker) = (try peers.makeDealerSocket(), try peers.makeDealerSocket())
                let frontend = try await join(router, client, over: transport)
                try await join(dealer, worker, over: transport)
                let scene = Scene(
                    router: router, dealer: dealer, client: client, worker: worker, peers: peers, frontend: frontend)
                let run = Task { try await Proxy(frontend: router, backend: dealer, control: control).run() }
                defer { run.cancel() }
                try await scene.settle()
                try await body(scene, run)
            }
        }
    }

    @Test("messages of all sizes pass in order, both ways", arguments: [Transport.tcp, .ipc], [1, 20])
    func order(transport: Transport, together: Int) async throws {
        try await Self.withProxy(over: transport) { scene, run in
            let sizes = [0, 1, 255, 256, 4096, 5000, 16_384, 40_000, 200_000]
            let count = 360
            async let echoing: Void = {
                for _ in 0..<count { try await scene.worker.send(try await scene.worker.receive()) }
            }()
            for start in stride(from: 0, to: count, by: together) {
                let numbers = start..<start + together
                for number in numbers {
                    try await scene.client.send([
                        Message.Part("\(number)"), Message.Part(size: sizes[number % sizes.count]),
                    ])
                }
                for number in numbers {
                    let reply = try await scene.client.receive()
                    try #require(reply == [Message.Part("\(number)"), Message.Part(size: sizes[number % sizes.count])])
                }
            }
            try await echoing
        }
    }

    @Test("a flood passes both ways at once")
    func flood() async throws {
        try await Self.withProxy { scene, run in
            // The worker answers whom it knows, without waiting for questions.
            try await scene.client.send("hello")
            let address = try await scene.worker.receive()[0]
            async let questions: Void = send(0..<20_000, to: scene.client)
            async let answers: Void = {
                for number in 0..<20_000 { try await scene.worker.send([address, Message.Part("\(number)")]) }
            }()
            async let answered: Void = expect(0..<20_000, from: scene.client)
            for number in 0..<20_000 { try #require(try await scene.worker.receive()[1] == Message.Part("\(number)")) }
            _ = try await (questions, answers, answered)
            try await scene.settle()
        }
    }

    @Test("a second client is served too, and after it has left the first")
    func secondClient() async throws {
        try await Self.withProxy { scene, run in
            let second = try scene.peers.makeReqSocket()
            try await second.connect(to: scene.frontend)
            for number in 0..<100 {
                async let reply = second.request(Message(number: number))
                try await scene.client.send("first")
                for _ in 0..<2 { try await scene.worker.send(try await scene.worker.receive()) }
                #expect(try await reply.number == number)
                #expect(try await scene.client.receive() == "first")
            }
            await second.close()
            try await scene.settle()
        }
    }

    @Test("a worker that does not read holds the client back, not its own answers; nothing is lost")
    func marks() async throws {
        try await Self.withProxy(.marks(sending: 10, receiving: 10)) { scene, run in
            try await scene.client.send("hello")
            let address = try await scene.worker.receive()[0]
            let body = Message.Part(size: 100_000)
            var sent = 0
            while try await sends({
                try await scene.client.send([Message.Part("\(sent)"), body], within: .milliseconds(500))
            }) {
                sent += 1
                try #require(sent < 5000, "more messages are under way than fit")
                try await scene.worker.send([address, Message.Part("\(sent)")])
                #expect(try await scene.client.receive().number == sent)
            }
            #expect(sent > 0)
            for number in 0..<sent { #expect(try await scene.worker.receive()[1] == Message.Part("\(number)")) }
            try await scene.settle()
        }
    }

    @Test("pauses, resumes, counts and ends")
    func control() async throws {
        let control = ProxyControl()
        try await Self.withProxy(control: control) { scene, run in
            for number in 0..<100 { try await scene.exchange(Message(number: number)) }
            control.pause()
            try await send(0..<10, to: scene.client)
            // What a turn has taken already may pass.
            control.resume()
            for number in 0..<10 { #expect(try await scene.worker.receive()[1] == Message.Part("\(number)")) }
            try await scene.settle()
            control.terminate()
            try await run.value
            let (front, back) = (control.statistics.frontend, control.statistics.backend)
            #expect(front.received.messages > 110)
            #expect(front.received == back.sent)
            #expect(back.received == front.sent)
            // All but those that were not answered.
            #expect(front.received.messages == front.sent.messages + 10)
        }
    }

    @Test("what is sent after a pause waits, also where the proxy was looking for it")
    func paused() async throws {
        let control = ProxyControl()
        try await Self.withProxy(looking: .milliseconds(300), control: control) { scene, run in
            var early = 0
            for _ in 0..<5 {
                try await scene.settle()
                control.pause()
                try await scene.client.send("question")
                let passed = try await scene.worker.receive(within: .milliseconds(100))
                if passed != nil { early += 1 }
                control.resume()
                let message = if let passed { passed } else { try await scene.worker.receive() }
                #expect(message[1] == "question")
            }
            // What has been taken may pass, and the proxy may just be about to take something.
            #expect(early < 2)
        }
    }

    @Test("what is sent after the end waits for another proxy")
    func terminated() async throws {
        let control = ProxyControl()
        try await Self.withProxy(control: control) { scene, run in
            control.terminate()
            try await run.value
            try await send(0..<10, to: scene.client)
            #expect(try await scene.worker.receive(within: .milliseconds(100)) == nil)
            let next = Task { try await Proxy(frontend: scene.router, backend: scene.dealer).run() }
            for number in 0..<10 { #expect(try await scene.worker.receive()[1] == Message.Part("\(number)")) }
            next.cancel()
        }
    }

    @Test("ends when one of its sockets is closed", arguments: [true, false])
    func closed(isFrontend: Bool) async throws {
        try await Self.withProxy { scene, run in
            if isFrontend { await scene.router.close() } else { await scene.dealer.close() }
            await expectError(.closed) { try await run.value }
        }
    }

    @Test("that is cancelled and started again loses nothing")
    func restarted() async throws {
        try await Self.withProxy { scene, run in
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            let isOver = Atomic(false)
            async let last: Task<Void, any Error> = {
                for round in 0..<20 {
                    let run = Task { try await Proxy(frontend: scene.router, backend: scene.dealer).run() }
                    // Every other one while it reads by itself.
                    let reads = scene.router.directReads + (round.isMultiple(of: 2) ? Int.random(in: 1..<20) : 0)
                    while scene.router.directReads < reads { await Task.yield() }
                    for _ in 0..<Int.random(in: 0..<500) { await Task.yield() }
                    run.cancel()
                    await #expect(throws: CancellationError.self) { try await run.value }
                }
                isOver.store(true, ordering: .relaxed)
                return Task { try await Proxy(frontend: scene.router, backend: scene.dealer).run() }
            }()
            var number = 0
            while !isOver.load(ordering: .relaxed) {
                try await scene.exchange(Message(number: number))
                number += 1
            }
            await last.cancel()
        }
    }

    @Test("a peer that leaves and another that takes its place are served")
    func workerLeaves() async throws {
        try await Self.withProxy { scene, run in
            await scene.worker.close()
            try await scene.client.send("question")
            let worker = try scene.peers.makeDealerSocket()
            try await worker.connect(to: try #require(scene.dealer.lastEndpoint))
            #expect(try await worker.receive()[1] == "question")
        }
    }
}
