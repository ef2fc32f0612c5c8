// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// A worker: a DEALER socket with a name, by which the broker's ROUTER finds it.
struct Worker: Sendable {
    let name: String
    let socket: DealerSocket

    init(in context: Context, endpoint: String) async throws {
        name = randomName()
        var options = SocketOptions()
        options.routingID = try RoutingID(name)
        socket = try context.makeDealerSocket(options)
        try await Endpoints.connect(socket, to: endpoint, argument: "--endpoint")
    }

    /// Asks for work until it is fired; returns the number of tasks completed.
    func run() async throws -> Int {
        var tasks = 0
        while try await isGivenWork() {
            let duration = Duration.milliseconds(Int.random(in: 1...500))
            try await StandardOutput.line("\(name) works for \(duration.inSeconds)")
            try await Task.sleep(for: duration)
            tasks += 1
        }
        try await StandardOutput.line("Completed: \(tasks) tasks")
        return tasks
    }

    /// The empty part in front is what a REQ socket would send by itself: the broker cannot tell the difference.
    private func isGivenWork() async throws -> Bool {
        try await socket.send(["", "Hi Boss"])
        let answer = try await socket.receive()
        return answer[answer.count - 1] != "Fired!"
    }
}
