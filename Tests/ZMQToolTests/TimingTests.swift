// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQ

@Suite("--timeout, --interval, --delay", .serialized)
struct TimingTests {
    @Test(
        "A peer that never comes ends with 3 and one line",
        arguments: [
            ("pull", ""), ("push", "a\n"), ("req", "a\n"), ("rep", "a\n"), ("rep --echo", ""), ("dealer", "a\n"),
            ("dealer --count 1", ""), ("dealer --echo", ""), ("router --count 1", ""), ("router --echo", ""),
            ("router --format json", "[\"x\",\"y\"]\n"), ("pair", "a\n"), ("pair --count 1", ""),
        ])
    func noPeer(verb: String, input: String) async throws {
        let arguments = verb.split(separator: " ").map(String.init) + ["--bind", anyPort, "--timeout", "0.1"]
        let outcome = try await Tool.run(arguments, input: input)
        #expect(outcome.status == 3, "\(outcome.errors)")
        #expect(outcome.errorLines.count(where: { $0.hasPrefix("error: ") }) == 1)
    }

    @Test("What no peer has taken when the time is up ends with 3", arguments: ["push", "dealer", "pair"])
    func nobodyThere(verb: String) async throws {
        let outcome = try await Tool.run(
            [verb, "--connect", "ipc:///nonexistent/place", "--timeout", "0.1"], input: "a\n")
        #expect(outcome.status == 3)
    }

    @Test("A reply that never comes ends with 3")
    func noReply() async throws {
        let router = try Tool(["router", "--bind", anyPort, "--format", "json"])
        let request = try await Tool.run(
            ["req", "--connect", try await router.bound(), "--timeout", "0.2"], input: "a\n")
        #expect(request.status == 3)
    }

    @Test("Some messages and then silence is 3, unless --count was reached", arguments: [(2, Int32(0)), (3, Int32(3))])
    func silence(count: Int, status: Int32) async throws {
        let pull = try Tool(["pull", "--bind", anyPort, "--timeout", "5", "--count", String(count)], input: "")
        let push = try await Tool.run(["push", "--connect", try await pull.bound()], input: "a\nb\n")
        #expect(push.status == 0)
        let outcome = try await pull.outcome()
        #expect(outcome.status == status)
        #expect(outcome.text == "a\nb\n")
    }

    @Test("Waiting for one's own input does not count", arguments: ["push", "req", "dealer", "pair"])
    func ownInput(verb: String) async throws {
        let peer = try Tool(
            [verb == "push" ? "pull" : verb == "req" ? "rep" : verb, "--bind", anyPort]
                + (verb == "req" ? ["--echo"] : []))
        let tool = try Tool([verb, "--connect", try await peer.bound(), "--timeout", "2"])
        tool.write("a\n")
        try await peer.waitForOutput("a\n")
        // Others that wait as long for a peer give up meanwhile, one after the other.
        for _ in 0..<2 {
            #expect(try await Tool.run(["pull", "--bind", anyPort, "--timeout", "2"], input: "").status == 3)
        }
        #expect(tool.isRunning, "\(tool.errors)")
        tool.write("b\n")
        tool.closeInput()
        try await peer.waitForOutput("a\nb\n")
        #expect(try await tool.outcome().status == 0)
    }

    @Test("A peer that takes its time, but takes, is waited for longer than --timeout")
    func slowPeer() async throws {
        let lines = String(repeating: String(repeating: "x", count: 400_000) + "\n", count: 40)
        try await withContext { context in
            var options = SocketOptions()
            options.receiveHighWaterMark = 1
            let pull = try context.makePullSocket(options)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let push = try Tool(
                ["push", "--connect", endpoint, "--timeout", "2", "--option", "sndhwm=1"])
            // More than a pipe holds: who writes it waits for the tool to read.
            Thread.detachNewThread {
                push.write(lines)
                push.closeInput()
            }
            // One message for each beat of another tool, which takes longer than the time limit in all.
            let beats = try context.makePullSocket()
            let metronome = try Tool(
                ["push", "--connect", try await beats.bind(to: "tcp://127.0.0.1:*"), "--interval", "0.08"],
                input: String(repeating: "beat\n", count: 40))
            for _ in 0..<40 {
                #expect(try await beats.receive() == "beat")
                #expect(try await pull.receive().byteCount == 400_000)
            }
            #expect(try await metronome.outcome().status == 0)
            #expect(try await push.outcome().status == 0)
        }
    }

    @Test("--delay and --interval hold messages back, and keep their order")
    func pace() async throws {
        let pull = try Tool(["pull", "--bind", anyPort, "--count", "3"], input: "")
        let clock = ContinuousClock()
        let start = clock.now
        let push = try await Tool.run(
            ["push", "--connect", try await pull.bound(), "--delay", "0.2", "--interval", "0.1"], input: "a\nb\nc\n")
        #expect(push.status == 0)
        #expect(clock.now - start >= .milliseconds(400))
        #expect(try await pull.outcome().text == "a\nb\nc\n")
    }
}
