// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq perf local_lat`
struct LocalLatency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "local_lat", abstract: "Latency: a REP socket that binds and answers.")

    @Argument(help: ArgumentHelp("Where to bind.", valueName: "bind-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            let socket = try context.makeRepSocket()
            try await Endpoints.bind(socket, to: endpoint, argument: "BIND-TO")
            try await load.run(on: socket) { try await PerfLoops.answer(load.count, on: socket, load) }
            await socket.close()
        }
    }
}

/// `zmq perf remote_lat`
struct RemoteLatency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote_lat", abstract: "Latency: a REQ socket that connects, asks and reports.")

    @Argument(help: ArgumentHelp("Where to connect.", valueName: "connect-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments
    @OptionGroup var sockets: PerfPeers

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            let times = try await withPeers(
                sockets.peers, sharing: load, makeSocket: { try context.makeReqSocket() }, endpoint: endpoint
            ) { socket, count in
                try await PerfLoops.ask(count, of: socket, load)
            }
            try await PerfReport(load: load).printLatencyHead()
            try await PerfReport(load: load).printLatency(times.reduce(.zero, +))
        }
    }
}
