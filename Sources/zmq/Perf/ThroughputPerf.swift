// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq perf local_thr`
struct LocalThroughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "local_thr", abstract: "Throughput: a PULL socket that binds, receives and reports.")

    @Argument(help: ArgumentHelp("Where to bind.", valueName: "bind-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            let socket = try context.makePullSocket()
            try await Endpoints.bind(socket, to: endpoint, argument: "BIND-TO")
            let span = try await load.run(on: socket) {
                try await PerfLoops.receive(load.count, from: socket, load)
            }
            try await PerfReport(load: load).printThroughputHead()
            try await PerfReport(load: load).printThroughput(span.duration)
        }
    }
}

/// `zmq perf remote_thr`
struct RemoteThroughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote_thr", abstract: "Throughput: a PUSH socket that connects and sends.")

    @Argument(help: ArgumentHelp("Where to connect.", valueName: "connect-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments
    @OptionGroup var sockets: PerfPeers

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            _ = try await withPeers(
                sockets.peers, sharing: load, makeSocket: { try context.makePushSocket() }, endpoint: endpoint
            ) { socket, count in
                try await PerfLoops.send(count, to: socket, load)
            }
        }
    }
}
