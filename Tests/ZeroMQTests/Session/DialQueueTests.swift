// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Many that dial one endpoint", .timeLimit(.minutes(3)))
struct DialQueueTests {
    private final class Token: Sendable {}

    private final class Line: Sendable {
        let queue = DialQueue()
        let begun = Mutex<[Int]>([])
        let tokens = (0..<200).map { _ in Token() }

        func enter(_ number: Int, _ endpoint: String = "a") -> Bool {
            self.queue.enter(endpoint, ObjectIdentifier(self.tokens[number])) {
                self.begun.withLock { $0.append(number) }
            }
        }

        func giveUp(_ number: Int) -> Bool { self.queue.giveUp("a", ObjectIdentifier(self.tokens[number])) }
        var inTurn: [Int] { self.begun.withLock { $0 } }
    }

    @Test("take places as long as there are some, and then those that are given back, in turn")
    func turns() {
        let line = Line()
        for number in 0..<DialQueue.places { #expect(line.enter(number)) }
        for number in 100..<104 { #expect(!line.enter(number)) }
        #expect(line.enter(150, "b"), "another endpoint has places of its own")
        line.queue.leave("a")
        line.queue.leave("a")
        #expect(line.inTurn == [100, 101])
        #expect(line.giveUp(102))
        #expect(!line.giveUp(102))
        #expect(!line.giveUp(101), "it has its place")
        line.queue.leave("a")
        #expect(line.inTurn == [100, 101, 103])
        line.queue.leave("a")
        #expect(line.enter(104), "a place that nobody waited for is free again")
        #expect(!line.enter(105))
    }

    @Test("get all places back")
    func returns() {
        let line = Line()
        for _ in 0..<3 {
            for number in 0..<DialQueue.places { #expect(line.enter(number)) }
            for _ in 0..<DialQueue.places { line.queue.leave("a") }
        }
        #expect(line.inTurn == [])
    }

    @Test("connect by and by: no more than there are places before others are ready", arguments: Transport.wires)
    func crowd(transport: Transport) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let endpoint = try await pull.bind(to: transport.wildcard())
            let pushes = try (0..<300).map { _ in try context.makePushSocket() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for push in pushes { group.addTask { try await push.connect(to: endpoint, waitUntil: .handshaken) } }
                try await group.waitForAll()
            }
            for push in pushes { try await push.send("x") }
            for _ in pushes { #expect(try await pull.receive() == "x") }
        }
    }

    @Test("a listener that never answers holds up nobody for long")
    func silentListener() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            var options = SocketOptions()
            options.linger = .zero
            let pushes = try (0..<DialQueue.places + 10).map { _ in try context.makePushSocket(options) }
            for push in pushes { try await push.connect(to: listener.endpoint) }
            var peers: [ScriptedPeer] = []
            for _ in pushes { peers.append(try await listener.accept()) }
            // Those that end are no hindrance either.
            for push in pushes { await push.close() }
            // Not a matter of how long a handshake may take.
            options.handshakeTimeout = nil
            let late = try context.makePushSocket(options)
            try await late.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .pull)
            try await late.send("hello")
            #expect(try await peer.receiveMessage() == "hello")
            for peer in peers { await peer.close() }
        }
        await listener.close()
    }

    @Test("those that are closed while they wait leave nothing behind")
    func closedInLine() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            var options = SocketOptions()
            options.linger = .zero
            let pushes = try (0..<DialQueue.places * 2).map { _ in try context.makePushSocket(options) }
            for push in pushes { try await push.connect(to: listener.endpoint) }
            for push in pushes.reversed() { await push.close() }
            for _ in 0..<DialQueue.places {
                let push = try context.makePushSocket(options)
                let log = EventLog(push)
                try await push.connect(to: listener.endpoint)
                try await log.wait(for: .connected)
                await push.close()
            }
        }
        await listener.close()
    }
}
