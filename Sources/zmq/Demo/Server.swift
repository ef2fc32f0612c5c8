// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// The server: a ROUTER frontend that clients connect to, a DEALER backend that shares out the requests among workers,
/// and a proxy between them that carries each reply back to the client it belongs to.
struct Server: Sendable {
    private static let backendEndpoint = "inproc://backend"

    /// Where clients find it.
    let endpoint: String
    private let frontend: RouterSocket
    private let backend: DealerSocket
    private let workers: [any ServerWorker]
    private let hours: OpeningHours

    init(
        in context: Context, endpoint: String, workers: Int, repWorkers: Bool, account: Account, hours: OpeningHours
    ) async throws {
        self.hours = hours
        frontend = try context.makeRouterSocket()
        self.endpoint = try await Endpoints.bind(frontend, to: endpoint, argument: "--endpoint")

        // A request waits where whichever worker is free first can take it, not in the queue of a busy one.
        var options = SocketOptions()
        options.sendHighWaterMark = 1
        options.receiveHighWaterMark = 1
        backend = try context.makeDealerSocket(options)
        try await backend.bind(to: Self.backendEndpoint)

        var pool: [any ServerWorker] = []
        for _ in 0..<workers {
            if repWorkers {
                let socket = try context.makeRepSocket(options)
                try await socket.connect(to: Self.backendEndpoint)
                pool.append(RepWorker(socket: socket, account: account, hours: hours))
            } else {
                let socket = try context.makeDealerSocket(options)
                try await socket.connect(to: Self.backendEndpoint)
                pool.append(DealerWorker(socket: socket, account: account, hours: hours))
            }
        }
        self.workers = pool
    }

    /// Serves while `work` lasts, and then finishes what it has taken.
    func run(during work: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { proxy in
            defer { proxy.cancelAll() }
            proxy.addTask { try await Proxy(frontend: frontend, backend: backend).run() }
            try await withThrowingTaskGroup(of: Void.self) { pool in
                for worker in workers {
                    pool.addTask { try await worker.run() }
                }
                try await work()
                hours.close()
                try await pool.waitForAll()
            }
            // The last replies are in the backend's queue: a moment for the proxy to carry them over.
            try await Task.sleep(for: .milliseconds(100))
        }
        await frontend.close(within: .seconds(5))
    }
}
