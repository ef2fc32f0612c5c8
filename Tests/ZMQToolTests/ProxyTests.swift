// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("zmq proxy", .serialized)
struct ProxyTests {
    private func proxy(_ frontend: String, _ backend: String, capture: String? = nil) throws -> Tool {
        var arguments = ["proxy", "--frontend", "\(frontend):\(anyPort)", "--backend", "\(backend):\(anyPort)"]
        if let capture { arguments += ["--capture", "\(capture):\(anyPort)"] }
        return try Tool(arguments)
    }

    @Test("ROUTER and DEALER: requests out, replies back to whoever asked")
    func requestReply() async throws {
        let proxy = try proxy("router", "dealer")
        let (front, back) = (try await proxy.bound(0), try await proxy.bound(1))
        let workers = try [Tool(["rep", "--echo", "--connect", back]), Tool(["rep", "--echo", "--connect", back])]
        async let first = Tool.run(["req", "--connect", front], input: "a1\na2\na3\n")
        async let second = Tool.run(["req", "--connect", front], input: "b1\nb2\nb3\n")
        #expect(try await first.text == "a1\na2\na3\n")
        #expect(try await second.text == "b1\nb2\nb3\n")
        #expect(workers.allSatisfy { $0.isRunning })
        proxy.interrupt()
        let outcome = try await proxy.outcome()
        #expect(outcome.status == 130)
        #expect(outcome.errorLines == ["bound \(front)", "bound \(back)"])
    }

    @Test("PULL and PUSH: from producers to consumers")
    func pipeline() async throws {
        let proxy = try proxy("pull", "push")
        let (front, back) = (try await proxy.bound(0), try await proxy.bound(1))
        let pull = try Tool(["pull", "--connect", back, "--count", "3", "--format", "json"], input: "")
        let push = try await Tool.run(
            ["push", "--connect", front, "--format", "json"], input: "[\"a\",\"b\"]\n[\"\"]\n[\"c\"]\n")
        #expect(push.status == 0)
        #expect(try await pull.outcome().text == "[\"a\",\"b\"]\n[\"\"]\n[\"c\"]\n")
    }

    @Test("The capture socket is sent what goes either way")
    func capture() async throws {
        let proxy = try proxy("pair", "pair", capture: "push")
        let (front, back, copy) = (try await proxy.bound(0), try await proxy.bound(1), try await proxy.bound(2))
        let witness = try Tool(["pull", "--connect", copy, "--count", "2"], input: "")
        let echo = try Tool(["pair", "--connect", back])
        let pair = try Tool(["pair", "--connect", front, "--count", "1"], input: "there\n")
        try await echo.waitForOutput("there\n")
        echo.write("back\n")
        #expect(try await pair.outcome().text == "back\n")
        #expect(try await witness.outcome().text == "there\nback\n")
    }

    @Test("The control socket is obeyed; after TERMINATE the proxy ends with 0")
    func control() async throws {
        let proxy = try Tool([
            "proxy", "--frontend", "pull:\(anyPort)", "--backend", "push:\(anyPort)", "--control", "rep:\(anyPort)",
        ])
        let (front, back, control) = (try await proxy.bound(0), try await proxy.bound(1), try await proxy.bound(2))
        #expect(try await Tool.run(["req", "--connect", control], input: "PAUSE\n").text == "\n")
        let pull = try Tool(["pull", "--connect", back, "--count", "2"], input: "")
        #expect(try await Tool.run(["push", "--connect", front], input: "a\nb\n").status == 0)
        #expect(try await Tool.run(["req", "--connect", control], input: "RESUME\n").text == "\n")
        #expect(try await pull.outcome().text == "a\nb\n")
        // Eight numbers of 64 bits, of which the first is how many parts the frontend received.
        let statistics = "53544154495354494353\n"
        let numbers = try await Tool.run(["req", "--connect", control, "--format", "hex"], input: statistics)
        #expect(numbers.text.count == 8 * 16 + 1)
        #expect(numbers.text.hasPrefix("0200000000000000"))
        #expect(try await Tool.run(["req", "--connect", control], input: "TERMINATE\n").text == "\n")
        #expect(try await proxy.outcome().status == 0)
    }

    @Test("A refused bind ends with 1 and names the side")
    func refusedBind() async throws {
        let first = try Tool(["pull", "--bind", anyPort])
        let taken = try await first.bound()
        let outcome = try await Tool.run(["proxy", "--frontend", "router:\(anyPort)", "--backend", "dealer:\(taken)"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("error: --backend"))
    }
}
