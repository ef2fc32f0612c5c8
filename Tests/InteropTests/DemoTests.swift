// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing

@Suite("The demo's programs facing pyzmq", .timeLimit(.minutes(4)), .enabled(if: ForeignPeer.isAvailable))
struct DemoTests {
    @Test("`zmq demo server --role server` serves DEALER and REQ clients")
    func server() async throws {
        let endpoint = Fresh.tcpEndpoint()
        let tool = try Tool.start(
            ["demo", "server", "--role", "server", "--workers", "20", "--seconds", "20", "--endpoint", endpoint])
        defer { tool.kill() }
        let clients = try Tool.startPython(
            "demo_client.py",
            [endpoint, "--dealers", "5", "--reqs", "3", "--requests", "5"]
        )
        let account = await clients.outcome()
        #expect(account.status == 0, Comment(rawValue: account.transcript))
        #expect(account.figure("requests sent") == 40)
        #expect(account.figure("replies astray") == 0)
        #expect(account.figure("replies too many") == 0)
        #expect(try #require(account.figure("replies received")) > 0)
        let server = await tool.outcome()
        #expect(server.status == 0, Comment(rawValue: server.transcript))
    }

    @Test("`zmq demo server --role server --rep-workers` gives each request of DEALER and REQ clients one reply")
    func repServer() async throws {
        let endpoint = Fresh.tcpEndpoint()
        let tool = try Tool.start(
            ["demo", "server", "--role", "server", "--rep-workers", "--workers", "20", "--seconds", "12"]
                + ["--endpoint", endpoint]
        )
        defer { tool.kill() }
        let clients = try Tool.startPython(
            "demo_client.py",
            [endpoint, "--dealers", "5", "--reqs", "3", "--requests", "5", "--exactly-one"]
        )
        let account = await clients.outcome()
        #expect(account.status == 0, Comment(rawValue: account.transcript))
        #expect(account.figure("requests sent") == 40)
        #expect(account.figure("replies received") == 40)
        #expect(account.figure("requests without reply") == 0)
        let server = await tool.outcome()
        #expect(server.status == 0, Comment(rawValue: server.transcript))
    }

    @Test("`zmq demo server --role client` prints each reply of a pyzmq server", arguments: [false, true])
    func clients(isRep: Bool) async throws {
        let flag = isRep ? ["--rep-workers"] : []
        let server = try Tool.startPython("demo_server.py", ["--workers", "12"] + flag)
        defer { server.kill() }
        let endpoint = try await server.boundEndpoint()
        let tool = try Tool.start(
            ["demo", "server", "--role", "client", "--clients", "3", "--seconds", "3", "--endpoint", endpoint] + flag
        )
        let clients = await tool.outcome()
        server.closeInput()
        let account = await server.outcome()
        #expect(clients.status == 0, Comment(rawValue: clients.transcript))
        #expect(account.status == 0, Comment(rawValue: account.transcript))

        let replies = clients.output.compactMap {
            $0.wholeMatch(of: /([0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}).*(request #(\d+))/)
        }
        #expect(account.figure("requests served") == 9)
        #expect(account.figure("replies sent") == replies.count, Comment(rawValue: clients.transcript))
        #expect(Set(replies.map(\.1)).count <= 3)
        let counts = Dictionary(grouping: replies) { "\($0.1) \($0.2)" }.mapValues(\.count)
        #expect(counts.values.allSatisfy { $0 <= (isRep ? 1 : 4) })
        #expect(replies.allSatisfy { (1...3).contains(Int($0.3) ?? 0) })
        if isRep { #expect(counts.count == 9) }
    }

    @Test("`zmq demo workers --role broker` serves REQ and DEALER workers, and both count the same tasks")
    func broker() async throws {
        let endpoint = Fresh.tcpEndpoint()
        let tool = try Tool.start(
            ["demo", "workers", "--role", "broker", "--workers", "10", "--seconds", "3", "--endpoint", endpoint])
        defer { tool.kill() }
        let workers = try Tool.startPython("demo_workers.py", [endpoint, "--reqs", "5", "--dealers", "5"])
        let account = await workers.outcome()
        let broker = await tool.outcome()
        #expect(account.status == 0, Comment(rawValue: account.transcript))
        #expect(broker.status == 0, Comment(rawValue: broker.transcript))
        let completed = account.figures("Completed")
        #expect(completed.count == 10)
        #expect(completed.reduce(0, +) == account.figure("Total"))
        if let total = broker.figure("Total") { #expect(total == account.figure("Total")) }
        #expect(try #require(completed.min()) > 0)
    }

    @Test("`zmq demo workers --role worker` works for a pyzmq broker, and both count the same tasks")
    func workers() async throws {
        let broker = try Tool.startPython("demo_broker.py", ["--workers", "10", "--seconds", "3"])
        defer { broker.kill() }
        let endpoint = try await broker.boundEndpoint()
        let tool = try Tool.start(["demo", "workers", "--role", "worker", "--workers", "10", "--endpoint", endpoint])
        let workers = await tool.outcome()
        let account = await broker.outcome()
        #expect(workers.status == 0, Comment(rawValue: workers.transcript))
        #expect(account.status == 0, Comment(rawValue: account.transcript))
        let completed = workers.figures("Completed")
        #expect(completed.count == 10)
        #expect(completed.reduce(0, +) == account.figure("Total"))
    }
}
