// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq demo server`: many clients, one server, any number of requests under way and any number of replies to each.
struct ServerDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "DEALER clients ask a ROUTER server, whose workers reply when and as often as they like.")

    /// The part to play alone.
    enum Role: String, CaseIterable, ExpressibleByArgument {
        case server
        case client
    }

    @Option(
        help: ArgumentHelp("How many clients. (default: 3)", valueName: "n"), transform: Expecting.wholeNumber(from: 1))
    var clients: Int = 3

    @Option(
        help: ArgumentHelp("How many workers the server has. (default: 5)", valueName: "n"),
        transform: Expecting.wholeNumber(from: 1))
    var workers: Int = 5

    @Option(
        help: ArgumentHelp("How long the clients ask, or the server serves. (default: 10)", valueName: "seconds"),
        transform: Expecting.seconds)
    var seconds: Duration = .seconds(10)

    @Option(help: ArgumentHelp("Where server and clients meet.", valueName: "ep"))
    var endpoint = "tcp://127.0.0.1:5570"

    @Flag(help: "Strictly synchronous: REP workers, one reply each; clients add and strip the empty delimiter.")
    var repWorkers = false

    @Option(help: "Run this part alone; the other may be any ZeroMQ program.")
    var role: Role?

    func run() async throws {
        let account = Account()
        switch role {
        case nil:
            try await runBoth(account)
        case .server:
            let hours = OpeningHours()
            try await withServer(account, hours) { server in
                try await server.run { try await Task.sleep(for: seconds) }
            }
        case .client:
            let allAnswered: @Sendable () -> Bool = { [repWorkers] in repWorkers && account.isAnsweredOnceEach }
            try await runClients(at: endpoint, account, isSettled: allAnswered)
        }
    }

    private func runBoth(_ account: Account) async throws {
        let hours = OpeningHours()
        try await withServer(account, hours) { server in
            try await server.run {
                async let lastOrders: Void = announceLastOrders(hours)
                try await runClients(at: server.endpoint, account) { account.isSettled }
                try await lastOrders
            }
        }
        try await StandardOutput.line(account.lines)
        guard account.unaccounted == 0 else {
            throw ToolFailure.failed("\(account.unaccounted) requests or replies unaccounted for, expected none")
        }
    }

    private func announceLastOrders(_ hours: OpeningHours) async throws {
        try await Task.sleep(for: seconds)
        hours.lastOrders()
    }

    /// The server has a context of its own.
    private func withServer(
        _ account: Account, _ hours: OpeningHours, _ body: (Server) async throws -> Void
    ) async throws {
        try await withToolContext { context in
            let server = try await Server(
                in: context, endpoint: endpoint, workers: workers, repWorkers: repWorkers, account: account,
                hours: hours)
            try await body(server)
        }
    }

    /// Runs all clients at once, in a context of theirs.
    private func runClients(
        at endpoint: String, _ account: Account, isSettled: @escaping @Sendable () -> Bool
    ) async throws {
        try await withToolContext { context in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<clients {
                    let client = try await Client(
                        in: context, endpoint: endpoint, addsDelimiter: repWorkers, account: account)
                    group.addTask { [seconds] in try await client.run(for: seconds, isSettled: isSettled) }
                }
                try await group.waitForAll()
            }
        }
    }
}
