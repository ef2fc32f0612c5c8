// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Envelopes on the wire, RFC 28", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct EnvelopeTests {
    @Test("REQ puts an empty delimiter before the body")
    func reqDelimiter() async throws {
        try await withPeer { context, peer in
            let router = try await peer.open(.router)
            let req = try context.makeReqSocket()
            try await req.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            async let reply = req.request(["one", "two"])
            let request = try #require(try await router.receive())
            #expect(request.dropFirst().map { String($0) } == ["", "one", "two"])
            try await router.send([request[0], "", "done", ""])
            #expect(try await reply == ["done", ""])
        }
    }

    @Test("REQ skips a reply without delimiter and takes the next one")
    func reqSkipsMalformed() async throws {
        try await withPeer { context, peer in
            let dealer = try await peer.open(.router)
            let req = try context.makeReqSocket()
            try await req.connect(to: try await dealer.bind(to: "tcp://127.0.0.1:*"))
            try await req.send("question")
            let request = try #require(try await dealer.receive())
            try await dealer.send([request[0], "nonsense", "more"])
            try await dealer.send([request[0], "", "answer"])
            #expect(try await req.receive(within: .seconds(20)) == "answer")
        }
    }

    @Test("a correlating REQ puts an id of 4 octets before the delimiter, one more each time")
    func reqCorrelate() async throws {
        try await withPeer { context, peer in
            let router = try await peer.open(.router)
            var options = SocketOptions()
            options.reqCorrelate = true
            options.reqRelaxed = true
            let req = try context.makeReqSocket(options)
            try await req.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await req.send("first")
            let first = try #require(try await router.receive())
            try await req.send("second")
            let second = try #require(try await router.receive())
            #expect(first.map(\.count) == [5, 4, 0, 5])
            #expect(second.map(\.count) == [5, 4, 0, 6])
            #expect(first[1] != second[1])
            // The answer to the abandoned request comes late and is dropped.
            try await router.send([first[0], first[1], "", "late"])
            try await router.send([second[0], second[1], "", "right"])
            #expect(try await req.receive(within: .seconds(20)) == "right")
        }
    }

    @Test("a foreign REP answers our correlating REQ, and ours answers theirs", arguments: [true, false])
    func correlateThroughRep(isOurReq: Bool) async throws {
        try await withPeer { context, peer in
            if isOurReq {
                var options = SocketOptions()
                options.reqCorrelate = true
                let (req, rep) = (try context.makeReqSocket(options), try await peer.open(.rep))
                try await req.connect(to: try await rep.bind(to: "tcp://127.0.0.1:*"))
                async let echoed = rep.echo(3)
                for body in ["a", "b", "c"] { #expect(try await req.request(Message(body)) == Message(body)) }
                #expect(try await echoed == 3)
            } else {
                let rep = try context.makeRepSocket()
                let req = try await peer.open(.req, ["req_correlate": 1, "req_relaxed": 1])
                try await req.connect(to: try await rep.bind(to: "tcp://127.0.0.1:*"))
                async let replies = req.requestMany(3, ["x"])
                for _ in 0..<3 {
                    let request = try await rep.receive()
                    try await rep.send(request)
                }
                #expect(try await replies.map(\.text) == [["x", "0"], ["x", "1"], ["x", "2"]])
            }
        }
    }

    @Test(
        "REP gives a foreign DEALER its delimiter and all address parts back",
        arguments: [[""], ["hop", ""], ["far", "near", ""]] as [Message]
    )
    func repKeepsEnvelope(envelope: Message) async throws {
        try await withPeer { context, peer in
            let rep = try context.makeRepSocket()
            let dealer = try await peer.open(.dealer)
            try await dealer.connect(to: try await rep.bind(to: "tcp://127.0.0.1:*"))
            try await dealer.send(Message(parts: envelope + ["body", "", "end"]))
            #expect(try await rep.receive(within: .seconds(20)) == ["body", "", "end"])
            try await rep.send(["reply", ""])
            #expect(try await dealer.receive()?.text == envelope.text + ["reply", ""])
        }
    }

    @Test("REP discards requests without delimiter and goes on")
    func repDiscardsMalformed() async throws {
        try await withPeer { context, peer in
            let rep = try context.makeRepSocket()
            let dealer = try await peer.open(.dealer)
            try await dealer.connect(to: try await rep.bind(to: "tcp://127.0.0.1:*"))
            for message: Message in ["no delimiter", ["still", "none"], ["", "good"]] { try await dealer.send(message) }
            #expect(try await rep.receive(within: .seconds(20)) == "good")
            try await rep.send("reply")
            #expect(try await dealer.receive() == ["", "reply"])
        }
    }

    @Test("REP answers the requester that asked, of several")
    func repAnswersRequester() async throws {
        try await withPeer { context, peer in
            let rep = try context.makeRepSocket()
            let endpoint = try await rep.bind(to: "tcp://127.0.0.1:*")
            var clients: [ForeignSocket] = []
            for number in 0..<10 {
                let client = try await peer.open(.req)
                try await client.connect(to: endpoint)
                try await client.send(Message("\(number)"))
                clients.append(client)
            }
            for _ in clients {
                let request = try #require(try await rep.receive(within: .seconds(20)))
                try await rep.send(request)
            }
            for (number, client) in clients.enumerated() {
                #expect(try await client.receive()?.text == ["\(number)"])
            }
        }
    }
}
