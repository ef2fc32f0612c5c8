// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if os(Linux)
import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

/// Connections that are made and end, hundreds at a time, until it is clear what stays of each: nothing.
struct Churn: Sendable {
    /// How many connections are made between two looks at descriptors and memory.
    private static let round = 250
    /// What may stay of a connection, in octets: less than the least object that could be forgotten with it.
    private static let tolerance = 32

    var transport: Scenario.Transport
    var kind: Kind

    enum Kind: CaseIterable {
        /// Foreign sockets come to one of ours.
        case theirDealers, theirSubscribers
        /// Sockets of ours come to a foreign one.
        case ourDealers, ourSubscribers
    }

    static let all = Kind.allCases.flatMap { kind in
        Scenario.Transport.allCases.map { Churn(transport: $0, kind: kind) }
    }

    func run() async throws {
        try await withPeer { context, peer in
            let round = try await self.makeRound(context, peer)
            // What is made once, and kept for use again, is there after the first rounds.
            for _ in 0..<2 { try await round() }
            let descriptors = Self.descriptors()
            // Others need memory at times, and tables grow while a busy machine has more connections at once than before;
            // what leaks is there each time.
            var growth: [Int] = []
            while growth.count < 8, growth.allSatisfy({ $0 >= Self.round * Self.tolerance }) {
                let before = try await Self.settledBytes()
                try #require(before > 0, "no statistics to be had")
                try await round()
                growth.append(try await Self.settledBytes() - before)
            }
            // The runtime opens one now and then; what leaks is there for each connection.
            let isBack = try await eventually { Self.descriptors() <= descriptors + Self.round / 25 }
            #expect(isBack, "\(self): \(descriptors) descriptors before, \(Self.descriptors()) after")
            let least = try #require(growth.min())
            #expect(least < Self.round * Self.tolerance, "\(self): \(growth) octets for \(Self.round) connections each")
        }
    }

    private func makeRound(_ context: Context, _ peer: ForeignPeer) async throws -> () async throws -> Void {
        switch self.kind {
        case .theirDealers:
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: self.transport.wildcard())
            return {
                async let served = peer.churn(.dealer, Self.round, at: endpoint, sending: ["hello"])
                for _ in 0..<Self.round {
                    let request = try #require(try await router.receive(within: .seconds(20)))
                    try await router.send(request.message, to: request.peer)
                }
                #expect(try await served == Self.round)
            }
        case .theirSubscribers:
            var options = SocketOptions()
            options.xpubWelcomeMessage = "welcome"
            let xpub = try context.makeXPubSocket(options)
            let endpoint = try await xpub.bind(to: self.transport.wildcard())
            return {
                let served = try await peer.churn(.sub, Self.round, at: endpoint, topics: ["", "topic"])
                #expect(served == Self.round)
                // Whoever leaves cancels what it had.
                let isForgotten = try await eventually {
                    while try xpub.tryReceive() != nil {}
                    return xpub.topicCount == 0
                }
                #expect(isForgotten)
            }
        case .ourDealers:
            let router = try await peer.open(.router)
            let endpoint = try await router.bind(to: self.transport.wildcard())
            return {
                async let echoed = router.echo(Self.round)
                for _ in 0..<Self.round {
                    let dealer = try context.makeDealerSocket()
                    try await dealer.connect(to: endpoint)
                    try await dealer.send("hello")
                    #expect(try await dealer.receive(within: .seconds(20)) == "hello")
                    await dealer.close()
                }
                #expect(try await echoed == Self.round)
            }
        case .ourSubscribers:
            let xpub = try await peer.open(.xpub, .welcoming)
            let endpoint = try await xpub.bind(to: self.transport.wildcard())
            return {
                for _ in 0..<Self.round {
                    let sub = try context.makeSubSocket()
                    try sub.subscribe()
                    try await sub.connect(to: endpoint)
                    #expect(try await sub.receive(within: .seconds(20)) == "welcome")
                    await sub.close()
                }
            }
        }
    }

    private static func descriptors() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    /// The same once it no longer changes: connections end after the call that closes them, and an allocator that gives
    /// memory back to the system gives back 128 KiB of it.
    private static func settledBytes() async throws -> Int {
        var held = Self.heldBytes()
        var same = 0
        for _ in 0..<100 where same < 5 {
            try await Task.sleep(for: .milliseconds(10))
            let now = Self.heldBytes()
            same = abs(now - held) < 4096 ? same + 1 : 0
            held = now
        }
        return held
    }

    /// What the process has allocated and not given back, in octets.
    private static func heldBytes() -> Int {
        // Only the allocator itself can say; its statistics are text.
        typealias Report = @convention(c) (CInt, UnsafeMutableRawPointer?) -> CInt
        guard let symbol = unsafe dlsym(nil, "malloc_info") else { return 0 }
        let report = unsafe unsafeBitCast(symbol, to: Report.self)
        var text: UnsafeMutablePointer<CChar>?
        var size = 0
        guard let stream = unsafe open_memstream(&text, &size) else { return 0 }
        _ = unsafe report(0, UnsafeMutableRawPointer(stream))
        unsafe fclose(stream)
        defer { unsafe free(text) }
        guard let start = unsafe text else { return 0 }
        let lines = unsafe String(cString: start).split(separator: "\n")
        // Those of the whole process stand behind those of the arenas.
        let totals = lines[(lines.lastIndex { $0.contains("</heap>") } ?? 0)...]
        func sum(_ beginning: String) -> Int {
            let line = totals.first { $0.hasPrefix(beginning) }
            let size = line?.split(separator: "\"").dropLast().last
            return size.flatMap { Int($0) } ?? 0
        }
        return sum("<system type=\"current\"") + sum("<total type=\"mmap\"") - sum("<total type=\"fast\"")
            - sum("<total type=\"rest\"")
    }
}

extension ForeignPeer {
    /// Opens a socket, connects it, sends if there is anything, receives one message and closes; many times.
    fileprivate func churn(
        _ type: SocketType, _ count: Int, at endpoint: String, topics: [Message.Part] = [],
        sending parts: [Message.Part] = []
    ) async throws -> Int {
        var command = Command("churn", "churn of \(type)", timeout: .seconds(60))
        command.type = type.rawValue
        command.count = count
        command.endpoint = endpoint
        command.topics = topics.map(\.wire)
        command.parts = parts.map(\.wire)
        return try await self.call(command).count ?? 0
    }
}
#endif
