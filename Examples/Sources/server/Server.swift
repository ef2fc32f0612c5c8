// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// DEALER to ROUTER: many clients send requests without waiting, a server answers each with any number of replies.
//
//     client DEALER ──tcp──► ROUTER frontend ─ proxy ─ DEALER backend ──inproc──► worker DEALER
//
// The ROUTER puts the client's routing id in front of a request, the DEALER backend deals requests out to a pool of
// workers, and the id in front of a reply brings it back to its client. Nobody waits for anybody.

import ZeroMQ

let endpoint = "tcp://127.0.0.1:5570"
let clientCount = 3
let workerCount = 5

@main
enum Server {
    static func main() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await withContext { try await server(in: $0) } }
            for number in 1...clientCount {
                group.addTask { try await withContext { try await client(number, in: $0) } }
            }
            try await Task.sleep(for: .seconds(10))
            group.cancelAll()
        }
    }

    /// Sends a request every second, whatever has been answered, and prints replies as they come.
    static func client(_ number: Int, in context: Context) async throws {
        var options = SocketOptions()
        options.routingID = try RoutingID("client-\(number)")
        let socket = try context.makeDealerSocket(options)
        try await socket.connect(to: endpoint)

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var request = 0
                while true {
                    request += 1
                    try await socket.send(Message("request #\(request)"))
                    try await Task.sleep(for: .seconds(1))
                }
            }
            group.addTask {
                for try await reply in socket.messages { print("client-\(number): \(String(reply[0]))") }
            }
            try await group.next()
        }
    }

    /// Joins the clients' ROUTER to the workers' DEALER.
    static func server(in context: Context) async throws {
        let frontend = try context.makeRouterSocket()
        let backend = try context.makeDealerSocket()
        try await frontend.bind(to: endpoint)
        try await backend.bind(to: "inproc://backend")

        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...workerCount {
                group.addTask { try await worker(in: context) }
            }
            group.addTask { try await Proxy(frontend: frontend, backend: backend).run() }
            try await group.next()
        }
    }

    /// Takes one request at a time and answers it zero to four times, after a while each.
    static func worker(in context: Context) async throws {
        let socket = try context.makeDealerSocket()
        try await socket.connect(to: "inproc://backend")

        // A message is the client's routing id and what the client sent: it goes back as it came.
        for try await request in socket.messages {
            for _ in 0..<Int.random(in: 0...4) {
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...1000)))
                try await socket.send(request)
            }
        }
    }
}
