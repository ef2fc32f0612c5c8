// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if os(Linux)
import Dispatch
import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

/// Nothing is given to an event loop that has ended: SwiftNIO would say so on standard error and drop it.
///
/// It ends the process instead if it is told to be strict, so that each scenario is played in one of its own.
@Suite("After its event loops have ended, a context asks nothing of them", .serialized, .timeLimit(.minutes(3)))
struct AfterShutdownTests {
    enum Scenario: String, CaseIterable, CustomTestStringConvertible {
        case dialledName, boundName, closedSockets, waitingCalls, connecting

        var testDescription: String {
            switch self {
            case .dialledName: "a name that was to be dialled is found"
            case .boundName: "a name that was to be bound is found"
            case .closedSockets: "sockets are used and closed again"
            case .waitingCalls: "calls with a time limit end with it"
            case .connecting: "a hundred sockets connect at that moment (test_shutdown_stress)"
            }
        }

        static let variable = "ZEROMQ_SHUTDOWN_SCENARIO"
        static let mine = ProcessInfo.processInfo.environment[Self.variable].flatMap { Scenario(rawValue: $0) }
    }

    @Test("whatever comes late", .enabled(if: Scenario.mine == nil), arguments: Scenario.allCases)
    func inProcessOfItsOwn(scenario: Scenario) throws {
        try OwnProcess.play(
            "AfterShutdownTests/play",
            [Scenario.variable: scenario.rawValue, "SWIFTNIO_STRICT": "true", "SWIFT_BACKTRACE": "enable=no"])
    }

    @Test("a scenario", .enabled(if: Scenario.mine != nil))
    func play() async throws {
        switch try #require(Scenario.mine) {
        case .dialledName: try await Self.findName(toBind: false)
        case .boundName: try await Self.findName(toBind: true)
        case .closedSockets: try await Self.useClosedSockets()
        case .waitingCalls: try await Self.endWaitingCalls()
        case .connecting: try await Self.connectMeanwhile()
        }
    }

    /// Answers for the network when it is told to.
    private final class SlowResolver: Sendable {
        let asked = Collected<String>()
        let gate = DispatchSemaphore(value: 0)

        func lookUp() -> HostLookUp {
            .network { name in
                self.asked.append(name)
                self.gate.wait()
                return "127.0.0.1"
            }
        }
    }

    private static func findName(toBind: Bool) async throws {
        let gate: DispatchSemaphore
        weak var resolver: SlowResolver?
        let binding: Task<String, any Error>?
        do {
            let slow = SlowResolver()
            (resolver, gate) = (slow, slow.gate)
            let context = try Context(ContextOptions(), lookUp: slow.lookUp())
            let socket = try context.makePullSocket()
            if toBind {
                binding = Task { try await socket.bind(to: "tcp://somewhere:*") }
            } else {
                binding = nil
                try await socket.connect(to: "tcp://somewhere:5555")
            }
            try #require(try await eventually { slow.asked.count == 1 })
            // Neither waits for the answer.
            await socket.close()
            await context.shutdown(within: .zero)
        }
        gate.signal()
        if let binding { await expectError(.closed) { try await binding.value } }
        // Whoever waited for the answer has it and is gone.
        try #require(try await eventually { resolver == nil })
    }

    private static func useClosedSockets() async throws {
        let (push, pull, endpoint) = try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            return (push, pull, try await join(pull, push, over: .tcp))
        }
        for _ in 0..<2 {
            await push.close(within: .seconds(10))
            await pull.close()
        }
        await expectError(.closed) { try await push.send("late", within: .seconds(10)) }
        await expectError(.closed) { try await pull.receive(within: .seconds(10)) }
        await expectError(.closed) { try await receive(from: [pull], within: .seconds(10)) }
        await expectError(.closed) { try await push.connect(to: endpoint, waitUntil: .connected, within: .seconds(10)) }
        await expectError(.closed) { try await pull.bind(to: endpoint) }
        await expectError(.notFound) { try await pull.unbind(from: endpoint) }
        await expectError(.notFound) { try await push.disconnect(from: endpoint) }
        await expectError(.closed) { try await pull.suspend() }
        await expectError(.closed) { try await pull.resume() }
    }

    private static func endWaitingCalls() async throws {
        for _ in 0..<100 {
            let context = try Context()
            let (pair, pub) = (try context.makePairSocket(), try context.makePubSocket())
            try await pair.bind(to: Transport.tcp.wildcard())
            let nobody = try await Transport.tcp.fresh()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask { await expectError(.closed) { try await pair.receive(within: .seconds(60)) } }
                    group.addTask { await expectError(.closed) { try await pair.send("x", within: .seconds(60)) } }
                    group.addTask {
                        await expectError(.closed) { try await receive(from: [pair], within: .seconds(60)) }
                    }
                    group.addTask {
                        await expectError(.closed) { try await pub.waitForSubscribers(1, within: .seconds(60)) }
                    }
                    group.addTask {
                        await expectError(.closed) {
                            try await pub.connect(to: nobody, waitUntil: .connected, within: .seconds(60))
                        }
                    }
                }
                for _ in 0..<Int.random(in: 0..<20) { await Task.yield() }
                await context.shutdown(within: .zero)
                try await group.waitForAll()
            }
        }
    }

    private static func connectMeanwhile() async throws {
        for _ in 0..<10 {
            let context = try Context()
            let pub = try context.makePubSocket()
            let endpoint = try await pub.bind(to: "tcp://127.0.0.1:*")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        do {
                            let sub = try context.makeSubSocket()
                            try await sub.connect(to: endpoint)
                            try sub.subscribe(to: "")
                            while true { _ = try await sub.receive() }
                        } catch let error as ZeroMQError {
                            #expect(error.code == .closed)
                        }
                    }
                }
                for _ in 0..<Int.random(in: 0..<300) { await Task.yield() }
                await context.shutdown(within: .zero)
                try await group.waitForAll()
            }
        }
    }
}
#endif
