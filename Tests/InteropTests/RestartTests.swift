// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// One side goes and another takes its place while messages flow: what was under way may be lost (RFC 28 to 31: a
/// queue ends with its connection), but nothing comes twice, nothing is out of order, and nothing after it is lost.
@Suite("Restarts while messages flow", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct RestartTests {
    /// Sends numbers, as fast as the other side takes them, until cancelled; then a last message.
    private static func flow(_ send: (Message) async throws -> Void) async throws {
        for number in 0... {
            if Task.isCancelled { break }
            try await send(Message("\(number)"))
            await Task.yield()
        }
    }

    /// The pieces that were received, each unbroken, each later than the one before.
    private static func expectPieces(_ pieces: [[Int]]) {
        var next = 0
        for piece in pieces {
            #expect(piece.count > 0 && piece[0] >= next && piece == Array(piece[0]..<piece[0] + piece.count))
            next = (piece.last ?? next) + 1
        }
    }

    private static let marks = {
        var options = SocketOptions()
        options.sendHighWaterMark = 100
        options.receiveHighWaterMark = 100
        options.reconnect = ReconnectPolicy(initialDelay: .milliseconds(10), maxDelay: .milliseconds(50))
        return options
    }()

    @Test("our PUSH goes on at the next foreign PULL, in the same process or another", arguments: [true, false])
    func ourPush(dies: Bool) async throws {
        try await withPeer { context, peer in
            let endpoint = Fresh.tcpEndpoint()
            let push = try context.makePushSocket(Self.marks)
            try await push.connect(to: endpoint)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    do { try await Self.flow { try await push.send($0) } } catch is CancellationError {}
                }
                var pieces: [[Int]] = []
                for _ in 0..<4 {
                    let host = dies ? try ForeignPeer() : peer
                    defer { if dies { host.kill() } }
                    let pull = try await host.open(.pull, ["rcvhwm": 100])
                    try await pull.bind(to: endpoint)
                    pieces.append(try await pull.receiveMany(500).compactMap { Int($0.text[0]) })
                    #expect(pieces.last?.count == 500)
                    if !dies { try await pull.close() }
                }
                Self.expectPieces(pieces)
                group.cancelAll()
                try await group.waitForAll()
            }
            await push.close(within: .zero)
        }
    }

    @Test("a foreign PUSH goes on at our next PULL")
    func theirPush() async throws {
        try await withPeer { context, peer in
            let endpoint = Fresh.tcpEndpoint()
            let push = try await peer.open(.push, ["sndhwm": 100, "reconnect_ivl": 10])
            try await push.connect(to: endpoint)
            async let sent: Void = push.sendMany(1_000_000)
            var pieces: [[Int]] = []
            for _ in 0..<4 {
                let pull = try context.makePullSocket(Self.marks)
                try await pull.bind(to: endpoint)
                var piece: [Int] = []
                while piece.count < 500 {
                    let message = try #require(try await pull.receive(within: .seconds(20)))
                    piece.append(try #require(Int(message.text[0])))
                }
                pieces.append(piece)
                await pull.close()
            }
            Self.expectPieces(pieces)
            peer.kill()
            _ = try? await sent
        }
    }

    @Test("our REQ that gives up and asks again gets the right answers while the foreign REP restarts")
    func ourRequests() async throws {
        try await withPeer { context, peer in
            let endpoint = Fresh.tcpEndpoint()
            var options = Self.marks
            options.reqRelaxed = true
            options.reqCorrelate = true
            let req = try context.makeReqSocket(options)
            try await req.connect(to: endpoint)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<5 {
                        let rep = try await peer.open(.rep)
                        try await rep.bind(to: endpoint)
                        #expect(try await rep.echo(100, within: .seconds(20)) == 100)
                        // The reply to the last request may go with the socket.
                        try await rep.close()
                    }
                }
                // The last server leaves before or after its last reply has.
                for number in 0..<490 {
                    let body = Message("\(number)")
                    let isAnswered = try await eventually {
                        do {
                            return try await req.request(body, within: .milliseconds(300)) == body
                        } catch let error as ZeroMQError where error.code == .timedOut {
                            return false
                        }
                    }
                    #expect(isAnswered)
                }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }

    @Test("a foreign DEALER goes on at our next ROUTER, and nothing comes twice")
    func theirDealer() async throws {
        try await withPeer { context, peer in
            let endpoint = Scenario.Transport.ipc.endpoint()
            let dealer = try await peer.open(.dealer, ["sndhwm": 100, "reconnect_ivl": 10, "routing_id": "them"])
            try await dealer.connect(to: endpoint)
            async let sent: Void = dealer.sendMany(1_000_000)
            var pieces: [[Int]] = []
            for _ in 0..<4 {
                let router = try context.makeRouterSocket(Self.marks)
                try await router.bind(to: endpoint)
                var piece: [Int] = []
                while piece.count < 500 {
                    let received = try #require(try await router.receive(within: .seconds(20)))
                    #expect(received.peer.routingID == "them")
                    piece.append(try #require(Int(received.message.text[0])))
                }
                pieces.append(piece)
                await router.close()
            }
            Self.expectPieces(pieces)
            peer.kill()
            _ = try? await sent
        }
    }
}
