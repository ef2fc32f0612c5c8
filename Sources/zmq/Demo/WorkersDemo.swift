// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq demo workers`: a broker that knows its workers by name and gives the next task to the least recently used.
struct WorkersDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "A ROUTER broker hands out tasks to DEALER workers, least recently used first.")

    /// The part to play alone.
    enum Role: String, CaseIterable, ExpressibleByArgument {
        case broker
        case worker
    }

    @Option(
        help: ArgumentHelp("How many workers. (default: 10)", valueName: "n"), transform: Expecting.wholeNumber(from: 1)
    )
    var workers: Int = 10

    @Option(
        help: ArgumentHelp("How long the broker hands out work. (default: 5)", valueName: "seconds"),
        transform: Expecting.seconds)
    var seconds: Duration = .seconds(5)

    @Option(help: ArgumentHelp("Where broker and workers meet.", valueName: "ep"))
    var endpoint = "tcp://127.0.0.1:5671"

    @Option(help: "Run this part alone; the other may be any ZeroMQ program.")
    var role: Role?

    func run() async throws {
        switch role {
        case nil: try await runBoth()
        case .broker: try await withBroker { try await StandardOutput.line("Total: \(try await $0.run()) tasks") }
        case .worker: _ = try await runWorkers(at: endpoint)
        }
    }

    private func runBoth() async throws {
        try await withBroker { broker in
            async let handedOut = broker.run()
            let completed = try await runWorkers(at: broker.endpoint)
            let total = try await handedOut
            try await StandardOutput.line("Total: \(total) tasks")
            guard total == completed else {
                throw ToolFailure.failed("the workers completed \(completed) tasks, expected \(total)")
            }
        }
    }

    /// The broker has a context of its own, which ends when the last answer has left.
    private func withBroker(_ body: (Broker) async throws -> Void) async throws {
        try await withToolContext { context in
            let socket = try context.makeRouterSocket()
            let bound = try await Endpoints.bind(socket, to: endpoint, argument: "--endpoint")
            let broker = Broker(socket: socket, endpoint: bound, workers: workers, closing: .now + seconds)
            try await body(broker)
            await socket.close()
        }
    }

    /// Runs all workers at once, in a context of theirs; returns how many tasks they completed.
    private func runWorkers(at endpoint: String) async throws -> Int {
        try await withToolContext { context in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<workers {
                    let worker = try await Worker(in: context, endpoint: endpoint)
                    group.addTask { try await worker.run() }
                }
                return try await group.reduce(0, +)
            }
        }
    }
}
