// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if os(Linux)
import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

/// Connections by the thousand. Descriptors and memory belong to a whole process, so each scenario is played in one of
/// its own: this program, started again.
@Suite("Crowds and churn", .serialized, .timeLimit(.minutes(4)), .enabled(if: ForeignPeer.isAvailable))
struct CrowdTests {
    enum Scenario: String, CaseIterable, CustomTestStringConvertible {
        case theirDealers, theirSubscribers, theirPublishers, ourDealers, ourSubscribers, churn

        var testDescription: String {
            switch self {
            case .theirDealers: "1,000 foreign DEALERs at our ROUTER, each with its own replies"
            case .theirSubscribers: "1,000 foreign SUBs at our PUB, each with what it wants"
            case .theirPublishers: "1,000 foreign PUSHs at our PULL"
            case .ourDealers: "1,000 of our DEALERs at a foreign ROUTER, each with its own replies"
            case .ourSubscribers: "1,000 of our SUBs at a foreign XPUB, each with what it wants"
            case .churn: "thousands of connections leave neither a descriptor nor memory behind"
            }
        }

        /// Names the scenario that a process is started for.
        static let variable = "ZEROMQ_CROWD_SCENARIO"
        static let mine = ProcessInfo.processInfo.environment[Self.variable].flatMap { Scenario(rawValue: $0) }
    }

    @Test("come and go", .enabled(if: Scenario.mine == nil), arguments: Scenario.allCases)
    func inProcessOfItsOwn(scenario: Scenario) async throws {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        let process = try ChildProcess(
            program, ["--testing-library", "swift-testing", "--filter", "CrowdTests/play"], limit: .seconds(110),
            environment: [Scenario.variable: scenario.rawValue])
        let outcome = await process.outcome()
        #expect(outcome.status == 0, "\(outcome.transcript)")
        #expect(outcome.transcript.contains("Test run with 1 test "), "\(outcome.transcript)")
    }

    @Test("a scenario", .enabled(if: Scenario.mine != nil))
    func play() async throws {
        let scenario = try #require(Scenario.mine)
        raiseDescriptorLimit()
        try await withPeer { context, peer in
            switch scenario {
            case .theirDealers: try await Self.theirDealers(context, peer)
            case .theirSubscribers: try await Self.theirSubscribers(context, peer)
            case .theirPublishers: try await Self.theirPublishers(context, peer)
            case .ourDealers: try await Self.ourDealers(context, peer)
            case .ourSubscribers: try await Self.ourSubscribers(context, peer)
            case .churn: break
            }
        }
        if scenario == .churn { for churn in Churn.all { try await churn.run() } }
    }

    static let size = 1000

    private static func theirDealers(_ context: Context, _ peer: ForeignPeer) async throws {
        let router = try context.makeRouterSocket()
        let crowd = try await peer.crowd(.dealer, Self.size, at: try await router.bind(to: "tcp://127.0.0.1:*"))
        for round in 0..<2 {
            async let sent: Void = crowd.crowdSend([Message.Part("\(round)")])
            var senders: Set<RoutingID> = []
            for _ in 0..<Self.size {
                let request = try #require(try await router.receive(within: .seconds(20)))
                senders.insert(request.peer.routingID)
                try await router.send(request.message, to: request.peer)
            }
            try await sent
            #expect(senders.count == Self.size)
            #expect(try await crowd.crowdReceive().map(\.text) == (0..<Self.size).map { ["\(round)", "\($0)"] })
        }
    }

    private static func theirSubscribers(_ context: Context, _ peer: ForeignPeer) async throws {
        // With the usual 100 most of them would have to knock again, after seconds.
        var options = SocketOptions()
        options.backlog = Self.size
        let pub = try context.makePubSocket(options)
        let crowd = try await peer.crowd(
            .sub, Self.size, at: try await pub.bind(to: "tcp://127.0.0.1:*"), topics: ["for all"])
        try await pub.waitForSubscribers(Self.size, to: "for all", within: .seconds(30))
        for round in 0..<2 {
            try await pub.send("for nobody")
            try await pub.send(["for all", Message.Part("\(round)")])
            #expect(try await crowd.crowdReceive().map(\.text) == (0..<Self.size).map { _ in ["for all", "\(round)"] })
        }
        try await crowd.close()
        #expect(try await eventually { pub.subscriberCount() == 0 })
    }

