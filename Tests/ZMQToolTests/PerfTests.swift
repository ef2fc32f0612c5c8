// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("zmq perf", .serialized)
struct PerfTests {
    static let options = [[], ["--parts", "3"], ["--on-loop"]]

    @Test("Throughput over TCP", arguments: options)
    func throughput(options: [String]) async throws {
        let local = try Tool(["perf", "local_thr", anyPort, "100", "2000"] + options)
        let remote = try await Tool.run(["perf", "remote_thr", try await local.bound(), "100", "2000"] + options)
        #expect(remote.status == 0)
        #expect(remote.text.isEmpty)
        expectThroughput(try await local.outcome(), size: 100, count: 2000)
    }

    @Test("Latency over TCP", arguments: options)
    func latency(options: [String]) async throws {
        let local = try Tool(["perf", "local_lat", anyPort, "10", "200"] + options)
        let remote = try await Tool.run(["perf", "remote_lat", try await local.bound(), "10", "200"] + options)
        expectLatency(remote, size: 10, count: 200)
        let outcome = try await local.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text.isEmpty)
    }

    @Test(
        "Publishing over TCP: every subscriber gets everything, and more or fewer topics than one",
        arguments: [[], ["--peers", "5"], ["--topics", "300"], ["--peers", "2", "--topics", "40"], ["--on-loop"]])
    func publishing(options: [String]) async throws {
        let local = try Tool(["perf", "local_pub", anyPort, "100", "2000"] + options)
        let remote = try await Tool.run(["perf", "remote_sub", try await local.bound(), "100", "2000"] + options)
        expectThroughput(remote, size: 100, count: 2000)
        let outcome = try await local.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text.isEmpty)
    }

    @Test("Publishers through a proxy, in one process")
    func proxyThroughput() async throws {
        expectThroughput(try await Tool.run(["perf", "proxy_thr", "100", "20000"]), size: 100, count: 20000)
    }

    @Test("Topics do not fit into small messages")
    func tooSmallForTopics() async throws {
        let outcome = try await Tool.run(["perf", "local_pub", anyPort, "8", "10", "--topics", "5"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--topics"))
    }

    @Test("Echo over TCP", arguments: options + [["--in-flight", "1"], ["--peers", "7"]])
    func echo(options: [String]) async throws {
        let common = options.contains("--parts") || options.contains("--on-loop") ? options : []
        let local = try Tool(["perf", "local_echo", anyPort, "10", "1000"] + common)
        let remote = try await Tool.run(["perf", "remote_echo", try await local.bound(), "10", "1000"] + options)
        expectThroughput(remote, size: 10, count: 1000)
        let outcome = try await local.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.text.isEmpty)
    }

    @Test("Echo through a proxy", arguments: options)
    func proxiedEcho(options: [String]) async throws {
        let proxy = try Tool(["proxy", "--frontend", "router:\(anyPort)", "--backend", "dealer:\(anyPort)"])
        let worker = try Tool(["perf", "worker_echo", try await proxy.bound(1), "10", "1000"] + options)
        let remote = try await Tool.run(["perf", "remote_echo", try await proxy.bound(0), "10", "1000"] + options)
        expectThroughput(remote, size: 10, count: 1000)
        #expect(try await worker.outcome().status == 0)
    }

    @Test("Several sockets share the count", arguments: [2, 3, 50])
    func peers(number: Int) async throws {
        let local = try Tool(["perf", "local_thr", anyPort, "1", "1000"])
        let remote = try await Tool.run(
            ["perf", "remote_thr", try await local.bound(), "1", "1000", "--peers", String(number)])
        #expect(remote.status == 0)
        expectThroughput(try await local.outcome(), size: 1, count: 1000)

        let answering = try Tool(["perf", "local_lat", anyPort, "1", "100"])
        let asking = try await Tool.run(
            ["perf", "remote_lat", try await answering.bound(), "1", "100", "--peers", String(number)])
        expectLatency(asking, size: 1, count: 100)
        #expect(try await answering.outcome().status == 0)
    }

    @Test("Within one process", arguments: options)
    func inproc(options: [String]) async throws {
        expectThroughput(try await Tool.run(["perf", "inproc_thr", "100", "5000"] + options), size: 100, count: 5000)
        expectLatency(try await Tool.run(["perf", "inproc_lat", "100", "500"] + options), size: 100, count: 500)
    }

    @Test("Empty and large messages", arguments: [0, 1_000_000])
    func sizes(size: Int) async throws {
        let local = try Tool(["perf", "local_thr", anyPort, String(size), "10"])
        let remote = try await Tool.run(["perf", "remote_thr", try await local.bound(), String(size), "10"])
        #expect(remote.status == 0)
        expectThroughput(try await local.outcome(), size: size, count: 10)
    }

    @Test("A message of the wrong size ends with 1")
    func wrongSize() async throws {
        let local = try Tool(["perf", "local_thr", anyPort, "10", "5"])
        let remote = try Tool(["perf", "remote_thr", try await local.bound(), "11", "5"])
        let outcome = try await local.outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("error: message of 11 bytes"), "\(outcome.errors)")
        remote.terminate()
        _ = try await remote.outcome()
    }

    private func expectThroughput(
        _ outcome: Tool.Outcome, size: Int, count: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
        let pattern =
            #/
            message\ size:\ (\d+)\ \[B\]\n message\ count:\ (\d+)\n
            mean\ throughput:\ \d+\ \[msg\/s\]\n mean\ throughput:\ \d+\.\d{3}\ \[Mb\/s\]\n
            /#
        let match = outcome.text.wholeMatch(of: pattern)
        #expect(match?.1 == "\(size)", "\(outcome.text)", sourceLocation: sourceLocation)
        #expect(match?.2 == "\(count)", "\(outcome.text)", sourceLocation: sourceLocation)
    }

    private func expectLatency(
        _ outcome: Tool.Outcome, size: Int, count: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
        let pattern =
            #/
            message\ size:\ (\d+)\ \[B\]\n roundtrip\ count:\ (\d+)\n average\ latency:\ \d+\.\d{3}\ \[us\]\n
            /#
        let match = outcome.text.wholeMatch(of: pattern)
        #expect(match?.1 == "\(size)", "\(outcome.text)", sourceLocation: sourceLocation)
        #expect(match?.2 == "\(count)", "\(outcome.text)", sourceLocation: sourceLocation)
    }
}
