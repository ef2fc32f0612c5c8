// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("A socket whose type is chosen at run time", .timeLimit(.minutes(3)))
struct AnySocketTests {
    @Test("knows its type", arguments: [SocketType.req, .rep, .dealer, .router, .push, .pull, .pair])
    func type(type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            #expect(socket.type == type)
        }
    }

    @Test("has the routing id as first part if it is a ROUTER, both ways", arguments: Transport.allCases)
    func router(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeSocket(.router)
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            try await join(router, dealer, over: transport)
            for body in ["one", ["two", "parts"], Message()] as [Message] {
                try await dealer.send(body)
                var request = try await router.receive()
                #expect(request.count == body.count + 1)
                #expect(request.removeFirst() == "ann")
                #expect(request == body)
                request.prepend("ann")
                try await router.send(request)
                #expect(try await dealer.receive() == body)
            }
        }
    }

    @Test("sends an answer back to a peer with a generated id", arguments: Transport.allCases)
    func generatedID(transport: Transport) async throws {
        try await withSockets { context in
            let (router, req) = (try context.makeSocket(.router), try context.makeReqSocket())
            try await join(router, req, over: transport)
            try await req.send("question")
            let request = try await router.receive()
            #expect(request.count == 3)
            #expect(request[0].count == 5)
            try await router.send(request)
            #expect(try await req.receive() == "question")
        }
    }

    @Test("ignores an address without a body, and drops what has no taker")
    func addressOnly() async throws {
        try await withSockets { context in
            let router = try context.makeSocket(.router)
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            try await join(router, dealer, over: .inproc)
            try await router.send("ann")
            try await router.send(["bob", "nobody"])
            try await router.send(["", "no address"])
            try await router.send([Message.Part(size: 300), "no such address"])
            try await router.send(["ann", "body"])
            #expect(try await dealer.receive() == "body")
            let strict = try context.makeSocket(.router, .with { $0.routerMandatory = true })
            await expectError(.unroutable) { try await strict.send(["bob", "nobody"]) }
            await expectError(.unroutable) { try strict.trySend(["bob", "nobody"]) }
        }
    }

    @Test("says what its type cannot do")
    func notSupported() async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makeSocket(.push), try context.makeSocket(.pull))
            await expectError(.notSupported) { try await push.receive() }
            await expectError(.notSupported) { try push.tryReceive() }
            await expectError(.notSupported) { try await push.receive(within: .seconds(1)) }
            await expectError(.notSupported) { try await pull.send("no") }
            await expectError(.notSupported) { try pull.trySend("no") }
            let error = await expectError(.notSupported) { try await pull.send("no", within: .seconds(1)) }
            #expect(error?.message.contains("PULL") == true)
        }
    }

    @Test("keeps to its turn if it is a REQ or a REP")
    func turns() async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeSocket(.req), try context.makeSocket(.rep))
            try await join(rep, req, over: .inproc)
            await expectError(.wrongState) { try await rep.send("early") }
            try await req.send("question")
            await expectError(.wrongState) { try await req.send("again") }
            #expect(try await rep.receive() == "question")
            try await rep.send("answer")
            #expect(try await req.receive() == "answer")
        }
    }
}
