// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

/// What is lost with a connection, and what is not.
@Suite("A connection that breaks", .timeLimit(.minutes(3)))
struct BrokenConnectionTests {
    private static let quick = SocketOptions.with { $0.reconnect = .quick }

    /// What our side has to write to a peer that is gone.
    enum Writing: CaseIterable {
        case messages, messagesAfterReset, answersAfterReset
    }

    @Test(
        "does not take with it what its peer sent before, though writing to it fails and nobody has room to read",
        arguments: Writing.allCases)
    func readsOnWhereWritingFails(writing: Writing) async throws {
        // More than one read brings, and no more than the system holds on this side: a reset takes the rest.
        let (first, count) = (2, 17)
        for _ in 0..<10 {
            try await withSockets { context in
                let router = try context.makeRouterSocket(
                    .with {
                        $0.receiveHighWaterMark = 1
                        $0.receiveBuffer = 1 << 20
                    })
                let log = EventLog(router)
                let peer = try await ScriptedPeer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
                try await peer.shakeHands(as: .dealer, routingID: "ann")
                for number in 0..<first { try await peer.send(Message(number: number)) }
                #expect(try await eventually { router.snapshot().totals.unreadMessages > 0 })
                // From here on nothing is read.
                let body = Message.Part(size: 10_000)
                for number in first..<count {
                    if writing == .answersAfterReset { try await peer.send(ScriptedPeer.command("PING", [0, 0])) }
                    try await peer.send([Message.Part("\(number)"), body])
                }
                // What the peer has not read makes its end a reset.
                if writing != .messages { try await router.send("never read", to: "ann") }
                await peer.close()
                for _ in 0..<20 { try await router.send("into the void", to: "ann") }
                try await log.wait(for: .disconnected)
                for number in 0..<count { try #require(try router.tryReceive()?.message.number == number) }
            }
        }
    }

    @Test(
        "leaves what an accepted peer sent, whatever the type: it is still received",
        arguments: [SocketType.pull, .dealer, .router, .pair, .sub, .xsub, .xpub], [true, false])
    func lastWords(type: SocketType, isReset: Bool) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            if type == .sub || type == .xsub { try socket.subscribe() }
            let log = EventLog(socket)
            let peer = try await ScriptedPeer.connect(to: try await socket.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: type == .xpub ? .xsub : type.counterpart, routingID: "ann")
            for number in 0..<20 { try await peer.send([Message.Part("n\(number)"), "more"]) }
            // A reset takes with it what has not arrived.
            let isHere = try await eventually {
                let totals = socket.snapshot().totals
                return totals.unreadMessages + totals.receivedMessages == 20
            }
            #expect(isHere)
            if isReset { try await peer.reset() } else { await peer.close() }
            try await log.wait(for: .disconnected)
            for number in 0..<20 {
                let message = try await socket.receive()
                #expect(message.suffix(2).map { String($0) } == ["n\(number)", "more"])
            }
            #expect(try socket.tryReceive() == nil)
            #expect(socket.snapshot().peers.isEmpty)
        }
    }

    @Test("takes with it, on the side that dialled, the message being written, whole; the next one is sent whole")
    func losesWhatIsBeingWritten() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket(Self.quick)
            try await push.connect(to: listener.endpoint)
            let first = try await listener.accept()
            try await first.shakeHands(as: .pull)
            // More than the system takes.
            try await push.send(Message(size: 64 << 20))
            try await push.send(["next", "with parts"])
            _ = try await first.receive(100_000)
            await first.close()
            let second = try await listener.accept()
            try await second.shakeHands(as: .pull)
            #expect(try await second.receiveMessage() == ["next", "with parts"])
            #expect(push.snapshot().totals.unknown == 1)
            await second.close()
        }
        await listener.close()
    }

    @Test("takes with it, on the side that dialled, a message that came in part; the next connection begins afresh")
    func losesWhatCameInPart() async throws {
        let listener = try await ScriptedListener.bind()
        let whole =
            ScriptedPeer.frame([0x31], more: true) + ScriptedPeer.frame([0x32], more: true)
            + ScriptedPeer.frame(Array(repeating: 0x33, count: 300))
        try await withSockets { context in
            let pull = try context.makePullSocket(Self.quick)
            try await pull.connect(to: listener.endpoint)
            for cut in [1, 3, 5, 7, 20, whole.count - 1] {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .push)
                try await peer.send(ScriptedPeer.frame([0x30]) + whole.prefix(cut))
                await peer.close()
            }
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .push)
            try await peer.send(whole)
            for _ in 0..<6 { #expect(try await pull.receive() == "0") }
            #expect(try await pull.receive().map(\.count) == [1, 1, 300])
            await peer.close()
        }
        await listener.close()
    }

    @Test("takes its queue with it where ZMQ_IMMEDIATE is set: the next connection gets what is sent then")
    func immediateQueue() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            var options = Self.quick
            options.immediate = true
            options.sendHighWaterMark = 10
            let push = try context.makePushSocket(options)
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            let first = try await listener.accept()
            try await first.shakeHands(as: .pull)
            try await log.wait(for: .handshakeSucceeded)
            while try push.trySend(Message(size: 2_000_000)) {}
            #expect(push.unsentMessages > 0)
            await first.close()
            try await log.wait(for: .disconnected)
            let second = try await listener.accept()
            try await second.shakeHands(as: .pull)
            try await push.send("new")
            #expect(try await second.receiveMessage() == "new")
            #expect(push.snapshot().totals.dropped[.peerGone] > 0)
            await second.close()
        }
        await listener.close()
    }

    @Test(
        "takes its queue with it on the side that accepted: who comes in its place gets nothing of it",
        arguments: [SocketType.push, .dealer, .pair, .router])
    func acceptedQueue(type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(
                type,
                .with {
                    $0.sendHighWaterMark = 10
                    $0.routerMandatory = true
                })
            let address: [Message.Part] = type == .router ? ["ann"] : []
            let log = EventLog(socket)
            let endpoint = try await socket.bind(to: "tcp://127.0.0.1:*")
            let first = try await ScriptedPeer.connect(to: endpoint, receiveBuffer: 4096)
            try await first.shakeHands(as: type.counterpart, routingID: "ann")
            try await log.wait(for: .handshakeSucceeded)
            let body = Message.Part(size: 2_000_000)
            while try socket.trySend(Message(parts: address + [body])) {}
            #expect(socket.unsentMessages > 0)
            try await first.reset()
            try await log.wait(for: .disconnected)
            #expect(socket.unsentMessages == 0)
            #expect(socket.snapshot().totals.dropped[.peerGone] > 0)
            let second = try await ScriptedPeer.connect(to: endpoint)
            try await second.shakeHands(as: type.counterpart, routingID: "ann")
            try await log.wait(for: .handshakeSucceeded, count: 2)
            try await socket.send(Message(parts: address + ["new"]))
            #expect(try await second.receiveMessage() == "new")
            await second.close()
        }
    }

    @Test("leaves a REQ waiting: the request is not sent again, and a reply on the next connection is taken")
    func requestOverNextConnection() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let req = try context.makeReqSocket(Self.quick)
            try await req.connect(to: listener.endpoint)
            try await req.send("question")
            let first = try await listener.accept()
            try await first.shakeHands(as: .rep)
            #expect(try await first.receiveMessage() == ["", "question"])
            await first.close()
            let second = try await listener.accept()
            try await second.shakeHands(as: .rep)
            try await second.send(["", "answer"] as Message)
            #expect(try await req.receive() == "answer")
            try await req.send("next question")
            #expect(try await second.receiveMessage() == ["", "next question"])
            await second.close()
        }
        await listener.close()
    }

    @Test("because of a part that is too large is an event with a time to dial again, and is dialled again")
    func oversizeOfDialled() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            var options = Self.quick
            options.maxMessageSize = 10
            let pull = try context.makePullSocket(options)
            let log = EventLog(pull)
            try await pull.connect(to: listener.endpoint)
            for round in 1...3 {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .push)
                // The limit is for each part, not for the message.
                try await peer.send([Message.Part(size: 10), Message.Part(size: 10)] as Message)
                #expect(try await pull.receive().map(\.count) == [10, 10])
                try await peer.send(Message(size: 11))
                _ = try await peer.receiveUntilClosed()
                let end = try await log.wait(for: .disconnected, count: round)
                #expect(end.reason?.violation == .frameTooLarge)
                #expect(end.retryIn != nil)
                await peer.close()
            }
        }
        await listener.close()
    }
}