    private static func theirPublishers(_ context: Context, _ peer: ForeignPeer) async throws {
        let pull = try context.makePullSocket()
        let crowd = try await peer.crowd(.push, Self.size, at: try await pull.bind(to: "ipc://\(Fresh.path())"))
        for _ in 0..<3 { try await crowd.crowdSend([]) }
        var counts: [String: Int] = [:]
        for _ in 0..<3 * Self.size {
            let message = try #require(try await pull.receive(within: .seconds(20)))
            counts[message.text[0], default: 0] += 1
        }
        #expect(counts.count == Self.size && counts.values.allSatisfy { $0 == 3 })
    }

    private static func ourDealers(_ context: Context, _ peer: ForeignPeer) async throws {
        let router = try await peer.open(.router)
        let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
        let dealers = try (0..<Self.size).map { _ in try context.makeDealerSocket() }
        async let echoed = router.echo(2 * Self.size)
        for (number, dealer) in dealers.enumerated() {
            try await dealer.connect(to: endpoint)
            for round in 0..<2 { try await dealer.send([Message.Part("\(number)"), Message.Part("\(round)")]) }
        }
        for (number, dealer) in dealers.enumerated() {
            for round in 0..<2 {
                #expect(try await dealer.receive(within: .seconds(20))?.text == ["\(number)", "\(round)"])
            }
        }
        #expect(try await echoed == 2 * Self.size)
    }

    private static func ourSubscribers(_ context: Context, _ peer: ForeignPeer) async throws {
        let xpub = try await peer.open(.xpub, .verboser)
        let endpoint = try await xpub.bind(to: "ipc://\(Fresh.path())")
        let subscribers = try (0..<Self.size).map { _ in try context.makeSubSocket() }
        for subscriber in subscribers {
            try subscriber.subscribe(to: "for all")
            try await subscriber.connect(to: endpoint)
        }
        #expect(try await xpub.receiveMany(Self.size).count == Self.size)
        for round in 0..<2 {
            try await xpub.send("for nobody")
            try await xpub.send(["for all", Message.Part("\(round)")])
            for subscriber in subscribers {
                #expect(try await subscriber.receive(within: .seconds(20))?.text == ["for all", "\(round)"])
            }
        }
        for subscriber in subscribers { await subscriber.close() }
        #expect(try await xpub.receiveMany(Self.size).count == Self.size)
    }
}

extension ForeignPeer {
    /// Opens and connects many sockets under one name.
    fileprivate func crowd(
        _ type: SocketType, _ count: Int, at endpoint: String, topics: [Message.Part] = []
    ) async throws -> ForeignSocket {
        let crowd = ForeignSocket(peer: self, name: "crowd of \(type)")
        var command = Command("crowd", crowd.name)
        command.type = type.rawValue
        command.count = count
        command.endpoint = endpoint
        command.topics = topics.map(\.wire)
        _ = try await self.call(command)
        return crowd
    }
}

extension ForeignSocket {
    /// Each socket of a crowd sends the parts and its number.
    fileprivate func crowdSend(_ parts: [Message.Part]) async throws {
        var command = ForeignPeer.Command("crowd_send", self.name, timeout: .seconds(30))
        command.parts = parts.map(\.wire)
        _ = try await self.peer.call(command)
    }

    /// Each socket of a crowd receives one message.
    fileprivate func crowdReceive() async throws -> [Message] {
        let command = ForeignPeer.Command("crowd_receive", self.name, timeout: .seconds(30))
        return try await self.peer.call(command).messages?.map(Message.init(wire:)) ?? []
    }
}

/// Allows this process as many descriptors as it may have.
private func raiseDescriptorLimit() {
    var limits = rlimit()
    #if canImport(Glibc)
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    let resource = RLIMIT_NOFILE
    #endif
    unsafe getrlimit(resource, &limits)
    limits.rlim_cur = min(limits.rlim_max, 8192)
    unsafe setrlimit(resource, &limits)
}
#endif
