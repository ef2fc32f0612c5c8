// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("RFC 28, REQ and REP", .timeLimit(.minutes(3)))
struct RequestReplyTests {
    @Test("take turns, and say so when it is not their turn", arguments: Transport.allCases)
    func alternation(transport: Transport) async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
            try await join(rep, req, over: transport)
            for _ in 0..<3 {
                await expectError(.wrongState) { try await req.receive() }
                await expectError(.wrongState) { try await rep.send("early") }
                try await req.send("question")
                await expectError(.wrongState) { try await req.send("again") }
                await expectError(.wrongState) { try req.trySend("again") }
                #expect(try await rep.receive() == "question")
                await expectError(.wrongState) { try await rep.receive() }
                await expectError(.wrongState) { try rep.tryReceive() }
                try await rep.send(["answer", "of two parts"])
                #expect(try await req.receive() == ["answer", "of two parts"])
            }
        }
    }

    @Test("serve a thousand requests of ten clients, each with its own answer", arguments: Transport.allCases)
    func manyClients(transport: Transport) async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket()
            let endpoint = try await rep.bind(to: transport.wildcard())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<10 {
                    group.addTask {
                        let req = try context.makeReqSocket()
                        try await req.connect(to: endpoint)
                        for number in 0..<100 {
                            let question: Message = [Message.Part("\(client)"), Message.Part("\(number)")]
                            #expect(try await req.request(question) == question)
                        }
                    }
                }
                for _ in 0..<1000 { try await rep.send(try await rep.receive()) }
                try await group.waitForAll()
            }
        }
    }

    @Test("ask peers in turn", arguments: Transport.allCases)
    func asksInTurn(transport: Transport) async throws {
        try await withSockets { context in
            let req = try context.makeReqSocket()
            let reps = try (0..<3).map { _ in try context.makeRepSocket() }
            for rep in reps { try await req.connect(to: try await rep.bind(to: transport.wildcard())) }
            for number in 0..<9 {
                try await req.send(Message(number: number))
                #expect(try await reps[number % 3].receive().number == number)
                try await reps[number % 3].send("done")
                #expect(try await req.receive() == "done")
            }
        }
    }

    @Test("hold off a request until there is a peer", arguments: Transport.allCases)
    func waitsForPeer(transport: Transport) async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
            let endpoint = try await req.bind(to: transport.wildcard())
            await expectError(.timedOut) { try await req.send("nobody", within: .milliseconds(5)) }
            async let reply = req.request("question")
            try await rep.connect(to: endpoint)
            #expect(try await rep.receive() == "question")
            try await rep.send("answer")
            #expect(try await reply == "answer")
        }
    }

    @Test("give up on a reply that does not come in time, which is then still due", arguments: Transport.allCases)
    func requestWithin(transport: Transport) async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
            try await join(rep, req, over: transport)
            #expect(try await req.request("question", within: .milliseconds(5)) == nil)
            await expectError(.wrongState) { try await req.request("impatient", within: .milliseconds(5)) }
            try await rep.send(try await rep.receive())
            #expect(try await req.receive() == "question")
            async let reply = req.request("in time", within: .seconds(60))
            try await rep.send(try await rep.receive())
            #expect(try await reply == "in time")
        }
    }

    @Test(
        "REQ: listens only to the peer that was asked, and passes over what has no delimiter",
        arguments: Transport.allCases)
    func ignoresOthers(transport: Transport) async throws {
        try await withSockets { context in
            let req = try context.makeReqSocket()
            let asked = try context.makeRouterSocket()
            let other = try context.makeRouterSocket()
            for router in [asked, other] { try await req.connect(to: try await router.bind(to: transport.wildcard())) }
            // One turn each, so that both know the REQ.
            var stranger: Peer?
            for router in [asked, other] {
                try await req.send("hello")
                let request = try await router.receive()
                try await router.send(request.message, to: request.peer)
                _ = try await req.receive()
                stranger = request.peer
            }
            try await req.send("question")
            let request = try await asked.receive()
            #expect(request.message == ["", "question"])
            try await other.send(["", "not asked"], to: try #require(stranger))
            try await asked.send("no delimiter", to: request.peer)
            try await asked.send(["x", "", "no delimiter in front"], to: request.peer)
            try await asked.send(["", "answer"], to: request.peer)
            #expect(try await req.receive() == "answer")
            await expectError(.wrongState) { try await req.receive() }
        }
    }

    @Test("REQ: throws stale replies away before it asks anew", arguments: Transport.allCases)
    func staleReplies(transport: Transport) async throws {
        try await withSockets { context in
            let (req, router) = (try context.makeReqSocket(), try context.makeRouterSocket())
            try await join(router, req, over: transport)
            try await req.send("one")
            let first = try await router.receive()
            for _ in 0..<3 { try await router.send(["", "reply to one"], to: first.peer) }
            #expect(try await req.receive() == "reply to one")
            #expect(try await eventually { req.snapshot().totals.unreadMessages == 2 })
            try await req.send("two")
            let second = try await router.receive()
            try await router.send(["", "reply to two"], to: second.peer)
            #expect(try await req.receive() == "reply to two")
        }
    }

    @Test("REP: keeps addresses and delimiter for the reply", arguments: Transport.allCases)
    func envelope(transport: Transport) async throws {
        try await withSockets { context in
            let (dealer, rep) = (try context.makeDealerSocket(), try context.makeRepSocket())
            try await join(rep, dealer, over: transport)
            try await dealer.send(["far", "near", "", "body", "", "tail"])
            #expect(try await rep.receive() == ["body", "", "tail"])
            try await rep.send(["re", "ply"])
            #expect(try await dealer.receive() == ["far", "near", "", "re", "ply"])
        }
    }

    @Test("REP: discards requests without delimiter or body, and goes on", arguments: Transport.allCases)
    func malformedRequests(transport: Transport) async throws {
        try await withSockets { context in
            let (dealer, rep) = (try context.makeDealerSocket(), try context.makeRepSocket())
            try await join(rep, dealer, over: transport)
            for malformed in ["alone", ["no", "delimiter"], Message(), ["only", ""]] as [Message] {
                try await dealer.send(malformed)
            }
            try await dealer.send(["", "good"])
            #expect(try await rep.receive() == "good")
            try await rep.send("fine")
            #expect(try await dealer.receive() == ["", "fine"])
        }
    }

    @Test("REP: drops the reply to a client that has gone, and serves the next one", arguments: Transport.allCases)
    func clientGone(transport: Transport) async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket()
            let log = EventLog(rep)
            let endpoint = try await rep.bind(to: transport.wildcard())
            let gone = try context.makeReqSocket()
            try await gone.connect(to: endpoint)
            try await gone.send("question")
            #expect(try await rep.receive() == "question")
            await gone.close()
            if transport != .inproc { try await log.wait(for: .disconnected) }
            try await rep.send("to nobody")
            let next = try context.makeReqSocket()
            try await next.connect(to: endpoint)
            async let reply = next.request("next")
            #expect(try await rep.receive() == "next")
            try await rep.send("served")
            #expect(try await reply == "served")
        }
    }
}
