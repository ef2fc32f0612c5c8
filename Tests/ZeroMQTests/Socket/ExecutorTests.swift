// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOPosix
import Testing
import ZeroMQ

@Suite("Tasks on a socket's executor", .timeLimit(.minutes(3)))
struct ExecutorTests {
    @Test("exchange messages", arguments: Transport.allCases)
    func exchange(transport: Transport) async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
            try await join(rep, req, over: transport)
            async let serving: Void = withTaskExecutorPreference(rep.executor) {
                for _ in 0..<1000 { try await rep.send(try await rep.receive()) }
            }
            try await withTaskExecutorPreference(req.executor) {
                for number in 0..<1000 {
                    let reply = try await req.request(Message(number: number))
                    #expect(reply.number == number)
                }
            }
            try await serving
        }
    }

    @Test("exchange messages with and without waiting for more work", arguments: [0, 1, 100_000], Transport.allCases)
    func busyWait(microseconds: Int, transport: Transport) async throws {
        var options = ContextOptions()
        options.busyWait = .microseconds(microseconds)
        options.ioThreads = 2
        try await withContext(options) { context in
            let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
            try await join(rep, req, over: transport)
            async let serving: Void = withTaskExecutorPreference(rep.executor) {
                for _ in 0..<300 { try await rep.send(try await rep.receive()) }
            }
            try await withTaskExecutorPreference(req.executor) {
                for number in 0..<300 {
                    let reply = try await req.request(Message(number: number))
                    #expect(reply.number == number)
                }
            }
            try await serving
        }
    }

    @Test("run on its event loop")
    func onTheLoop() async throws {
        try await withSockets { context in
            let socket = try context.makePairSocket()
            for executor in [socket.executor, context.executor] {
                let isOnLoop = await withTaskExecutorPreference(executor) {
                    MultiThreadedEventLoopGroup.currentEventLoop != nil
                }
                #expect(isOnLoop)
            }
            #expect(MultiThreadedEventLoopGroup.currentEventLoop == nil)
        }
    }

    @Test("bind, connect, wait in vain, are cancelled and close like others", arguments: Transport.allCases)
    func everything(transport: Transport) async throws {
        try await withSockets { context in
            try await withTaskExecutorPreference(context.executor) {
                let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
                let endpoint = try await join(pull, push, over: transport)
                #expect(try await pull.receive(within: .milliseconds(1)) == nil)
                #expect(try await pull.receive(within: .zero) == nil)
                let waiting = Task(executorPreference: context.executor) { try await pull.receive() }
                await Task.yield()
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                async let sending: Void = send(0..<3000, to: push)
                try await expect(0..<3000, from: pull)
                try await sending
                try await pull.unbind(from: endpoint)
                await push.close()
                await pull.close()
            }
        }
    }
}
