// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("A context", .timeLimit(.minutes(3)))
struct ContextTests {
    private struct Failure: Error {}

    @Test("returns what its scope returns, and throws what it throws")
    func scope() async throws {
        #expect(try await withContext { _ in 42 } == 42)
        await #expect(throws: Failure.self) { try await withContext { _ in throw Failure() } }
    }

    @Test("closes all its sockets at the end of the scope", arguments: Transport.allCases)
    func closesSockets(transport: Transport) async throws {
        let (push, pull, waiting) = try await withContext { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            return (push, pull, Task { try await pull.receive() })
        }
        await expectError(.closed) { try await waiting.value }
        await expectError(.closed) { try push.trySend("too late") }
        await expectError(.closed) { try pull.tryReceive() }
    }

    @Test("lets messages leave before its scope ends", arguments: Transport.wires)
    func flushes(transport: Transport) async throws {
        try await withSockets { other in
            let pull = try other.makePullSocket()
            let endpoint = try await pull.bind(to: transport.wildcard())
            async let sending: Void = withContext { context in
                let push = try context.makePushSocket()
                try await push.connect(to: endpoint)
                try await send(0..<5000, to: push)
            }
            try await expect(0..<5000, from: pull)
            try await sending
        }
    }

    @Test("ends in bounded time though nobody takes the messages", arguments: Transport.allCases)
    func bounded(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        for limit in [Duration.zero, .milliseconds(30)] {
            try await withContext(shutdownWithin: limit) { context in
                let push = try context.makePushSocket()
                try await push.connect(to: endpoint)
                try await send(0..<5, to: push)
            }
        }
    }

    @Test("ends in bounded time though a socket is being closed and waits for ever", arguments: Transport.allCases)
    func boundedWhileClosing(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        let closing = try await withContext(shutdownWithin: .milliseconds(30)) { context in
            let push = try context.makePushSocket()
            try await push.connect(to: endpoint)
            try await send(0..<5, to: push)
            let closing = Task { await push.close() }
            #expect(
                try await eventually {
                    do { return try push.trySend("still open?") && false } catch { return true }
                })
            return closing
        }
        #expect(await closing.value.lost >= 5)
    }

    @Test("reports what left and what was lost", arguments: Transport.wires)
    func report(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        let context = try Context()
        for _ in 0..<3 {
            let push = try context.makePushSocket()
            try await push.connect(to: endpoint)
            try await send(0..<5, to: push)
        }
        let report = await context.shutdown(within: .milliseconds(20))
        #expect(report.lost == 15)
        #expect(report.flushed == 0)
    }

    @Test("waits no longer when its shutdown is cancelled", arguments: Transport.allCases)
    func cancelledShutdown(transport: Transport) async throws {
        let context = try Context()
        let push = try context.makePushSocket()
        try await push.connect(to: try await transport.fresh())
        try await send(0..<5, to: push)
        let shutdown = Task { await context.shutdown(within: .seconds(3600)) }
        await Task.yield()
        shutdown.cancel()
        #expect(await shutdown.value.lost == 5)
    }

    @Test("respects a socket's linger that is shorter than its own limit", arguments: Transport.allCases)
    func shorterLinger(transport: Transport) async throws {
        let context = try Context()
        let push = try context.makePushSocket(.with { $0.linger = .zero })
        try await push.connect(to: try await transport.fresh())
        try await send(0..<5, to: push)
        #expect(await context.shutdown(within: .seconds(3600)).lost == 5)
    }

    @Test("makes no sockets after its end")
    func afterEnd() async throws {
        let context = try Context()
        await context.shutdown(within: .zero)
        let error = await expectError(.closed) { try context.makePullSocket() }
        #expect(error != nil)
    }

    @Test("makes no more sockets than it may, and others in the place of closed ones")
    func maxSockets() async throws {
        var options = ContextOptions()
        options.maxSockets = 3
        try await withContext(options) { context in
            let sockets = try (0..<3).map { _ in try context.makePullSocket() }
            let error = await expectError(.tooManySockets) { try context.makePullSocket() }
            #expect(error?.message.contains("3") == true)
            await sockets[1].close()
            let replacement = try context.makePairSocket()
            await expectError(.tooManySockets) { try context.makePullSocket() }
            await replacement.close()
            for socket in sockets { await socket.close() }
        }
    }

    @Test("shares its sockets among its threads", arguments: Transport.allCases)
    func threads(transport: Transport) async throws {
        var options = ContextOptions()
        options.ioThreads = 3
        try await withContext(options) { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: transport.wildcard())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<9 {
                    let dealer = try context.makeDealerSocket()
                    try await dealer.connect(to: endpoint)
                    group.addTask {
                        for round in 0..<100 {
                            let message: Message = [Message.Part("\(number)"), Message.Part("\(round)")]
                            try await dealer.send(message)
                            #expect(try await dealer.receive() == message)
                        }
                    }
                }
                for _ in 0..<900 {
                    let received = try await router.receive()
                    try await router.send(received.message, to: received.peer)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("has inproc names of its own")
    func separateNames() async throws {
        let endpoint = Transport.inproc.wildcard()
        try await withSockets { one in
            try await withSockets { other in
                let (first, second) = (try one.makePullSocket(), try other.makePullSocket())
                try await first.bind(to: endpoint)
                try await second.bind(to: endpoint)
                let push = try other.makePushSocket()
                try await push.connect(to: endpoint)
                try await push.send("here")
                #expect(try await second.receive() == "here")
                #expect(try first.tryReceive() == nil)
            }
        }
    }

    @Test("can be made and ended many times")
    func manyTimes() async throws {
        for _ in 0..<100 {
            try await withContext { context in
                let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
                try await join(pull, push, over: .tcp)
                try await push.send("hello")
                #expect(try await pull.receive() == "hello")
            }
        }
    }

    @Test("makes sockets of every type", arguments: SocketType.allCases)
    func allTypes(type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            #expect(socket.type == type)
        }
    }
}
