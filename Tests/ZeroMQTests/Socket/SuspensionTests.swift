// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("A socket that is suspended", .timeLimit(.minutes(3)))
struct SuspensionTests {
    @Test("keeps what waits for dialled endpoints, and sends it when resumed", arguments: Transport.wires)
    func dialler(transport: Transport) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let push = try context.makePushSocket()
            let endpoint = try await pull.bind(to: transport.wildcard())
            try await push.connect(to: endpoint, waitUntil: .handshaken)
            try await send(0..<10, to: push)
            try await expect(0..<10, from: pull)
            try await push.suspend()
            #expect(push.snapshot().peers.map(\.state) == [.connecting])
            #expect(try await eventually { pull.snapshot().peers.isEmpty })
            try await send(10..<20, to: push)
            #expect(push.snapshot().totals.queuedMessages == 10)
            #expect(try await pull.receive(within: .milliseconds(50)) == nil)
            try await push.resume()
            try await expect(10..<20, from: pull)
            #expect(push.snapshot().totals.unknown == 0)
        }
    }

    @Test("can be asked where it is bound, while that is bound again", arguments: Transport.wires)
    func askedMeanwhile(transport: Transport) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let endpoint = try await pull.bind(to: transport.wildcard())
            let asking = Task.detached {
                var (asked, wrong) = (0, 0)
                while !Task.isCancelled {
                    asked += 1
                    if pull.snapshot().boundEndpoints != [endpoint] { wrong += 1 }
                    await Task.yield()
                }
                return (asked, wrong)
            }
            for _ in 0..<200 {
                try await pull.suspend()
                try await pull.resume()
            }
            asking.cancel()
            let (asked, wrong) = await asking.value
            #expect(asked > 0)
            #expect(wrong == 0)
        }
    }

    @Test("binds the same port or path again, and subscriptions are told anew", arguments: Transport.wires)
    func listener(transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket()
            let sub = try context.makeSubSocket(.with { $0.reconnect = .quick })
            let log = EventLog(pub)
            try sub.subscribe(to: "a")
            let endpoint = try await join(pub, sub, over: transport)
            for round in 1...3 {
                try await pub.waitForSubscribers(1, within: .seconds(30))
                try await pub.send(Message("a\(round)"))
                #expect(try await sub.receive().text == "a\(round)")
                try await pub.suspend()
                #expect(pub.snapshot().peers.isEmpty)
                #expect(pub.snapshot().boundEndpoints == [endpoint])
                try await log.wait(for: .closed, count: round)
                // Nobody has the port meanwhile, so another socket could.
                let other = try context.makePullSocket()
                try await other.bind(to: endpoint)
                await expectError(.addressInUse) { try await pub.resume() }
                await other.close()
                try await pub.resume()
                try await log.wait(for: .listening, count: round + 1)
            }
            try await pub.unbind(from: endpoint)
        }
    }

    @Test("does not bind, dials only when resumed, and can be closed", arguments: Transport.wires)
    func meanwhile(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            let pull = try context.makePullSocket()
            let endpoint = try await pull.bind(to: transport.wildcard())
            try await push.suspend()
            await expectError(.wrongState) { try await push.bind(to: transport.wildcard()) }
            try await push.connect(to: endpoint)
            try await send(0..<5, to: push)
            #expect(try await pull.receive(within: .milliseconds(50)) == nil)
            try await push.resume()
            try await expect(0..<5, from: pull)
            try await push.suspend()
            try await send(0..<5, to: push)
            #expect(await push.close().lost == 5)
            await expectError(.closed) { try await push.suspend() }
            await expectError(.closed) { try await push.resume() }
        }
    }

    @Test("together with all of its context, while messages flow, loses none of what was not being written")
    func context() async throws {
        try await withSockets { other in
            try await withSockets { context in
                let pull = try other.makePullSocket()
                let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
                let push = try context.makePushSocket(.with { $0.reconnect = .quick })
                try await push.connect(to: endpoint)
                let sender = Task { try await send(0..<2000, to: push) }
                for _ in 0..<5 {
                    try await context.suspend()
                    try await context.resume()
                }
                try await sender.value
                await push.close()
                let unknown = push.snapshot().totals.unknown
                var received = 0
                while received < 2000 - unknown, try await pull.receive(within: .seconds(60)) != nil { received += 1 }
                while try await pull.receive(within: .milliseconds(100)) != nil { received += 1 }
                #expect(push.snapshot().totals.dropped.total == 0)
                #expect((2000 - unknown...2000).contains(received))
            }
        }
    }
}
