// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("How the tool ends", .serialized)
struct EndingTests {
    static let verbs = [
        "push", "pull", "req", "rep", "rep --echo", "dealer", "dealer --echo", "router", "router --echo", "pair",
    ]

    @Test("SIGINT ends with 130, SIGTERM with 143, without a word", arguments: verbs)
    func signals(verb: String) async throws {
        let arguments = verb.split(separator: " ").map(String.init) + ["--bind", anyPort]
        let (first, second) = (try Tool(arguments), try Tool(arguments))
        _ = try await (first.bound(), second.bound())
        first.interrupt()
        second.terminate()
        let (interrupted, terminated) = (try await first.outcome(), try await second.outcome())
        #expect(interrupted.status == 130)
        #expect(terminated.status == 143)
        #expect(interrupted.errorLines.count == 1, "\(interrupted.errors)")
        #expect(terminated.errorLines.count == 1, "\(terminated.errors)")
    }

    @Test("SIGINT ends the wait for a peer that never comes", arguments: ["push", "dealer", "req", "pair"])
    func signalWhileLingering(verb: String) async throws {
        let tool = try Tool([verb, "--connect", "ipc:///nonexistent/place"], input: "a\n")
        try await tool.waitForErrors("connected ")
        tool.interrupt()
        #expect(try await tool.outcome().status == 130)
    }

    @Test(
        "Signals end the other verbs too",
        arguments: [
            "proxy --frontend router:tcp://127.0.0.1:0 --backend dealer:tcp://127.0.0.1:0",
            "perf local_thr tcp://127.0.0.1:0 1 1", "perf local_lat tcp://127.0.0.1:0 1 1",
            "perf local_echo tcp://127.0.0.1:0 1 1", "demo workers --endpoint tcp://127.0.0.1:0 --role broker",
            "demo server --endpoint tcp://127.0.0.1:0 --role server --seconds 60",
            "demo server --endpoint tcp://127.0.0.1:0 --seconds 60",
        ])
    func otherVerbs(arguments: String) async throws {
        let tool = try Tool(arguments.split(separator: " ").map(String.init))
        _ = try await tool.bound()
        tool.terminate()
        let outcome = try await tool.outcome()
        #expect(outcome.status == 143)
        #expect(!outcome.errors.contains("error"), "\(outcome.errors)")
    }

    @Test("Nothing is half-written when a signal comes amid many messages", arguments: [Tool.Reader.prompt, .late])
    func wholeLines(reader: Tool.Reader) async throws {
        let pull = try Tool(["pull", "--bind", anyPort, "--verbose"], reader: reader)
        let push = try Tool(["push", "--connect", try await pull.bound()])
        let line = String(repeating: "x", count: 99) + "\n"
        push.write(String(repeating: line, count: 5_000))
        if reader == .prompt { try await pull.waitForOutput(line) }
        try await pull.waitForErrors("handshake succeeded")
        pull.interrupt()
        let outcome = try await pull.outcome()
        #expect(outcome.status == 130)
        #expect(outcome.output.count % 100 == 0)
    }

    @Test("A reader that has gone ends the tool quietly with 0")
    func readerGone() async throws {
        let pull = try Tool(["pull", "--bind", anyPort], reader: .none)
        let push = try Tool(["push", "--connect", try await pull.bound()], input: "a\n")
        let outcome = try await pull.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        _ = try await push.outcome()
    }
}
