// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Flow, linger and heartbeats", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct FlowTests {
    @Test("close() of our PUSH hands all of 10,000 messages to a foreign PULL", arguments: Scenario.Transport.allCases)
    func lingerOfClose(transport: Scenario.Transport) async throws {
        try await withPeer { context, peer in
            // libzmq 4.3.4 drops what is left in an ipc connection if it is at its mark when the other side closes.
            let pull = try await peer.open(.pull, ["rcvhwm": 1000])
            var options = SocketOptions()
            options.sendHighWaterMark = nil
            let push = try context.makePushSocket(options)
            try await push.connect(to: try await pull.bind(to: transport.wildcard()))
            for number in 0..<10_000 { try await push.send(Message("\(number)")) }
            async let arrived = pull.receiveMany(10_000)
            let report = await push.close()
            #expect(report.lost == 0)
            #expect(try await arrived.map(\.text) == (0..<10_000).map { ["\($0)"] })
        }
    }

    @Test(
        "a foreign PUSH that sends 10,000 messages and closes is heard to the end",
        arguments: Scenario.all(.pull, .push))
    func lingerOfTheirs(scenario: Scenario) async throws {
        try await withConversation(scenario) { ours, theirs in
            try await theirs.socket.set(["linger": -1])
            try await theirs.socket.sendMany(10_000)
            try await theirs.socket.close()
            for number in 0..<10_000 { try #require(try await ours.receive().text == ["\(number)"]) }
        }
    }

    @Test("close() waits for a foreign PULL that is not there yet")
    func lingerWithoutPeer() async throws {
        try await withPeer { context, peer in
            let endpoint = Fresh.tcpEndpoint()
            let push = try context.makePushSocket()
            try await push.connect(to: endpoint)
            for number in 0..<100 { try await push.send(Message("\(number)")) }
            async let report = push.close()
            let pull = try await peer.open(.pull)
            try await pull.bind(to: endpoint)
            #expect(try await pull.receiveMany(100, within: .seconds(20)).map(\.text) == (0..<100).map { ["\($0)"] })
            #expect(await report.lost == 0)
        }
    }

    @Test("a foreign PULL that does not read stops our PUSH, and loses nothing once it does")
    func backPressureOut() async throws {
        try await withPeer { context, peer in
            let pull = try await peer.open(.pull, ["rcvhwm": 10])
            var options = SocketOptions()
            options.sendHighWaterMark = 10
            let push = try context.makePushSocket(options)
            try await push.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            let body = Message([UInt8](repeating: 0x55, count: 100_000))
            var sent = 0
            while sent < 10_000, (try? await push.send(body, within: .milliseconds(500))) != nil { sent += 1 }
            #expect(sent < 10_000)
            #expect(try await pull.receiveMany(sent, within: .seconds(30)).allSatisfy { $0 == body })
            try await push.send("and on")
            #expect(try await pull.receive() == "and on")
        }
    }

    @Test("our PULL that does not read stops a foreign PUSH, and loses nothing once it does")
    func backPressureIn() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.receiveHighWaterMark = 10
            let pull = try context.makePullSocket(options)
            let push = try await peer.open(.push, ["sndhwm": 10])
            try await push.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            let body = Message([UInt8](repeating: 0x55, count: 100_000))
            var sent = 0
            while sent < 10_000, (try? await push.send(body, within: .milliseconds(500))) != nil { sent += 1 }
            #expect(sent < 10_000)
            for _ in 0..<sent { #expect(try await pull.receive(within: .seconds(20)) == body) }
            try await push.send("and on")
            #expect(try await pull.receive(within: .seconds(20)) == "and on")
        }
    }

    @Test("our PUSH deals to foreign workers in turn, and our PULL takes from all of them")
    func roundRobin() async throws {
        try await withPeer { context, peer in
            let push = try context.makePushSocket()
            let pull = try context.makePullSocket()
            var workers: [(ForeignSocket, ForeignSocket)] = []
            for _ in 0..<4 {
                let (source, sink) = (try await peer.open(.pull), try await peer.open(.push))
                try await push.connect(to: try await source.bind(to: "tcp://127.0.0.1:*"))
                try await pull.connect(to: try await sink.bind(to: "tcp://127.0.0.1:*"))
                workers.append((source, sink))
            }
            for number in 0..<400 { try await push.send(Message("\(number)")) }
            for (index, worker) in workers.enumerated() {
                let share = try await worker.0.receiveMany(100, within: .seconds(20))
                #expect(share.map(\.text) == (0..<100).map { ["\($0 * 4 + index)"] })
                for message in share { try await worker.1.send(message) }
            }
            var results: Set<String> = []
            for _ in 0..<400 { results.formUnion(try await pull.receive(within: .seconds(20))?.text ?? []) }
            #expect(results.count == 400)
        }
    }

    @Test("heartbeats of libzmq are answered, so that idle connections stay", arguments: Scenario.Binder.allCases)
    func heartbeats(binder: Scenario.Binder) async throws {
        try await withPeer { context, peer in
            let router = try context.makeRouterSocket()
            let dealer = try await peer.open(.dealer, ["heartbeat_ivl": 50, "heartbeat_timeout": 200])
            try await dealer.monitor()
            if binder == .we {
                try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            } else {
                try await router.connect(to: try await dealer.bind(to: "tcp://127.0.0.1:*"))
            }
            #expect(try await dealer.event("HANDSHAKE_SUCCEEDED") != nil)
            #expect(try await dealer.event("DISCONNECTED", within: .milliseconds(1200)) == nil)
            try await dealer.send("alive")
            #expect(try await router.receive(within: .seconds(20))?.message == "alive")
        }
    }
}
