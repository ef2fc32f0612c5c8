// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("A socket that the program lets go of", .timeLimit(.minutes(3)))
struct LetGoTests {
    @Test("sends what waits, also to a peer that comes later", arguments: Transport.allCases)
    func flushes(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            try await Self.sendAndLetGo(to: endpoint, in: context)
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            try await expect(0..<100, from: pull)
        }
    }

    private static func sendAndLetGo(to endpoint: String, in context: Context) async throws {
        let push = try context.makePushSocket(.with { $0.reconnect = .quick })
        try await push.connect(to: endpoint)
        try await send(0..<100, to: push)
    }

    @Test("frees its endpoint", arguments: Transport.allCases)
    func freesEndpoint(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            for _ in 0..<20 {
                let isFree = try await eventually { try await Self.bindAndLetGo(endpoint, in: context) }
                #expect(isFree)
            }
        }
    }

    /// False while the last one still has the endpoint.
    private static func bindAndLetGo(_ endpoint: String, in context: Context) async throws -> Bool {
        let pull = try context.makePullSocket()
        do {
            try await pull.bind(to: endpoint)
            return true
        } catch let error as ZeroMQError where error.code == .addressInUse {
            return false
        }
    }

    @Test("makes room for another one in its context")
    func maxSockets() async throws {
        var options = ContextOptions()
        options.maxSockets = 2
        try await withContext(options) { context in
            for _ in 0..<50 {
                let isMade = try await eventually {
                    do {
                        _ = try context.makePullSocket()
                        return true
                    } catch let error as ZeroMQError where error.code == .tooManySockets {
                        return false
                    }
                }
                #expect(isMade)
            }
        }
    }

    @Test("lives as long as a call waits on it", arguments: Transport.allCases)
    func waitingCall(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            let endpoint = try await push.bind(to: transport.wildcard())
            let task = try await Self.receiveAndLetGo(endpoint, in: context)
            try await push.send("still there")
            let message = try await task.value
            #expect(message == "still there")
        }
    }

    private static func receiveAndLetGo(
        _ endpoint: String, in context: Context
    ) async throws -> Task<Message, any Error> {
        let pull = try context.makePullSocket()
        try await pull.connect(to: endpoint)
        return Task { try await pull.receive() }
    }
}
