// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Many things at once", .serialized, .timeLimit(.minutes(3)))
struct StressTests {
    @Test("peers that come and go by the hundred get their own replies", arguments: Transport.allCases)
    func comeAndGo(transport: Transport) async throws {
        let rounds = transport == .inproc ? 100 : 30
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: transport.wildcard())
            let serving = Task {
                // The last replies are for peers that have left.
                for try await request in router.messages { _ = try? router.trySend(request.message, to: request.peer) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<10 {
                    group.addTask {
                        for round in 0..<rounds {
                            let dealer = try context.makeDealerSocket()
                            try await dealer.connect(to: endpoint)
                            let message: Message = [Message.Part("\(client)"), Message.Part("\(round)")]
                            try await dealer.send(message)
                            if round % 3 == 0 {
                                // Leaves before the reply is there.
                                await dealer.close(within: .zero)
                                continue
                            }
                            let reply = try await dealer.receive()
                            #expect(reply == message)
                            if round % 3 == 1 { try await dealer.disconnect(from: endpoint) }
                            await dealer.close()
                        }
                    }
                }
                try await group.waitForAll()
            }
            await router.close()
            try await serving.value
        }
    }

    @Test(
        "binding, connecting, sending, receiving and closing at the same time does no harm",
        arguments: Transport.allCases)
    func chaos(transport: Transport) async throws {
        for _ in 0..<20 {
            try await withSockets { context in
                let (one, other) = (try context.makeDealerSocket(), try context.makeDealerSocket())
                let endpoint = try await one.bind(to: transport.wildcard())
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        group.addTask { try? await one.send(Message(number: number), within: .milliseconds(20)) }
                        group.addTask { _ = try? await one.receive(within: .milliseconds(20)) }
                        group.addTask { try? await other.connect(to: endpoint) }
                        group.addTask { try? await other.send(Message(number: number), within: .milliseconds(20)) }
                        group.addTask { _ = try? await other.receive(within: .milliseconds(20)) }
                        group.addTask { try? await other.disconnect(from: endpoint) }
                        group.addTask { _ = try? await other.bind(to: transport.wildcard()) }
                        group.addTask { _ = try? await receive(from: [one, other], within: .milliseconds(5)) }
                    }
                    group.addTask { try? await one.unbind(from: endpoint) }
                    group.addTask { await other.close(within: .milliseconds(10)) }
                    for _ in 0..<Int.random(in: 0..<30) { await Task.yield() }
                    group.addTask { await one.close(within: .milliseconds(10)) }
                }
                await expectError(.closed) { try one.tryReceive() }
                await expectError(.closed) { try other.tryReceive() }
            }
        }
    }

    @Test("a socket that is closed while it binds or connects leaves nothing behind", arguments: Transport.allCases)
    func closeWhileBinding(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            for _ in 0..<50 {
                let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await pull.bind(to: endpoint) }
                    group.addTask { try? await push.connect(to: endpoint) }
                    group.addTask { await pull.close() }
                    group.addTask { await push.close() }
                }
                let next = try context.makePullSocket()
                // A process that another test starts holds all sockets of this one until it has become a program.
                let isFree = try await eventually {
                    do {
                        try await next.bind(to: endpoint)
                        return true
                    } catch let error as ZeroMQError where error.code == .addressInUse && transport == .tcp {
                        return false
                    }
                }
                #expect(isFree)
                await next.close()
            }
        }
    }

    @Test("requests from many tasks over one DEALER are all answered once", arguments: Transport.allCases)
    func sharedDealer(transport: Transport) async throws {
        try await withSockets { context in
            let (dealer, router) = (try context.makeDealerSocket(), try context.makeRouterSocket())
            try await join(router, dealer, over: transport)
            let replies = Collected<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for _ in 0..<250 {
                            let request = try await router.receive()
                            try await router.send(request.message, to: request.peer)
                        }
                    }
                    group.addTask {
                        for number in 0..<250 { try await dealer.send(Message(number: worker * 250 + number)) }
                    }
                    group.addTask {
                        for _ in 0..<250 { replies.append(try await dealer.receive().number ?? -1) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(replies.all.sorted().elementsEqual(0..<1000))
        }
    }

    @Test("a socket with two hundred peers over all transports serves each", arguments: [SocketType.router, .rep])
    func manyPeers(type: SocketType) async throws {
        try await withSockets { context in
            let server = try context.makeSocket(type)
            var endpoints: [String] = []
            for transport in Transport.allCases { endpoints.append(try await server.bind(to: transport.wildcard())) }
            let reqs = try (0..<200).map { _ in try context.makeReqSocket() }
            for (number, req) in reqs.enumerated() {
                try await req.connect(to: endpoints[number % endpoints.count])
                try await req.send(Message(number: number))
            }
            for _ in reqs { try await server.send(try await server.receive()) }
            for (number, req) in reqs.enumerated() { #expect(try await req.receive().number == number) }
        }
    }
}
