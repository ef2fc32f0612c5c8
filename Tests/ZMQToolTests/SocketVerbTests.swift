// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("Socket verbs", .serialized)
struct SocketVerbTests {
    // MARK: PUSH and PULL

    @Test("A sender without a peer waits for one and loses nothing, whoever binds")
    func patientSender() async throws {
        let push = try Tool(["push", "--bind", anyPort], input: "a\nb\nc\n")
        let pull = try await Tool.run(["pull", "--connect", try await push.bound(), "--count", "3"])
        #expect(pull.text == "a\nb\nc\n")
        #expect(try await push.outcome().status == 0)
    }

    @Test("push --count ends after so many, although there is more")
    func countSent() async throws {
        let pull = try Tool(["pull", "--bind", anyPort, "--count", "2"], input: "")
        let push = try Tool(["push", "--connect", try await pull.bound(), "--count", "2"])
        push.write("a\nb\nc\n")
        #expect(try await push.outcome().status == 0)
        #expect(try await pull.outcome().text == "a\nb\n")
    }

    @Test("pull --count leaves the rest")
    func countReceived() async throws {
        let pull = try Tool(["pull", "--bind", anyPort, "--count", "2"], input: "")
        let push = try Tool(
            ["push", "--connect", try await pull.bound(), "--option", "linger=100"], input: "a\nb\nc\n")
        #expect(try await pull.outcome() == Tool.Outcome(status: 0, output: Array("a\nb\n".utf8), errors: pull.errors))
        _ = try await push.outcome()
    }

    @Test("A message is written as soon as it is there")
    func unbuffered() async throws {
        let pull = try Tool(["pull", "--bind", anyPort])
        let push = try Tool(["push", "--connect", try await pull.bound()])
        push.write("now\n")
        try await pull.waitForOutput("now\n")
        push.write("and then\n")
        try await pull.waitForOutput("and then\n")
    }

    // MARK: REQ and REP

    @Test("req sends a line, prints its reply, takes the next")
    func request() async throws {
        let echo = try Tool(["rep", "--echo", "--bind", anyPort])
        let request = try await Tool.run(["req", "--connect", try await echo.bound()], input: "a\n\nb")
        #expect(request.status == 0)
        #expect(request.text == "a\n\nb\n")
        try await echo.waitForOutput("a\n\nb\n")
    }

