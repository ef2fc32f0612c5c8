// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQServices
import ZeroMQTesting

@Suite("The asynchronous client and server", .serialized, .timeLimit(.minutes(3)))
struct AsynchronousServerTests {
    private static let clients = 100
    private static let requests = 20

    @Test("a hundred DEALER clients at once get their own replies only", arguments: Transport.allCases)
    func routerServer(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: transport.wildcard())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.serve(router, replies: 3) }
                try await Self.runClients(at: endpoint, replies: 3, in: context)
                group.cancelAll()
                while let result = await group.nextResult() { Self.checkEnd(result) }
            }
        }
    }

    @Test("so do clients of a pool of workers behind a proxy", arguments: Transport.allCases)
    func workerPool(transport: Transport) async throws {
        try await withSockets { context in
            let (frontend, backend) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let endpoint = try await frontend.bind(to: transport.wildcard())
            let workersEndpoint = try await backend.bind(to: Transport.inproc.wildcard())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    let worker = try context.makeDealerSocket()
                    try await worker.connect(to: workersEndpoint)
                    group.addTask { for try await request in worker.messages { try await worker.send(request) } }
                }
                group.addTask { try await Proxy(frontend: frontend, backend: backend).run() }
                try await Self.runClients(at: endpoint, replies: 1, in: context)
                group.cancelAll()
                while let result = await group.nextResult() { Self.checkEnd(result) }
            }
        }
    }

    private static func checkEnd(_ result: Result<Void, any Error>) {
        if case .failure(let error) = result { #expect(error is CancellationError, "\(error)") }
    }

    /// Answers each request with several copies of it.
    private static func serve(_ router: RouterSocket, replies: Int) async throws {
        for try await request in router.messages {
            for _ in 0..<replies { try await router.send(request.message, to: request.peer) }
        }
    }

    private static func runClients(at endpoint: String, replies: Int, in context: Context) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<Self.clients {
                group.addTask {
                    let dealer = try context.makeDealerSocket()
                    try await dealer.connect(to: endpoint)
                    let name = Message.Part("client \(client)")
                    for number in 0..<Self.requests { try await dealer.send([name, Message.Part("\(number)")]) }
                    var counts = Array(repeating: 0, count: Self.requests)
                    for _ in 0..<Self.requests * replies {
                        let reply = try await dealer.receive()
                        #expect(reply.count == 2)
                        #expect(reply[0] == name, "a reply for \(reply.text)")
                        counts[Int(String(reply[1])) ?? 0] += 1
                    }
                    #expect(counts.allSatisfy { $0 == replies })
                    #expect(try dealer.tryReceive() == nil)
                    await dealer.close()
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a broker that takes the least recently used worker treats them alike", arguments: Transport.allCases)
    func leastRecentlyUsed(transport: Transport) async throws {
        let (workers, clients, requests) = (6, 3, 100)
        try await withSockets { context in
            let broker = try await TestBroker(transport, context)
            let order = Collected<RoutingID>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await broker.run(workers: workers) { order.append($0) } }
                for number in 0..<workers {
                    let worker = try context.makeReqSocket(.with { $0.routingID = try? RoutingID("worker \(number)") })
                    try await worker.connect(to: broker.backendEndpoint)
                    group.addTask { try await TestBroker.work(worker) }
                }
                try await withThrowingTaskGroup(of: Void.self) { clientGroup in
                    for client in 0..<clients {
                        clientGroup.addTask {
                            let req = try context.makeReqSocket()
                            try await req.connect(to: broker.frontendEndpoint)
                            for number in 0..<requests {
                                let question: Message = [Message.Part("\(client)"), Message.Part("\(number)")]
                                #expect(try await req.request(question) == question)
                            }
                        }
                    }
                    try await clientGroup.waitForAll()
                }
                group.cancelAll()
                while let result = await group.nextResult() { Self.checkEnd(result) }
            }
            var tasks: [RoutingID: Int] = [:]
            for worker in order.all { tasks[worker, default: 0] += 1 }
            #expect(tasks.values.reduce(0, +) == clients * requests)
            let (least, most) = (tasks.values.min() ?? 0, tasks.values.max() ?? 0)
            #expect(tasks.count == workers)
            #expect(most <= 2 * least, "\(tasks)")
            // No worker comes again before those that have been idle for longer: all but the ones at work.
            for start in 0..<order.count - workers + clients {
                let next = order.all[start..<start + workers - clients]
                #expect(Set(next).count == next.count)
            }
        }
    }

    @Test("requests after a server's restart are served", arguments: Transport.wires)
    func serverRestart(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let dealers = try (0..<10).map { _ in try context.makeDealerSocket(.with { $0.reconnect = .quick }) }
            let logs = dealers.map { EventLog($0) }
            for dealer in dealers { try await dealer.connect(to: endpoint) }
            for round in 1...4 {
                let router = try context.makeRouterSocket()
                try await router.bind(to: endpoint)
                let serving = Task { try await Self.serve(router, replies: 1) }
                for (number, dealer) in dealers.enumerated() {
                    try await dealer.send([Message.Part("\(round)"), Message.Part("\(number)")])
                }
                for (number, dealer) in dealers.enumerated() {
                    #expect(try await dealer.receive() == [Message.Part("\(round)"), Message.Part("\(number)")])
                }
                await router.close()
                try await serving.value
                for log in logs { try await log.wait(for: .disconnected, count: round) }
            }
        }
    }

    @Test("requests after a worker's death and restart are served", arguments: Transport.wires)
    func workerRestart(transport: Transport) async throws {
        try await withSockets { context in
            let (frontend, backend) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let endpoint = try await frontend.bind(to: transport.wildcard())
            let workersEndpoint = try await backend.bind(to: transport.wildcard())
            let log = EventLog(backend)
            try await withProxy(Proxy(frontend: frontend, backend: backend)) {
                let client = try context.makeReqSocket()
                try await client.connect(to: endpoint)
                for round in 1...4 {
                    let worker = try context.makeRepSocket()
                    try await worker.connect(to: workersEndpoint)
                    let serving = Task { for try await request in worker.messages { try await worker.send(request) } }
                    for number in 0..<10 { #expect(try await client.request(Message(number: number)).number == number) }
                    await worker.close()
                    try await serving.value
                    try await log.wait(for: .disconnected, count: round)
                }
            }
        }
    }
}
