// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The lines that measurements print: word for word those of libzmq's own programs.
struct PerfReport {
    let load: PerfLoad

    /// What was asked for, of a throughput measurement.
    func printThroughputHead() async throws {
        try await StandardOutput.line("message size: \(load.size) [B]\nmessage count: \(load.count)")
    }

    /// What came of it.
    func printThroughput(_ elapsed: Duration) async throws {
        let throughput = Double(load.count) / max(elapsed.seconds, 1e-6)
        let megabits = throughput * Double(load.byteCount) * 8 / 1e6
        try await StandardOutput.line(
            "mean throughput: \(Int(throughput)) [msg/s]\nmean throughput: \(megabits.withThreeDecimals) [Mb/s]")
    }

    /// What was asked for, of a latency measurement.
    func printLatencyHead() async throws {
        try await StandardOutput.line("message size: \(load.size) [B]\nroundtrip count: \(load.count)")
    }

    /// What came of it: half of a round trip, in microseconds.
    func printLatency(_ elapsed: Duration) async throws {
        let latency = elapsed.seconds * 1e6 / Double(2 * load.count)
        try await StandardOutput.line("average latency: \(latency.withThreeDecimals) [us]")
    }
}