    @Test("req --count ends after so many replies")
    func requestCount() async throws {
        let echo = try Tool(["rep", "--echo", "--bind", anyPort])
        let request = try Tool(["req", "--connect", try await echo.bound(), "--count", "2"])
        request.write("a\nb\nc\n")
        let outcome = try await request.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text == "a\nb\n")
    }

    @Test("rep answers with the lines of its input, and ends with them")
    func reply() async throws {
        let rep = try Tool(["rep", "--bind", anyPort], input: "one\ntwo\n")
        let request = try await Tool.run(["req", "--connect", try await rep.bound()], input: "a\nb\n")
        #expect(request.text == "one\ntwo\n")
        let outcome = try await rep.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text == "a\nb\n")
    }

    @Test("rep shows the request before it asks for the answer")
    func replyByHand() async throws {
        let rep = try Tool(["rep", "--bind", anyPort])
        let request = try Tool(["req", "--connect", try await rep.bound()], input: "question\n")
        try await rep.waitForOutput("question\n")
        rep.write("answer\n")
        #expect(try await request.outcome().text == "answer\n")
        rep.closeInput()
        #expect(try await rep.outcome().status == 0)
    }

    @Test("rep --count ends after so many replies", arguments: [["--echo"], []])
    func replyCount(options: [String]) async throws {
        let rep = try Tool(["rep", "--bind", anyPort, "--count", "2"] + options)
        if options.isEmpty { rep.write("a\nb\nc\n") }
        let request = try Tool(["req", "--connect", try await rep.bound(), "--count", "2"], input: "a\nb\n")
        #expect(try await request.outcome().text == "a\nb\n")
        #expect(try await rep.outcome().status == 0)
    }

    @Test("Requests and replies may have parts")
    func multipart() async throws {
        let echo = try Tool(["rep", "--echo", "--bind", anyPort, "--format", "json"])
        let request = try await Tool.run(
            ["req", "--connect", try await echo.bound(), "--format", "json"],
            input: "[\"a\",\"\",{\"hex\":\"ff\"}]\n")
        #expect(request.text == "[\"a\",\"\",{\"hex\":\"ff\"}]\n")
        #expect(echo.output == request.text)
    }

    // MARK: DEALER, ROUTER, PAIR

    @Test("dealer asks a REP with the delimiter, and ends when all has come and its input has ended")
    func dealer() async throws {
        let echo = try Tool(["rep", "--echo", "--bind", anyPort])
        let dealer = try await Tool.run(
            ["dealer", "--connect", try await echo.bound(), "--format", "json", "--count", "3"],
            input: "[\"\",\"a\"]\n[\"\",\"b\"]\n[\"\",\"c\"]\n")
        #expect(dealer.status == 0)
        #expect(dealer.text == "[\"\",\"a\"]\n[\"\",\"b\"]\n[\"\",\"c\"]\n")
    }

    @Test("router shows the routing id and sends to the peer it names")
    func router() async throws {
        let router = try Tool(["router", "--bind", anyPort, "--format", "json"])
        let dealer = try Tool(
            ["dealer", "--connect", try await router.bound(), "--routing-id", "anna", "--count", "1"], input: "hi\n")
        try await router.waitForOutput("[\"anna\",\"hi\"]\n")
        router.write("[\"nobody\",\"lost\"]\n[\"anna\",\"hello\"]\n")
        let outcome = try await dealer.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text == "hello\n")
        router.closeInput()
        #expect(try await router.outcome().status == 0)
    }

    @Test("A routing id that the ROUTER made up is bytes, and can be answered")
    func generatedID() async throws {
        let router = try Tool(["router", "--bind", anyPort, "--format", "json"])
        let dealer = try Tool(["dealer", "--connect", try await router.bound(), "--count", "1"], input: "hi\n")
        try await router.waitForOutput(",\"hi\"]\n")
        router.write(router.output.replacing("\"hi\"", with: "\"hello\""))
        #expect(try await dealer.outcome().text == "hello\n")
    }

    @Test("router holds what was piped in until it has had a peer")
    func patientRouter() async throws {
        let router = try Tool(["router", "--bind", anyPort, "--format", "json"], input: "[\"anna\",\"early\"]\n")
        let dealer = try await Tool.run(
            ["dealer", "--connect", try await router.bound(), "--routing-id", "anna", "--count", "1"])
        #expect(dealer.text == "early\n")
        #expect(try await router.outcome().status == 0)
    }

    @Test("router --echo and dealer --echo send each message back, and print it", arguments: ["router", "dealer"])
    func echo(verb: String) async throws {
        let echo = try Tool([verb, "--echo", "--bind", anyPort, "--count", "3"])
        let dealer = try await Tool.run(
            ["dealer", "--connect", try await echo.bound(), "--count", "3", "--routing-id", "x"], input: "a\nb\nc\n")
        #expect(dealer.text == "a\nb\nc\n")
        let outcome = try await echo.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text == (verb == "router" ? "xa\nxb\nxc\n" : "a\nb\nc\n"))
    }

    @Test("pair does both at once")
    func pair() async throws {
        let left = try Tool(["pair", "--bind", anyPort, "--count", "2"], input: "l1\nl2\n")
        let right = try Tool(["pair", "--connect", try await left.bound(), "--count", "2"], input: "r1\nr2\n")
        #expect(try await left.outcome().text == "r1\nr2\n")
        #expect(try await right.outcome().text == "l1\nl2\n")
    }

    @Test("With --count the tool waits for the end of its input too")
    func countAndInput() async throws {
        let echo = try Tool(["dealer", "--echo", "--bind", anyPort])
        let dealer = try Tool(["dealer", "--connect", try await echo.bound(), "--count", "1"])
        dealer.write("a\n")
        try await dealer.waitForOutput("a\n")
        dealer.write("b\n")
        try await echo.waitForOutput("b\n")
        #expect(dealer.isRunning)
        dealer.closeInput()
        let outcome = try await dealer.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text == "a\n")
    }

    @Test("Without --count the end of input is the end", arguments: ["dealer", "router", "pair"])
    func endOfInput(verb: String) async throws {
        let outcome = try await Tool.run([verb, "--bind", anyPort])
        #expect(outcome.status == 0)
        #expect(outcome.text.isEmpty)
    }
}
