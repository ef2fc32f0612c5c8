// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

#if !os(iOS) && !os(tvOS) && !os(watchOS) && !os(visionOS)
/// Each of these runs in a process of its own, whose descriptors it may use up.
@Suite("Without file descriptors", .timeLimit(.minutes(1)))
struct DescriptorTests {
    @Test("a listener reports that it cannot accept, does not spin, and recovers")
    func accepting() async {
        await #expect(processExitsWith: .success) {
            try await withSockets { context in
                let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
                let log = EventLog(pull)
                let endpoint = try await join(pull, push, over: .tcp)
                try await push.send("before")
                try #require(try await pull.receive() == "before")
                // The first of them opens what all of them need.
                try await ScriptedPeer.connect(to: endpoint).close()
                // The next one finds a descriptor for itself, and none is left for the other side.
                var hoard = try await DescriptorHoard(limit: 200)
                hoard.takeAll()
                hoard.release(1)
                let begin = ContinuousClock.now
                let peer = try await ScriptedPeer.connect(to: endpoint)
                let failure = try await log.wait(for: .acceptFailed, count: 5)
                try #require(failure.error?.code == .tooManyFiles)
                // Attempts keep their distance, however slow the machine is.
                let atMost = (ContinuousClock.now - begin) / .milliseconds(50) + 2
                try #require(Double(log.count(of: .acceptFailed)) <= atMost)
                // Peers that are there go on meanwhile.
                try await push.send("meanwhile")
                try #require(try await pull.receive() == "meanwhile")
                hoard.release()
                try await peer.shakeHands(as: .push)
                try await peer.send("after" as Message)
                try #require(try await pull.receive() == "after")
                let failures = log.count(of: .acceptFailed)
                try await push.send("still")
                try #require(try await pull.receive() == "still")
                try #require(log.count(of: .acceptFailed) <= failures + 1)
                await peer.close()
            }
        }
    }

    @Test("binding is an error, and works once there are some")
    func binding() async {
        await #expect(processExitsWith: .success) {
            try await withSockets { context in
                let pull = try context.makePullSocket()
                var hoard = try await DescriptorHoard(limit: 200)
                hoard.takeAll()
                for endpoint in ["tcp://127.0.0.1:*", "ipc://@\(Fresh.name())", "ipc:///tmp/\(Fresh.name())"] {
                    do {
                        try await pull.bind(to: endpoint)
                        Issue.record("bound \(endpoint) without a descriptor")
                    } catch let error as ZeroMQError {
                        try #require(error.code == .tooManyFiles, "\(error)")
                        try #require(error.message.contains("descriptor"), "\(error)")
                    }
                }
                hoard.release()
                for transport in Transport.wires { try await pull.bind(to: transport.wildcard()) }
            }
        }
    }

    @Test("connecting is tried again, and works once there are some", arguments: Transport.wires)
    func connecting(transport: Transport) async {
        // The body of another process can be given values that can be encoded, not this one.
        if transport == .ipc { await Self.connectOverIPC() } else { await Self.connectOverTCP() }
    }

    private static func connectOverTCP() async {
        await #expect(processExitsWith: .success) { try await Self.connect(over: .tcp) }
    }

    private static func connectOverIPC() async {
        await #expect(processExitsWith: .success) { try await Self.connect(over: .ipc) }
    }

    private static func connect(over transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            let pull = try context.makePullSocket()
            let log = EventLog(push)
            let endpoint = try await pull.bind(to: transport.wildcard())
            var hoard = try await DescriptorHoard(limit: 200)
            hoard.takeAll()
            try await push.connect(to: endpoint)
            let failure = try await log.wait(for: .connectFailed, count: 3)
            try #require(failure.error?.code == .tooManyFiles, "\(failure)")
            try #require(failure.retryIn != nil)
            try await send(0..<100, to: push)
            hoard.release()
            for number in 0..<100 { try #require(try await pull.receive().number == number) }
        }
    }

    @Test("a hundred peers that come at once are all served in the end")
    func crowd() async {
        await #expect(processExitsWith: .success) {
            try await withSockets { context in
                let router = try context.makeRouterSocket()
                let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
                // Each peer takes two: half of them do not fit until others have left.
                let hoard = try await DescriptorHoard(limit: 130)
                let serving = Task {
                    for try await request in router.messages {
                        try await router.send(request.message, to: request.peer)
                    }
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<100 {
                        group.addTask {
                            let dealer = try context.makeDealerSocket(.with { $0.reconnect = .quick })
                            try await dealer.connect(to: endpoint)
                            try await dealer.send(Message(number: number))
                            let reply = try await dealer.receive()
                            try #require(reply.number == number)
                            await dealer.close(within: .zero)
                        }
                    }
                    try await group.waitForAll()
                }
                await router.close()
                try await serving.value
                _ = hoard
            }
        }
    }
}
#endif
