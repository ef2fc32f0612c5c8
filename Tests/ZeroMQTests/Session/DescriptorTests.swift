// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if os(Linux)
import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

/// Descriptors belong to a whole process, so each scenario is played in one of its own.
@Suite("Without file descriptors", .serialized, .timeLimit(.minutes(3)))
struct DescriptorTests {
    enum Scenario: String, CaseIterable, CustomTestStringConvertible {
        case makeContext, accept, bind, connectOverTCP, connectOverIPC, crowd, directWriting

        var testDescription: String {
            switch self {
            case .makeContext: "no context can be made, and one can once there are some"
            case .accept: "a listener says that it cannot accept, keeps its distance, and recovers"
            case .bind: "binding is an error, and works once there are some"
            case .connectOverTCP: "connecting over tcp is tried again, and works once there are some"
            case .connectOverIPC: "connecting over ipc is tried again, and works once there are some"
            case .directWriting: "the loop writes answers once half of RLIMIT_NOFILE is used, else the sender"
            case .crowd: "a hundred peers that come at once are all served in the end"
            }
        }

        /// Names the scenario that a process is started for.
        static let variable = "ZEROMQ_DESCRIPTOR_SCENARIO"
        static let mine = ProcessInfo.processInfo.environment[Self.variable].flatMap { Scenario(rawValue: $0) }
    }

    @Test(
        "errors are reported, and nothing is broken for good", .enabled(if: Scenario.mine == nil),
        arguments: Scenario.allCases)
    func inProcessOfItsOwn(scenario: Scenario) throws {
        try OwnProcess.play("DescriptorTests/play", [Scenario.variable: scenario.rawValue])
    }

    @Test("a scenario", .enabled(if: Scenario.mine != nil))
    func play() async throws {
        let scenario = try #require(Scenario.mine)
        // On the loop nobody writes in its place.
        if case .directWriting = scenario { return try await withSockets { try await Self.writeDirectly($0) } }
        try await withSocketsOnLoop { context in
            switch scenario {
            case .makeContext: try await Self.makeContext()
            case .accept: try await Self.accept(context)
            case .bind: try await Self.bind(context)
            case .connectOverTCP: try await Self.connect(over: .tcp, context)
            case .connectOverIPC: try await Self.connect(over: .ipc, context)
            case .crowd: try await Self.serveCrowd(context)
            case .directWriting: break
            }
        }
    }

    private static func makeContext() async throws {
        var hoard = DescriptorHoard(limit: 200)
        await hoard.takeAll()
        hoard.release(1)
        let error = await expectError(.tooManyFiles) { try Context() }
        hoard.release()
        try #require(error?.message.contains("descriptor") == true)
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: .tcp)
            try await push.send("works")
            try #require(try await pull.receive() == "works")
        }
    }

    private static func accept(_ context: Context) async throws {
        let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
        var events = pull.events.makeAsyncIterator()
        let endpoint = try await join(pull, push, over: .tcp)
        try await push.send("before")
        try #require(try await pull.receive() == "before")
        // The first of them opens what all of them need.
        try await ScriptedPeer.connect(to: endpoint).close()
        _ = try await events.next(.handshakeFailed)
        // The next one finds a descriptor for itself, and none is left for the other side.
        var hoard = DescriptorHoard(limit: 200)
        await hoard.takeAll()
        hoard.release(1)
        let begin = ContinuousClock.now
        let peer = try await ScriptedPeer.connect(to: endpoint)
        for _ in 0..<5 {
            let failure = try await events.next(.acceptFailed)
            try #require(failure.error?.code == .tooManyFiles)
        }
        // The attempts keep their distance, however slow the machine is.
        try #require(ContinuousClock.now - begin >= .milliseconds(200))
        // Peers that are there go on meanwhile.
        try await push.send("meanwhile")
        try #require(try await pull.receive() == "meanwhile")
        hoard.release()
        try await peer.shakeHands(as: .push)
        try await peer.send("after" as Message)
        try #require(try await pull.receive() == "after")
        await peer.close()
    }

    private static func bind(_ context: Context) async throws {
        let pull = try context.makePullSocket()
        var hoard = DescriptorHoard(limit: 200)
        await hoard.takeAll()
        var errors: [ZeroMQError] = []
        for endpoint in ["tcp://127.0.0.1:*", "ipc://@\(Fresh.name())", "ipc:///tmp/\(Fresh.name())"] {
            do { try await pull.bind(to: endpoint) } catch let error as ZeroMQError { errors.append(error) }
        }
        hoard.release()
        try #require(errors.map(\.code) == [.tooManyFiles, .tooManyFiles, .tooManyFiles], "\(errors)")
        try #require(errors.allSatisfy { $0.message.contains("descriptor") }, "\(errors)")
        for transport in Transport.wires { try await pull.bind(to: transport.wildcard()) }
    }

    private static func connect(over transport: Transport, _ context: Context) async throws {
        let (push, pull) = (try context.makePushSocket(.with { $0.reconnect = .quick }), try context.makePullSocket())
        var events = push.events.makeAsyncIterator()
        let endpoint = try await pull.bind(to: transport.wildcard())
        var hoard = DescriptorHoard(limit: 200)
        await hoard.takeAll()
        try await push.connect(to: endpoint)
        var failures: [SocketEvent] = []
        for _ in 0..<3 { failures.append(try await events.next(.connectFailed)) }
        hoard.release()
        try #require(failures.allSatisfy { $0.error?.code == .tooManyFiles && $0.retryIn != nil }, "\(failures)")
        try await send(0..<100, to: push)
        for number in 0..<100 { try #require(try await pull.receive().number == number) }
    }

    private static func writeDirectly(_ context: Context) async throws {
        let rep = try context.makeRepSocket()
        let endpoint = try await rep.bind(to: "tcp://127.0.0.1:*")
        let answering = Task.detached { for try await request in rep.messages { try await rep.send(request) } }
        var reqs: [ReqSocket] = []
        func ask() async throws {
            reqs.append(try context.makeReqSocket())
            try await reqs.last?.connect(to: endpoint)
            for req in reqs {
                for number in 0..<20 { try #require(try await req.request(Message(number: number)).number == number) }
            }
        }
        var hoard = DescriptorHoard(limit: 400)
        await hoard.takeAll()
        // Those with the highest numbers.
        hoard.release(150)
        try await ask()
        let accepted = OpenSocket.accepted(at: endpoint)
        try #require(accepted.count == 1 && OpenSocket.dialled(to: endpoint).count == 1)
        try #require(accepted.allSatisfy { $0.descriptor >= 200 })
        // Who comes when there are enough has a second descriptor, and that of others was given back.
        hoard.release()
        try await ask()
        try #require(OpenSocket.accepted(at: endpoint).count == 1 + 2)
        try #require(OpenSocket.dialled(to: endpoint).count == 1 + 2)
        for req in reqs { await req.close() }
        await rep.close()
        try await answering.value
    }

    private static func serveCrowd(_ context: Context) async throws {
        let router = try context.makeRouterSocket()
        let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
        // A peer takes two, one at each side: half of them do not fit until others have left.
        _ = DescriptorHoard(limit: 130)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let dealer = try context.makeDealerSocket(.with { $0.reconnect = .quick })
                    try await dealer.connect(to: endpoint)
                    try await dealer.send(Message(number: number))
                    try #require(try await dealer.receive().number == number)
                    await dealer.close(within: .zero)
                }
            }
            for _ in 0..<100 {
                let request = try await router.receive()
                try await router.send(request.message, to: request.peer)
            }
            try await group.waitForAll()
        }
    }
}
#endif
