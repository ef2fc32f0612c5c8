// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser

/// `zmq perf`
struct PerfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perf",
        abstract: "Measure throughput and latency.",
        discussion: """
            Arguments, roles and printed lines are those of libzmq's own programs, so either side can be libzmq's. \
            The clock of a throughput measurement starts when the first message has arrived.
            """,
        subcommands: [
            LocalThroughput.self, RemoteThroughput.self, LocalLatency.self, RemoteLatency.self,
            InprocThroughput.self, InprocLatency.self, LocalEcho.self, WorkerEcho.self, RemoteEcho.self,
            LocalPublish.self, RemoteSubscribe.self, ProxyThroughput.self,
        ]
    )
}
