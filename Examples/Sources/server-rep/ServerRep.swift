// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// The same server with REP workers: exactly one reply to each request.
//
// A REP socket keeps everything up to the first empty part as the way back and hands only the rest to its program. A
// DEALER client must therefore put that empty part in front of its requests, and finds it in front of the replies.
// A REQ client would do both by itself, but could have only one request under way.

import ZeroMQ

let endpoint = "tcp://127.0.0.1:5570"
let requestCount = 10

@main
enum ServerRep {
    static func main() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await withContext { try await server(in: $0) } }
            try await withContext { try await client(in: $0) }
            group.cancelAll()
        }
    }

    static func client(in context: Context) async throws {
        let socket = try context.makeDealerSocket()
        try await socket.connect(to: endpoint)

        for request in 1...requestCount {
            try await socket.send(["", Message.Part("request #\(request)")])
        }
        for _ in 1...requestCount {
            var reply = try await socket.receive()
            _ = reply.removeFirst()
            print(String(reply[0]))
        }
    }

    static func server(in context: Context) async throws {
        let frontend = try context.makeRouterSocket()
        let backend = try context.makeDealerSocket()
        try await frontend.bind(to: endpoint)
        try await backend.bind(to: "inproc://backend")

        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...5 {
                group.addTask { try await worker(in: context) }
            }
            group.addTask { try await Proxy(frontend: frontend, backend: backend).run() }
            try await group.next()
        }
    }

    /// Receives, replies, and so on: the only order that REP allows.
    static func worker(in context: Context) async throws {
        let socket = try context.makeRepSocket()
        try await socket.connect(to: "inproc://backend")

        for try await request in socket.messages {
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...100)))
            try await socket.send(Message("reply to \(String(request[0]))"))
        }
    }
}
