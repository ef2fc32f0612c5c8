// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZeroMQ
import ZeroMQTesting

#if os(Linux)
import Foundation
#endif

/// Sockets whose messages are answers, written by whoever sends them: `DirectWriterTests` tell how.
@Suite("Answers that are written at once", .timeLimit(.minutes(4)))
struct DirectWritingTests {
    @Test("large and small requests and replies in turns", arguments: Transport.wires, Place.allCases)
    func turns(transport: Transport, place: Place) async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
            try await join(rep, req, over: transport)
            let sizes = [0, 1, 255, 256, 9000, 16_383, 16_384, 40_000, 300_000]
            let answering = Task(executorPreference: place.executor(of: rep)) {
                for _ in 0..<10 * sizes.count { try await rep.send(try await rep.receive()) }
            }
            for round in 0..<10 {
                for size in sizes {
                    let message: Message = [Message.Part("\(round)"), Message.Part(size: size), "end"]
                    #expect(try await req.request(message) == message)
                }
            }
            try await answering.value
            await req.close()
            await rep.close()
            for totals in [req.snapshot().totals, rep.snapshot().totals] {
                #expect(totals.sentMessages == 10 * sizes.count)
                #expect(totals.unknown == 0, "all were handed to the system, whoever wrote them")
            }
        }
    }

    @Test("are unknown, once, if the connection breaks while they are being written", arguments: Place.allCases)
    func cut(place: Place) async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket()
            let endpoint = try await rep.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint, receiveBuffer: 4096)
            try await peer.shakeHands(as: .req)
            // Larger than what the system holds for both sides.
            let sizes = [10, 20_000, 8 << 20]
            let answering = Task(executorPreference: place.executor(of: rep)) {
                for size in sizes {
                    let request = try await rep.receive()
                    try await rep.send([request[0], Message.Part(size: size)])
                }
            }
            for size in sizes.dropLast() {
                try await peer.send(["", "next"] as Message)
                #expect(try await peer.receiveMessage() == ["", "next", Message.Part(size: size)])
            }
            try await peer.send(["", "last"] as Message)
            try await answering.value
            _ = try await peer.receive(60_000)
            try await peer.reset()
            #expect(try await eventually { rep.snapshot().peers.isEmpty })
            #expect(rep.snapshot().totals.sentMessages == sizes.count)
            #expect(rep.snapshot().totals.unknown == 1)
        }
    }

    @Test("are whole, or were not begun, for a peer that has closed its side", arguments: Place.allCases)
    func halfClosed(place: Place) async throws {
        let rounds = 60
        try await withSockets { context in
            let rep = try context.makeRepSocket()
            let endpoint = try await rep.bind(to: "tcp://127.0.0.1:*")
            let answering = Task(executorPreference: place.executor(of: rep)) {
                for number in 0..<2 * rounds {
                    let request = try await rep.receive()
                    try await rep.send([request[0], Message.Part(size: 20_000 + number)])
                }
            }
            var answered = 0
            for round in 0..<rounds {
                let peer = try await ScriptedPeer.connect(to: endpoint)
                try await peer.shakeHands(as: .req)
                // From the second one on senders may write.
                try await peer.send(["", "first"] as Message)
                let first: Message = ["", "first", Message.Part(size: 20_000 + 2 * round)]
                #expect(try await peer.receiveMessage() == first)
                try await peer.send(["", "last"] as Message)
                for _ in 0..<round % 10 { await Task.yield() }
                try await peer.closeWriting()
                let last: Message = ["", "last", Message.Part(size: 20_001 + 2 * round)]
                let octets = try await peer.receiveUntilClosed()
                #expect(octets.isEmpty || octets == wire(last))
                answered += octets.isEmpty ? 1 : 2
                await peer.close()
            }
            try await answering.value
            #expect(try await eventually { rep.snapshot().peers.isEmpty })
            let totals = rep.snapshot().totals
            #expect(totals.unknown == 0)
            #expect(2 * rounds == answered + totals.dropped.unsent)
        }
    }

    @Test("keep their order among messages that the loop writes", arguments: Transport.wires)
    func bursts(transport: Transport) async throws {
        let (tasks, rounds, burst) = (6, 12, 30)
        try await withSockets { context in
            let (dealer, router) = (try context.makeDealerSocket(), try context.makeRouterSocket())
            try await join(router, dealer, over: transport)
            let answering = Task.detached {
                while let request = try? await router.receive() {
                    try await router.send(request.message, to: request.peer)
                }
            }
            let heard = Collected<Message>()
            for round in 0..<rounds {
                // Some in turns, so that answers are written at once, then many at the same time.
                for number in 0..<6 {
                    let message: Message = ["turn", Message.Part("\(round)"), Message.Part("\(number)")]
                    try await dealer.send(message)
                    #expect(try await dealer.receive() == message)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<tasks {
                        group.addTask {
                            for number in 0..<burst {
                                var message: Message = [Message.Part(size: (number * 7 + task) % 50 * 31)]
                                message.prepend(Message.Part("\(round * burst + number)"))
                                message.prepend(Message.Part("\(task)"))
                                try await dealer.send(message)
                            }
                        }
                        group.addTask {
                            for _ in 0..<burst { heard.append(try await dealer.receive()) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(heard.count == tasks * rounds * burst)
            // Two receivers may put down what they have in another order; what came twice or not at all shows.
            for task in 0..<tasks {
                let numbers = heard.all.filter { String($0[0]) == "\(task)" }.compactMap { Int(String($0[1])) }
                #expect(numbers.sorted() == Array(0..<rounds * burst))
            }
            await router.close()
            try await answering.value
        }
    }

    @Test("keep their order towards one receiver", arguments: Transport.wires)
    func order(transport: Transport) async throws {
        let (tasks, total) = (4, 2000)
        try await withSockets { context in
            let (dealer, other) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            try await join(other, dealer, over: transport)
            for _ in 0..<10 {
                try await dealer.send("turn")
                try await other.send(try await other.receive())
                #expect(try await dealer.receive() == "turn")
            }
            let sending = Task.detached {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<tasks {
                        group.addTask {
                            for number in 0..<total / tasks {
                                try await dealer.send([Message.Part("\(task)"), Message.Part("\(number)")])
                                if number % 10 == 0 { await Task.yield() }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            var next = Array(repeating: 0, count: tasks)
            for count in 0..<total {
                let message = try await other.receive()
                let task = try #require(message.number)
                #expect(String(message[1]) == "\(next[task])")
                next[task] += 1
                // The sender's turn begins anew now and then.
                if count % 50 == 0 { try await other.send("more") }
                _ = try dealer.tryReceive()
            }
            try await sending.value
        }
    }

    @Test("go on where a peer that did not read has begun to, octet for octet", arguments: Place.allCases)
    func shortWrites(place: Place) async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket(.marks(sending: nil, receiving: 1000))
            let endpoint = try await rep.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint, receiveBuffer: 4096)
            try await peer.shakeHands(as: .req)
            let total = 400
            let (answers, answered) = AsyncStream<Void>.makeStream()
            let answering = Task(executorPreference: place.executor(of: rep)) {
                for number in 0..<total {
                    let request = try await rep.receive()
                    #expect(request.number == number)
                    try await rep.send([request[0], Message.Part(size: 12_000 + number * 17 % 4000)])
                    // The peer sends one at a time, and reads nothing before the last.
                    answered.yield()
                }
            }
            var turns = answers.makeAsyncIterator()
            for number in 0..<total {
                try await peer.send(["", Message.Part("\(number)")] as Message)
                await turns.next()
            }
            try await answering.value
            for number in 0..<total {
                let reply = try await peer.receiveMessage()
                #expect(reply == ["", Message.Part("\(number)"), Message.Part(size: 12_000 + number * 17 % 4000)])
            }
            await peer.close()
            #expect(try await eventually { rep.snapshot().peers.isEmpty })
            #expect(rep.snapshot().totals.unknown == 0)
        }
    }

    @Test("are well framed among the answers to PING")
    func heartbeats() async throws {
        let (rounds, pings) = (300, 300)
        try await withSockets { context in
            let req = try context.makeReqSocket()
            let listener = try await ScriptedListener.bind()
            try await req.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .rep)
            let requesting = Task.detached {
                for number in 0..<rounds {
                    let request: Message = [Message.Part("\(number)"), Message.Part(size: number % 700)]
                    let reply = try await req.request(request)
                    #expect(reply == request)
                }
            }
            let pinging = Task.detached {
                for number in 0..<pings {
                    let context = [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
                    try await peer.send(ScriptedPeer.command("PING", [0, 0] + context))
                }
            }
            var (requests, pongs) = (0, 0)
            var parts: [Message.Part] = []
            while requests < rounds || pongs < pings {
                let frame = try await peer.receiveFrame()
                if frame.flags & 4 != 0 {
                    try #require(frame.isCommand(named: "PONG"))
                    #expect(Int(frame.body[5]) << 8 | Int(frame.body[6]) == pongs)
                    #expect(parts.isEmpty, "a command in the middle of a message")
                    pongs += 1
                    continue
                }
                parts.append(Message.Part(frame.body))
                guard frame.flags & 1 == 0 else { continue }
                #expect(parts == ["", Message.Part("\(requests)"), Message.Part(size: requests % 700)])
                try await peer.send(Message(parts: parts))
                parts = []
                requests += 1
            }
            try await requesting.value
            try await pinging.value
            await peer.close()
            await listener.close()
        }
    }

    @Test("do no harm to a socket whose peer breaks the connection")
    func resets() async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket()
            let endpoint = try await rep.bind(to: "tcp://127.0.0.1:*")
            let answering = Task.detached {
                while let request = try? await rep.receive() { try await rep.send(request) }
            }
            for round in 0..<24 {
                let peer = try await ScriptedPeer.connect(to: endpoint)
                try await peer.shakeHands(as: .req)
                for number in 0..<round % 4 {
                    try await peer.send(["", Message.Part("\(number)")] as Message)
                    #expect(try await peer.receiveMessage() == ["", Message.Part("\(number)")])
                }
                try await peer.send(["", "last"] as Message)
                if round % 2 == 0 { await Task.yield() }
                try await peer.reset()
            }
            let req = try context.makeReqSocket()
            try await req.connect(to: endpoint)
            for number in 0..<10 { #expect(try await req.request(Message(number: number)).number == number) }
            await rep.close()
            try await answering.value
        }
    }

    @Test("leave before a socket that is closed at once", arguments: Transport.wires, Place.allCases)
    func closing(transport: Transport, place: Place) async throws {
        for round in 0..<20 {
            try await withSockets { context in
                let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
                try await join(rep, req, over: transport)
                let answering = Task(executorPreference: place.executor(of: rep)) {
                    for number in 0...3 {
                        let request = try await rep.receive()
                        try await rep.send(request)
                        if number == 3 { #expect(await rep.close().lost == 0) }
                    }
                }
                for number in 0...3 {
                    let message: Message = [Message.Part("\(number)"), Message.Part(size: round * 1200)]
                    #expect(try await req.request(message) == message)
                }
                try await answering.value
            }
        }
    }

    @Test("all arrive, whoever closes while they are sent", arguments: Transport.wires)
    func closingAmongSenders(transport: Transport) async throws {
        for round in 0..<6 {
            try await withSockets { context in
                let (dealer, other) = (try context.makeDealerSocket(), try context.makeDealerSocket())
                try await join(other, dealer, over: transport)
                for _ in 0..<6 {
                    try await dealer.send("turn")
                    try await other.send(try await other.receive())
                    #expect(try await dealer.receive() == "turn")
                }
                let (sent, received) = (Collected<Int>(), Collected<Int>())
                let receiving = Task.detached {
                    while let message = try? await other.receive() { received.append(message.number ?? -1) }
                }
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<3 {
                        group.addTask {
                            // Fails once the socket is closed.
                            while (try? await dealer.send(Message(number: task))) != nil {
                                sent.append(task)
                                await Task.yield()
                            }
                        }
                    }
                    group.addTask {
                        for _ in 0..<round * 20 { await Task.yield() }
                        #expect(await dealer.close().lost == 0)
                    }
                }
                let haveAllCome = try await eventually { received.count >= sent.count }
                #expect(haveAllCome)
                await other.close()
                await receiving.value
                #expect(received.all.sorted() == sent.all.sorted())
            }
        }
    }

    #if os(Linux)
    @Test("take a second descriptor for some of the peers, and give all back")
    func descriptors() async throws {
        let (clients, limit) = (12, 8)
        try await withSockets { context in
            let rep = try context.makeRepSocket()
            let log = EventLog(rep)
            let endpoint = try await rep.bind(to: "tcp://127.0.0.1:*")
            let port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
            let answering = Task.detached {
                while let request = try? await rep.receive() { try await rep.send(request) }
            }
            var sockets: [ReqSocket] = []
            for number in 0..<clients {
                let req = try context.makeReqSocket()
                try await req.connect(to: endpoint)
                sockets.append(req)
                #expect(try await req.request(Message(number: number)).number == number)
            }
            for _ in 0..<5 {
                for req in sockets { #expect(try await req.request("again") == "again") }
            }
            // Two for each connection, and one for each end that writes directly.
            let expected = clients * 2 + clients + limit
            let isThere = try await eventually { try Self.descriptors(ofPort: port) == expected }
            let count = try Self.descriptors(ofPort: port)
            #expect(isThere, "\(count) instead of \(expected)")
            // Those who come later have what others leave.
            for _ in 0..<4 { await sockets.removeFirst().close() }
            try await log.wait(for: .disconnected, count: 4)
            for _ in 0..<4 {
                let req = try context.makeReqSocket()
                try await req.connect(to: endpoint)
                for _ in 0..<5 { #expect(try await req.request("again") == "again") }
                sockets.append(req)
            }
            let isThereAgain = try await eventually { try Self.descriptors(ofPort: port) == expected }
            #expect(isThereAgain)
            for req in sockets { await req.close() }
            await rep.close()
            let isGone = try await eventually { try Self.descriptors(ofPort: port) == 0 }
            #expect(isGone)
            try await answering.value
        }
    }

    /// How many descriptors of this process belong to tcp connections from or to a port.
    private static func descriptors(ofPort port: UInt16) throws -> Int {
        let hexadecimal = ":" + String(format: "%04X", port)
        var sockets: Set<String> = []
        // To read it as a string would be to stop at the first page.
        let table = try #require(try FileHandle(forReadingAtPath: "/proc/net/tcp")?.readToEnd())
        for line in String(decoding: table, as: UTF8.self).split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            let isListening = fields[3] == "0A"
            guard !isListening, fields[1].hasSuffix(hexadecimal) || fields[2].hasSuffix(hexadecimal) else { continue }
            sockets.insert("socket:[\(fields[9])]")
        }
        return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
            // One that was closed meanwhile has no destination.
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            else { return false }
            return sockets.contains(target)
        }
    }
    #endif
}
