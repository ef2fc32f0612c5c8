// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("zmq demo", .serialized)
struct DemoTests {
    @Test("workers: the broker's count is the sum of the workers'")
    func workers() async throws {
        let outcome = try await Tool.run(
            ["demo", "workers", "--workers", "4", "--seconds", "1", "--endpoint", anyPort])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let completed = counts("Completed", in: outcome)
        #expect(completed.count == 4)
        #expect(outcome.lines.last == "Total: \(completed.reduce(0, +)) tasks")
        #expect(completed.reduce(0, +) >= 4)
    }

    @Test("workers: without any time everyone is fired at once")
    func firedAtOnce() async throws {
        let outcome = try await Tool.run(
            ["demo", "workers", "--workers", "3", "--seconds", "0", "--endpoint", anyPort])
        #expect(outcome.lines == Array(repeating: "Completed: 0 tasks", count: 3) + ["Total: 0 tasks"])
    }

    @Test("workers: broker and workers in processes of their own")
    func separateWorkers() async throws {
        let broker = try Tool(
            ["demo", "workers", "--role", "broker", "--workers", "5", "--seconds", "1", "--endpoint", anyPort])
        let endpoint = try await broker.bound()
        async let first = Tool.run(
            ["demo", "workers", "--role", "worker", "--workers", "3", "--endpoint", endpoint])
        async let second = Tool.run(
            ["demo", "workers", "--role", "worker", "--workers", "2", "--endpoint", endpoint])
        let completed = try await counts("Completed", in: first) + counts("Completed", in: second)
        #expect(completed.count == 5)
        let outcome = try await broker.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text == "Total: \(completed.reduce(0, +)) tasks\n")
    }

    @Test("workers: REQ is as good a worker as any")
    func foreignWorker() async throws {
        let broker = try Tool(
            ["demo", "workers", "--role", "broker", "--workers", "1", "--seconds", "0.5", "--endpoint", anyPort])
        let worker = try Tool(["req", "--connect", try await broker.bound()])
        var tasks = 0
        while !worker.output.contains("Fired!\n") {
            worker.write("Hi Boss\n")
            try await worker.waitForOutput(lines: tasks + 1)
            tasks += 1
        }
        worker.closeInput()
        #expect(worker.output == String(repeating: "Work harder\n", count: tasks - 1) + "Fired!\n")
        let outcome = try await broker.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text == "Total: \(tasks - 1) tasks\n")
    }

    @Test("server: every request and reply is accounted for", arguments: [[], ["--rep-workers"]])
    func server(options: [String]) async throws {
        let outcome = try await Tool.run(
            ["demo", "server", "--clients", "4", "--workers", "3", "--seconds", "3", "--endpoint", anyPort] + options)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.lines
        try #require(lines.count >= 5)
        let account = lines.suffix(5).map { $0.split(separator: ": ") }
        #expect(
            account.map { $0[0] } == [
                "requests sent", "requests served", "replies sent", "replies received", "unaccounted",
            ])
        let figures = account.compactMap { Int($0[1]) }
        #expect(figures[0] == 12)
        #expect(figures[1] == 12)
        #expect(figures[2] == figures[3])
        #expect(figures[4] == 0)
        #expect(lines.count - 5 == figures[3])
        for line in lines.dropLast(5) {
            #expect(line.wholeMatch(of: #/[0-9A-F]{4}-[0-9A-F]{4} request #[1-3]/#) != nil, "\(line)")
        }
        if !options.isEmpty { #expect(figures[2] == 12) }
    }

    @Test("server: more clients than the workers can keep up with")
    func overload() async throws {
        let outcome = try await Tool.run(
            ["demo", "server", "--clients", "30", "--workers", "2", "--seconds", "2", "--endpoint", anyPort])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines.suffix(5).first == "requests sent: 60")
        #expect(outcome.lines.last == "unaccounted: 0")
    }

    @Test("server: both sides in processes of their own, without an account", arguments: [[], ["--rep-workers"]])
    func separateServer(options: [String]) async throws {
        let server = try Tool(
            ["demo", "server", "--role", "server", "--seconds", "8", "--endpoint", anyPort] + options)
        let clients = try await Tool.run(
            ["demo", "server", "--role", "client", "--clients", "2", "--seconds", "2", "--endpoint"]
                + [try await server.bound()] + options)
        #expect(clients.status == 0)
        #expect(!clients.text.contains("unaccounted"))
        if !options.isEmpty { #expect(clients.lines.count == 4, "\(clients.text)") }
        let outcome = try await server.outcome()
        #expect(outcome.status == 0)
        #expect(!outcome.text.contains("unaccounted"))
    }

    @Test("server: a REQ client gets its delimiter back in its place")
    func requestClient() async throws {
        let server = try Tool(["demo", "server", "--role", "server", "--seconds", "30", "--endpoint", anyPort])
        let request = try await Tool.run(["req", "--connect", try await server.bound()], input: "one\ntwo\n")
        #expect(request.text == "one\ntwo\n")
        server.terminate()
        #expect(try await server.outcome().status == 143)
    }

    private func counts(_ name: String, in outcome: Tool.Outcome) -> [Int] {
        outcome.lines.filter { $0.hasPrefix("\(name): ") }.compactMap { Int($0.split(separator: " ")[1]) }
    }
}
