// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing

@Suite("zmq monitor and --verbose", .serialized)
struct MonitorTests {
    @Test("Events are written a line each, and --count ends it")
    func text() async throws {
        let monitor = try Tool(["monitor", "--type", "router", "--bind", anyPort, "--count", "4"])
        let endpoint = try await monitor.bound()
        // One with nothing to say that ends by itself may be gone before it was there.
        let peers = try ["ann", "bob"].map { try Tool(["req", "--connect", endpoint, "--routing-id", $0]) }
        let outcome = try await monitor.outcome()
        for peer in peers { peer.terminate() }
        #expect(outcome.status == 0)
        #expect(outcome.lines.count == 4)
        #expect(outcome.lines[0] == "listening at \(endpoint)")
        #expect(outcome.lines[1].hasPrefix("accepted tcp://127.0.0.1:"))
    }

    @Test("As JSON each line is an object")
    func json() async throws {
        let monitor = try Tool(["monitor", "--type", "sub", "--bind", anyPort, "--count", "3", "--format", "json"])
        let endpoint = try await monitor.bound()
        let publisher = try Tool(["pub", "--connect", endpoint])
        let outcome = try await monitor.outcome()
        publisher.terminate()
        #expect(outcome.status == 0)
        let objects = try outcome.lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(objects.compactMap { $0["event"] as? String } == ["listening", "accepted", "handshake_succeeded"])
        #expect(objects.allSatisfy { $0["endpoint"] as? String == endpoint })
        #expect(objects[1]["connection"] as? Int == 1)
        #expect(objects[2]["connection"] as? Int == 1)
        #expect(objects[2]["type"] as? String == "PUB")
        #expect(objects[2]["version"] as? String == "3.1")
        #expect(objects[2]["mechanism"] as? String == "NULL")
    }

    @Test("A dial that fails is told with the time to the next attempt; nothing for long ends with 3")
    func timeout() async throws {
        let outcome = try await Tool.run([
            "monitor", "--type", "push", "--connect", "tcp://127.0.0.1:1", "--timeout", "0.5", "--format", "json",
            "--option", "reconnect_ivl=-1",
        ])
        #expect(outcome.status == 3)
        #expect(outcome.errorLines.last?.hasPrefix("error: timeout") == true)
        #expect(outcome.lines.count == 2)
        #expect(outcome.lines[0].contains("\"event\":\"connecting\""))
        #expect(outcome.lines[1].contains("\"event\":\"connect_failed\""))
    }

    @Test("A mistake ends with 2", arguments: ["monitor --type router", "monitor --bind tcp://127.0.0.1:0", "probe"])
    func usage(arguments: String) async throws {
        let outcome = try await Tool.run(arguments.split(separator: " ").map(String.init))
        #expect(outcome.status == 2)
        #expect(outcome.errorLines.count == 1)
    }

    @Test("--verbose writes events on standard error")
    func verbose() async throws {
        let echo = try Tool(["rep", "--echo", "--bind", anyPort])
        let endpoint = try await echo.bound()
        let outcome = try await Tool.run(["req", "--verbose", "--connect", endpoint], input: "hello\n")
        #expect(outcome.status == 0)
        #expect(outcome.text == "hello\n")
        #expect(outcome.errorLines.contains { $0.hasPrefix("event: connecting to \(endpoint)") })
        #expect(outcome.errorLines.contains { $0.hasPrefix("event: connected to \(endpoint)") })
        #expect(outcome.errorLines.contains { $0.hasPrefix("event: handshake succeeded") && $0.contains("REP") })
    }

    @Test("--verbose leaves out no event, the last ones neither")
    func toTheEnd() async throws {
        for _ in 0..<5 {
            let pull = try Tool(["pull", "--bind", anyPort, "--count", "1", "--verbose"])
            let endpoint = try await pull.bound()
            _ = try await Tool.run(["push", "--connect", endpoint], input: "hello\n")
            let lines = try await pull.outcome().errorLines
            #expect(lines.contains { $0.hasPrefix("event: handshake succeeded") }, "\(lines)")
            #expect(lines.contains { $0.hasPrefix("event: disconnected") }, "\(lines)")
            #expect(lines.contains("event: closed \(endpoint)"), "\(lines)")
        }
    }
}

@Suite("zmq probe", .serialized)
struct ProbeTests {
    @Test("Tells what is there")
    func text() async throws {
        let router = try Tool(["router", "--bind", anyPort, "--routing-id", "desk"])
        let endpoint = try await router.bound()
        let outcome = try await Tool.run(["probe", endpoint])
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        let expected = ["endpoint: \(endpoint)", "version: 3.1", "socket type: ROUTER", "routing id: desk"]
        for line in expected + ["mechanism: NULL"] {
            #expect(outcome.lines.contains(line), "\(outcome.text)")
        }
        #expect(outcome.lines.contains { $0.hasPrefix("round trip: ") && $0.hasSuffix(" ms") })
    }

    @Test("Tells it as JSON")
    func json() async throws {
        let push = try Tool(["push", "--bind", "ipc://*"])
        let outcome = try await Tool.run(["probe", "--format", "json", try await push.bound()])
        #expect(outcome.status == 0)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any], "\(outcome.text)")
        #expect(object["type"] as? String == "PUSH")
        #expect(object["version"] as? String == "3.1")
        #expect(object["as_server"] as? Bool == false)
        #expect(object["handshake_ms"] is Double)
        #expect(object["round_trip_ms"] == nil)
        #expect(object["note"] is String)
    }

    @Test("Nobody there is 1, silence 3, what cannot be asked 2")
    func failures() async throws {
        let nobody = try await Tool.run(["probe", "tcp://127.0.0.1:1"])
        #expect(nobody.status == 1)
        #expect(nobody.errorLines.count == 1)
        let inproc = try await Tool.run(["probe", "inproc://here"])
        #expect(inproc.status == 2)
        // This machine's own address that nobody answers for: a listener that never accepts is as silent.
        let silent = try SilentListener()
        let silence = try await Tool.run(["probe", silent.endpoint, "--timeout", "0.3"])
        #expect(silence.status == 3)
        #expect(silence.errorLines.count == 1)
        silent.end()
    }
}

/// A port to which one can connect, and where nobody ever answers.
private struct SilentListener {
    let endpoint: String
    private let descriptor: Int32

    init() throws {
        #if canImport(Glibc)
        let stream = Int32(SOCK_STREAM.rawValue)
        #else
        let stream = SOCK_STREAM
        #endif
        self.descriptor = socket(AF_INET, stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        self.endpoint = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    func end() { _ = close(self.descriptor) }
}
