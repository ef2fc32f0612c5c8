// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZeroMQ
import ZeroMQTesting

/// Sockets whose tasks read the connection: everything else is as if the event loop did.
@Suite("Receiving tasks that read the network themselves", .timeLimit(.minutes(4)))
struct DirectReadingTests {
    /// Whatever else the machine does.
    private static func withPatientSockets(_ body: (Context) async throws -> Void) async throws {
        var options = ContextOptions()
        options.busyWait = .milliseconds(1)
        options.heedsOthers = false
        try await withContext(options, shutdownWithin: .zero, body)
    }

    /// An echoing ROUTER with a peer that has made it read by itself.
    private static func answer(
        _ options: SocketOptions = SocketOptions(), receiveBuffer: Int? = nil,
        _ body: (RouterSocket, ScriptedPeer, EventLog) async throws -> Void
    ) async throws {
        try await self.withPatientSockets { context in
            let router = try context.makeRouterSocket(options)
            let log = EventLog(router)
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint, receiveBuffer: receiveBuffer)
            try await peer.shakeHands(as: .dealer)
            try await self.exchange(router, peer) { router.directReads >= 3 }
            try await body(router, peer, log)
            await peer.close()
        }
    }

    /// Lets a peer ask, one request at a time, which the socket answers.
    private static func exchange(_ router: RouterSocket, _ peer: ScriptedPeer, until isOver: () -> Bool) async throws {
        let answering = Task {
            while true {
                if try await router.echo() == "end" { return }
            }
        }
        var number = 0
        while !isOver() {
            number += 1
            try await peer.send(Message(number: number))
            try #require(try await peer.receiveMessage().number == number)
        }
        try await peer.send("end" as Message)
        #expect(try await peer.receiveMessage() == "end")
        try await answering.value
    }

    // MARK: What comes

    @Test("messages of all sizes come in order, whole or in pieces", arguments: [1, 7, 100])
    func order(together: Int) async throws {
        try await Self.answer { router, peer, _ in
            let sizes = [0, 1, 255, 256, 5000, 16_384, 40_000, 200_000]
            let count = 400
            let receiving = Task {
                for number in 0..<count {
                    let incoming = try await router.receive()
                    let size = sizes[number % sizes.count]
                    try #require(incoming.message == [Message.Part("\(number)"), Message.Part(size: size)])
                    try await router.send(Message(number: number), to: incoming.peer)
                }
            }
            var number = 0
            while number < count {
                let batch = number..<min(count, number + together)
                let octets = batch.flatMap { number in
                    let part = Message.Part(size: sizes[number % sizes.count])
                    return ScriptedPeer.frame(Array("\(number)".utf8), more: true)
                        + ScriptedPeer.frame(unsafe part.withUnsafeBytes { unsafe Array($0) })
                }
                let cut = octets.count * (number % 5) / 5
                try await peer.send(octets[..<cut])
                try await peer.send(octets[cut...])
                for number in batch { try #require(try await peer.receiveMessage().number == number) }
                number = batch.upperBound
            }
            try await receiving.value
            #expect(router.snapshot().totals.dropped == DropCounts())
        }
    }

    @Test("all types that answer do so, over tcp and ipc", arguments: Transport.wires)
    func types(transport: Transport) async throws {
        try await Self.withPatientSockets { context in
            try await Self.withPatientSockets { other in
                let (req, rep) = (try context.makeReqSocket(), try other.makeRepSocket())
                let (dealer, router) = (try context.makeDealerSocket(), try other.makeRouterSocket())
                try await join(rep, req, over: transport)
                let replying = Task {
                    while case let message = try await rep.receive(), message.number != nil {
                        try await rep.send(message)
                    }
                }
                try await Self.ask(until: { min(req.directReads, rep.directReads) > 3 }) { try await req.request($0) }
                try await req.send("end")
                try await replying.value
                try await join(router, dealer, over: transport)
                let routing = Task {
                    while try await router.echo().number != nil {}
                }
                try await Self.ask(until: { min(dealer.directReads, router.directReads) > 3 }) {
                    try await dealer.send($0)
                    return try await dealer.receive()
                }
                try await dealer.send("end")
                try await routing.value
            }
        }
    }

    private static func ask(until isOver: () -> Bool, _ request: (Message) async throws -> Message) async throws {
        var number = 0
        while !isOver() {
            number += 1
            try #require(try await request(Message(number: number)).number == number)
        }
    }

    @Test("tasks on the event loop do not, nor any without busy waiting", arguments: Place.allCases)
    func never(place: Place) async throws {
        var options = ContextOptions()
        options.busyWait = place == .loop ? .milliseconds(20) : .zero
        try await withContext(options, shutdownWithin: .zero) { context in
            let rep = try context.makeRepSocket()
            let peer = try await ScriptedPeer.connect(to: try await rep.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .req)
            let replying = Task(executorPreference: place.executor(of: rep)) {
                for _ in 0..<500 { try await rep.send(try await rep.receive()) }
            }
            for number in 0..<500 {
                try await peer.send(["", Message.Part("\(number)")] as Message)
                #expect(try await peer.receiveMessage() == ["", Message.Part("\(number)")])
            }
            try await replying.value
            #expect(rep.directReads == 0)
            await peer.close()
        }
    }

    // MARK: Who no longer reads

    @Test("a PING is answered although nobody receives any more")
    func ping() async throws {
        try await Self.answer { router, peer, _ in
            for number in UInt8(0)..<20 {
                try await peer.send(ScriptedPeer.command("PING", [0, 0, number]))
                let frame = try await peer.receiveFrame()
                #expect(frame.isCommand(named: "PONG") && frame.body.last == number)
            }
            keepOpen(router)
        }
    }

    @Test("a PING between messages is answered, and the messages come")
    func pingBetween() async throws {
        try await Self.answer { router, peer, _ in
            let receiving = Task {
                for number in 0..<300 { try #require(try await router.receive().message.number == number) }
            }
            for number in 0..<300 {
                try await peer.send(
                    ScriptedPeer.command("PING", [0, 0]) + ScriptedPeer.frame(Array("\(number)".utf8)))
                #expect(try await peer.receiveFrame().isCommand(named: "PONG"))
            }
            try await receiving.value
        }
    }

    @Test("a PONG that had to wait for the network leaves while a task goes on looking")
    func waitingPong() async throws {
        try await Self.answer(receiveBuffer: 4096) { router, peer, _ in
            let isOver = Flag()
            let looking = Task {
                let incoming = try await router.receive()
                // Larger than what the systems hold for both sides.
                try await router.send(Message(size: 8 << 20), to: incoming.peer)
                #expect(try await router.receive().message == "after")
                while !isOver.isSet {
                    _ = try router.tryReceive()
                    await Task.yield()
                }
            }
            try await peer.send("large" as Message)
            _ = try await peer.receive(1)
            try await peer.send(ScriptedPeer.command("PING", [0, 0]) + ScriptedPeer.frame(Array("after".utf8)))
            let hasAnswered = Flag()
            let hearing = Task {
                _ = try await peer.receive((8 << 20) + 9 - 1)
                if try await peer.receiveFrame().isCommand(named: "PONG") { hasAnswered.set() }
            }
            #expect(try await eventually { hasAnswered.isSet })
            isOver.set()
            hearing.cancel()
            try await looking.value
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { self.value.load(ordering: .acquiring) }
        func set() { self.value.store(true, ordering: .releasing) }
    }

    @Test("what comes later is found by polling, by waiting for several, and by trying")
    func otherWays() async throws {
        try await Self.answer { router, peer, _ in
            for number in 0..<20 {
                async let received = receive(from: [router])
                try await peer.send(Message(number: number))
                #expect(try await received.message.number == number)
                try await Self.exchange(router, peer) { true }
                try await peer.send(Message(number: number))
                var message: Message?
                #expect(
                    try await eventually {
                        message = try router.tryReceive()?.message
                        return message != nil
                    })
                #expect(message?.number == number)
            }
        }
    }

    @Test("a call that is cancelled or late takes nothing")
    func cancelled() async throws {
        try await Self.answer { router, peer, _ in
            var (expected, number) = (0, 0)
            for round in 0..<200 {
                let receiving = Task { try await router.receive(within: round % 3 == 0 ? .microseconds(50) : nil) }
                try await peer.send(Message(number: number))
                number += 1
                if round % 2 == 0 { receiving.cancel() }
                switch await receiving.result {
                case .success(let incoming?):
                    #expect(incoming.message.number == expected)
                    expected += 1
                case .success(nil): break
                case .failure(let error): #expect(error is CancellationError)
                }
                if round % 3 != 0 && round % 2 == 0 { continue }
                while expected < number {
                    #expect(try await router.receive().message.number == expected)
                    expected += 1
                }
            }
            while expected < number {
                #expect(try await router.receive().message.number == expected)
                expected += 1
            }
        }
    }

    @Test("several tasks get each message once")
    func several() async throws {
        try await Self.answer { router, peer, _ in
            let count = 2000
            try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var seen: [Int] = []
                        while let number = try await router.echo().number { seen.append(number) }
                        return seen
                    }
                }
                for number in 0..<count {
                    try await peer.send(Message(number: number))
                    try #require(try await peer.receiveMessage().number == number)
                }
                for _ in 0..<4 { try await peer.send("end" as Message) }
                #expect(try await group.reduce(into: []) { $0 += $1 }.sorted() == Array(0..<count))
            }
        }
    }

    @Test("a second peer is heard as well as the first")
    func second() async throws {
        try await Self.answer { router, peer, _ in
            let second = try await ScriptedPeer.connect(to: try #require(router.lastEndpoint))
            try await second.shakeHands(as: .dealer)
            let answering = Task {
                for _ in 0..<400 { _ = try await router.echo() }
            }
            for number in 0..<200 {
                for peer in [peer, second] { try await peer.send(Message(number: number)) }
                for peer in [second, peer] { #expect(try await peer.receiveMessage().number == number) }
            }
            try await answering.value
            await second.close()
        }
    }

    // MARK: Marks and ends

    @Test("the mark stops reading, and nothing is lost", arguments: [2, 50])
    func marks(mark: Int) async throws {
        try await Self.answer(.marks(sending: nil, receiving: mark)) { router, peer, _ in
            let (count, size) = (3000, 8000)
            let frame = ScriptedPeer.frame(Array(repeating: 7, count: size))
            async let sending: Void = {
                for _ in 0..<count { try await peer.send(frame) }
            }()
            for number in 0..<count {
                try #require(try await router.receive().message[0].count == size)
                let waiting = router.snapshot().totals.unreadMessages
                // One read beyond the mark is in memory already.
                if number % 100 == 0 { #expect(waiting <= mark + 131_072 / size + 1) }
            }
            try await sending
        }
    }

    @Test("what the peer says at last is received, then its end is told")
    func closes() async throws {
        for _ in 0..<20 {
            try await Self.answer { router, peer, log in
                async let message = router.receive().message
                try await peer.send("last" as Message)
                try await peer.closeWriting()
                #expect(try await message == "last")
                try await log.wait(for: .disconnected)
                #expect(try await eventually { router.snapshot().peers.isEmpty })
            }
        }
    }

    @Test("a peer that breaks the protocol is told so after its messages")
    func violation() async throws {
        try await Self.answer { router, peer, log in
            async let message = router.receive().message
            try await peer.send(ScriptedPeer.frame(Array("good".utf8)) + [0xFF, 1, 2, 3])
            #expect(try await message == "good")
            let end = try await log.wait(for: .disconnected)
            guard case .protocolViolation? = end.reason else { throw Unexpected(event: end) }
            #expect(try await peer.receiveUntilClosed().isEmpty)
        }
    }

    private struct Unexpected: Error { let event: SocketEvent }

    @Test("a socket closes while a task reads, which is told", arguments: [0, 1, 5, 20])
    func closing(exchanges: Int) async throws {
        try await Self.answer { router, peer, _ in
            let receiving = Task {
                while true { _ = try await router.echo() }
            }
            for number in 0..<exchanges {
                try await peer.send(Message(number: number))
                #expect(try await peer.receiveMessage().number == number)
            }
            await router.close()
            await expectError(.closed) { try await receiving.value }
            #expect(try await peer.receiveUntilClosed().isEmpty)
        }
    }

    @Test("heartbeats go on, and a silent peer is given up")
    func heartbeats() async throws {
        try await Self.answer(HeartbeatTests.heartbeats(.milliseconds(20), timeout: .seconds(2))) { router, peer, log in
            // Those of before were not answered, and few go out without.
            try await peer.send(ScriptedPeer.command("PONG"))
            var pings = 0
            let answering = Task {
                while try await router.echo().number != nil {}
            }
            while pings < 10 {
                try await peer.send(Message(number: pings))
                while case let frame = try await peer.receiveFrame(), frame.flags & 4 != 0 {
                    pings += 1
                    try await peer.send(ScriptedPeer.command("PONG", Array(frame.body.dropFirst(7))))
                }
            }
            try await peer.send("end" as Message)
            try await answering.value
            #expect(log.count(of: .disconnected) == 0)
            let end = try await log.wait(for: .disconnected)
            #expect(end.reason?.isHeartbeatTimeout == true, "\(end)")
        }
    }
}

extension RouterSocket {
    /// Sends the next message back to its peer.
    fileprivate func echo() async throws -> Message {
        let incoming = try await self.receive()
        try await self.send(incoming.message, to: incoming.peer)
        return incoming.message
    }
}
