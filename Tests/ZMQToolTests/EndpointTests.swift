// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("--bind and --connect", .serialized)
struct EndpointTests {
    @Test("bound EP tells the real port, in the order of the arguments; connected EP follows")
    func notices() async throws {
        let outcome = try await Tool.run([
            "dealer", "--connect", "tcp://127.0.0.1:1", "--bind", anyPort, "-c", "tcp://127.0.0.1:2", "-b",
            "ipc://*", "-b", "tcp://[::1]:*", "--option", "ipv6=1",
        ])
        #expect(outcome.status == 0)
        let lines = outcome.errorLines
        try #require(lines.count == 5, "\(outcome.errors)")
        #expect(lines[0].hasPrefix("bound tcp://127.0.0.1:"))
        #expect(lines[0] != "bound \(anyPort)")
        #expect(lines[1].hasPrefix("bound ipc://"))
        #expect(lines[1] != "bound ipc://*")
        #expect(lines[2].hasPrefix("bound tcp://[::1]:"))
        #expect(lines[3...] == ["connected tcp://127.0.0.1:1", "connected tcp://127.0.0.1:2"])
    }

    @Test("Every endpoint works", arguments: [anyPort, "tcp://[::1]:*", "ipc://*", "ipc://@swift-zeromq-tool-\(0)"])
    func transports(endpoint: String) async throws {
        #if !os(Linux)
        if endpoint.hasPrefix("ipc://@") { return }
        #endif
        let echo = try Tool(["rep", "--echo", "--bind", endpoint, "--option", "ipv6=1"])
        let request = try await Tool.run(
            ["req", "--connect", try await echo.bound(), "--option", "ipv6=1"], input: "hello\n")
        #expect(request.text == "hello\n")
    }

    @Test("A socket with several endpoints serves all of them, and asks all of them in turn")
    func several() async throws {
        let echo = try Tool(["rep", "--echo", "--bind", anyPort, "--bind", "ipc://*"])
        let (first, second) = (try await echo.bound(0), try await echo.bound(1))
        let request = try await Tool.run(["req", "-c", first, "-c", second], input: "a\nb\nc\nd\n")
        #expect(request.text == "a\nb\nc\nd\n")
    }

    @Test("An address in use ends with 1 and names the argument and the endpoint")
    func addressInUse() async throws {
        let first = try Tool(["pull", "--bind", anyPort])
        let endpoint = try await first.bound()
        let outcome = try await Tool.run(["pull", "--bind", anyPort, "--bind", endpoint])
        #expect(outcome.status == 1)
        #expect(outcome.errorLines.count == 2)
        #expect(outcome.errorLines[0].hasPrefix("bound tcp://"))
        #expect(outcome.errorLines[1].hasPrefix("error: --bind"))
        #expect(outcome.errorLines[1].contains(endpoint))
    }

    @Test("A place where one may not bind ends with 1")
    func refusedBind() async throws {
        let outcome = try await Tool.run(["pull", "--bind", "ipc:///nonexistent/place"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("error: --bind"))
        #expect(outcome.errors.contains("ipc:///nonexistent/place"))
    }

    @Test("Connecting comes before binding as well as after")
    func connectFirst() async throws {
        let path = "ipc:///tmp/swift-zeromq-tool-\(UInt64.random(in: 0...UInt64.max))"
        let push = try Tool(["push", "--connect", path], input: "early\n")
        try await push.waitForErrors("connected \(path)\n")
        let pull = try await Tool.run(["pull", "--bind", path, "--count", "1"])
        #expect(pull.text == "early\n")
        #expect(try await push.outcome().status == 0)
    }

    @Test("--verbose reports what happens, on standard error")
    func verbose() async throws {
        let pull = try Tool(["pull", "--bind", anyPort, "--count", "1", "--verbose"], input: "")
        let push = try await Tool.run(["push", "--connect", try await pull.bound(), "--verbose"], input: "a\n")
        #expect(push.text.isEmpty)
        #expect(push.errors.contains("event: "))
        let outcome = try await pull.outcome()
        #expect(outcome.text == "a\n")
        #expect(outcome.errors.contains("event: "))
    }
}
