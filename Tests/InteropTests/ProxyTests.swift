// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Proxies", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct ProxyTests {
    @Test("foreign clients, our proxy, foreign workers", arguments: SocketType.workers, SocketType.clients)
    func oursBetweenTheirs(worker: SocketType, client: SocketType) async throws {
        try await withPeer { context, peer in
            let frontend = try context.makeRouterSocket()
            let backend = try context.makeDealerSocket()
            let front = try await frontend.bind(to: "tcp://127.0.0.1:*")
            let back = try await backend.bind(to: "tcp://127.0.0.1:*")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Proxy(frontend: frontend, backend: backend).run() }
                for _ in 0..<3 {
                    let socket = try await peer.open(worker)
                    try await socket.connect(to: back)
                    group.addTask { try await socket.echo(.max, within: .seconds(60)) }
                }
                try await Self.expectReplies(to: client, at: front, of: peer)
                peer.kill()
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }

    /// Six clients send 50 requests each, all at once, and each gets its own replies only, each once.
    private static func expectReplies(to type: SocketType, at endpoint: String, of peer: ForeignPeer) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                let client = try await peer.open(type)
                try await client.connect(to: endpoint)
                group.addTask {
                    let own: [Message.Part] = [Message.Part("client \(number)"), ""]
                    if type == .req {
                        let replies = try await client.requestMany(50, own)
                        #expect(replies.map(\.text) == (0..<50).map { ["client \(number)", "", "\($0)"] })
                    } else {
                        try await client.sendMany(50, [""] + own)
                        let replies = try await client.receiveMany(50, within: .seconds(20))
                        #expect(replies.allSatisfy { $0.text.prefix(3) == ["", "client \(number)", ""] })
                        #expect(Set(replies.map { $0.text.last }).count == 50)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("our clients, libzmq's proxy, our workers")
    func theirsBetweenOurs() async throws {
        try await withPeer { context, peer in
            let (frontend, backend) = (try await peer.open(.router), try await peer.open(.dealer))
            let front = try await frontend.bind(to: "tcp://127.0.0.1:*")
            let back = try await backend.bind(to: "tcp://127.0.0.1:*")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await peer.runProxy(frontend, backend) }
                for _ in 0..<3 {
                    let worker = try context.makeRepSocket()
                    try await worker.connect(to: back)
                    group.addTask {
                        for try await request in worker.messages { try await worker.send(request) }
                    }
                }
                try await withThrowingTaskGroup(of: Void.self) { clients in
                    for number in 0..<6 {
                        let client = try context.makeReqSocket()
                        try await client.connect(to: front)
                        clients.addTask {
                            for request in 0..<50 {
                                let body: Message = [Message.Part("client \(number)"), "", Message.Part("\(request)")]
                                let reply = try await client.request(body)
                                #expect(reply == body)
                            }
                        }
                    }
                    try await clients.waitForAll()
                }
                peer.kill()
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }

    @Test("our streamer between a foreign PUSH and a foreign PULL keeps the order, and its capture sees all")
    func streamer() async throws {
        try await withPeer { context, peer in
            let (frontend, backend) = (try context.makePullSocket(), try context.makePushSocket())
            let capture = try context.makePushSocket()
            let (source, sink) = (try await peer.open(.push), try await peer.open(.pull))
            let witness = try await peer.open(.pull)
            try await source.connect(to: try await frontend.bind(to: "tcp://127.0.0.1:*"))
            try await sink.connect(to: try await backend.bind(to: "ipc://\(Fresh.path())"))
            try await capture.connect(to: try await witness.bind(to: "tcp://127.0.0.1:*"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Proxy(frontend: frontend, backend: backend, capture: capture).run() }
                async let sent: Void = source.sendMany(2000, ["job"])
                async let arrived = sink.receiveMany(2000)
                async let seen = witness.receiveMany(2000)
                let expected = (0..<2000).map { ["job", "\($0)"] }
                try await sent
                #expect(try await arrived.map(\.text) == expected)
                #expect(try await seen.map(\.text) == expected)
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }
}

extension SocketType {
    /// What may work behind a DEALER, and what may ask before a ROUTER.
    fileprivate static let workers: [SocketType] = [.rep, .dealer]
    fileprivate static let clients: [SocketType] = [.req, .dealer]
}
