// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("REQ that is relaxed or correlates", .timeLimit(.minutes(3)))
struct RelaxedRequestTests {
    private static let both = SocketOptions.with {
        $0.reqRelaxed = true
        $0.reqCorrelate = true
    }

    @Test("may ask again before the reply is there", arguments: Transport.allCases)
    func relaxed(transport: Transport) async throws {
        try await withSockets { context in
            let (req, router) = (
                try context.makeReqSocket(.with { $0.reqRelaxed = true }), try context.makeRouterSocket()
            )
            try await join(router, req, over: transport)
            try await req.send("one")
            try await req.send("two")
            #expect(try await router.receive().message == ["", "one"])
            let second = try await router.receive()
            #expect(second.message == ["", "two"])
            try await router.send(["", "answer"], to: second.peer)
            #expect(try await req.receive() == "answer")
            await expectError(.wrongState) { try await req.receive() }
        }
    }

    @Test("puts a number before the delimiter, another one for each request", arguments: Transport.allCases)
    func numbers(transport: Transport) async throws {
        try await withSockets { context in
            let (req, router) = (try context.makeReqSocket(Self.both), try context.makeRouterSocket())
            try await join(router, req, over: transport)
            var numbers: Set<Message.Part> = []
            for round in 0..<5 {
                try await req.send(Message(number: round))
                let request = try await router.receive()
                #expect(request.message.count == 3)
                #expect(request.message[0].count == 4)
                #expect(request.message[1].isEmpty)
                #expect(request.message[2] == Message.Part("\(round)"))
                numbers.insert(request.message[0])
                // Every second request goes without an answer.
                guard round % 2 == 0 else { continue }
                try await router.send(request.message, to: request.peer)
                #expect(try await req.receive().number == round)
            }
            #expect(numbers.count == 5)
        }
    }

    @Test("takes no late reply for the new one's", arguments: Transport.allCases)
    func lateReply(transport: Transport) async throws {
        try await withSockets { context in
            let (req, router) = (try context.makeReqSocket(Self.both), try context.makeRouterSocket())
            try await join(router, req, over: transport)
            try await req.send("one")
            let first = try await router.receive()
            try await req.send("two")
            let second = try await router.receive()
            try await router.send(first.message, to: first.peer)
            try await router.send(["", "no number"], to: first.peer)
            try await router.send("nothing at all", to: first.peer)
            try await router.send(second.message, to: second.peer)
            #expect(try await req.receive() == "two")
        }
    }

    @Test("is answered by a REP, which sends the number back", arguments: Transport.allCases)
    func withRep(transport: Transport) async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeReqSocket(Self.both), try context.makeRepSocket())
            try await join(rep, req, over: transport)
            for number in 0..<10 {
                try await req.send(Message(number: number))
                #expect(try await rep.receive().number == number)
                try await rep.send(Message(number: -number))
                #expect(try await req.receive().number == -number)
            }
        }
    }

    @Test("asks the next peer when it asks again", arguments: Transport.allCases)
    func nextPeer(transport: Transport) async throws {
        try await withSockets { context in
            let req = try context.makeReqSocket(Self.both)
            let (silent, helpful) = (try context.makeRepSocket(), try context.makeRepSocket())
            for rep in [silent, helpful] { try await req.connect(to: try await rep.bind(to: transport.wildcard())) }
            try await req.send("first try")
            #expect(try await silent.receive() == "first try")
            try await req.send("second try")
            #expect(try await helpful.receive() == "second try")
            try await silent.send("too late")
            try await helpful.send("here you are")
            #expect(try await req.receive() == "here you are")
        }
    }
}
