// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if os(Linux)
import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Without file descriptors", .timeLimit(.minutes(1)))
struct DescriptorTests {
    /// What happens in a process of its own, whose descriptors it may use up.
    enum Scenario: String, CaseIterable, CustomTestStringConvertible {
        case accept, bind, connectOverTCP, connectOverIPC, crowd

        var testDescription: String {
            switch self {
            case .accept: "a listener says that it cannot accept, keeps its distance, and recovers"
            case .bind: "binding is an error, and works once there are some"
            case .connectOverTCP, .connectOverIPC: "connecting is tried again, and works once there are some"
            case .crowd: "a hundred peers that come at once are all served in the end"
            }
        }

        /// The scenario that this process was started for.
        static let mine = ProcessInfo.processInfo.environment[Self.variable].flatMap { Scenario(rawValue: $0) }
        static let variable = "ZEROMQ_DESCRIPTOR_SCENARIO"
    }

    @Test("nothing breaks for good", .enabled(if: Scenario.mine == nil), arguments: Scenario.allCases)
    func inProcessOfItsOwn(scenario: Scenario) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--testing-library", "swift-testing", "--filter", "DescriptorTests/playScenario"]
        process.environment = ProcessInfo.processInfo.environment.merging([Scenario.variable: scenario.rawValue]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(text)")
        #expect(text.contains("1 test "), "\(text)")
    }

    @Test("a scenario", .enabled(if: Scenario.mine != nil))
    func playScenario() async throws {
        let scenario = try #require(Scenario.mine)
        try await withSocketsOnLoop { context in
            switch scenario {
            case .accept: try await Self.accept(context)
            case .bind: try await Self.bind(context)
            case .connectOverTCP: try await Self.connect(over: .tcp, context)
            case .connectOverIPC: try await Self.connect(over: .ipc, context)
            case .crowd: try await Self.serveCrowd(context)
            }
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
        // The next one finds a descriptor for itself, and none is left for the other side.
        var hoard = DescriptorHoard(limit: 200)
        hoard.takeAll()
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
        hoard.takeAll()
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
        hoard.takeAll()
        try await push.connect(to: endpoint)
        var failures: [SocketEvent] = []
        for _ in 0..<3 { failures.append(try await events.next(.connectFailed)) }
        hoard.release()
        try #require(failures.allSatisfy { $0.error?.code == .tooManyFiles && $0.retryIn != nil }, "\(failures)")
        try await send(0..<100, to: push)
        for number in 0..<100 { try #require(try await pull.receive().number == number) }
    }
}
#endif
