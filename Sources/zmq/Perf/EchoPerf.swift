// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq perf local_echo`
struct LocalEcho: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "local_echo", abstract: "Echo: a ROUTER socket that binds and sends each message back to its peer."
    )

    @Argument(help: ArgumentHelp("Where to bind.", valueName: "bind-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            var options = SocketOptions()
            // Without it a ROUTER drops what a slow peer has no room for.
            options.routerMandatory = true
            let socket = try context.makeRouterSocket(options)
            try await Endpoints.bind(socket, to: endpoint, argument: "BIND-TO")
            try await load.run(on: socket) { try await PerfLoops.echo(load.count, on: socket, load) }
            await socket.close()
        }
    }
}

/// `zmq perf worker_echo`
struct WorkerEcho: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker_echo",
        abstract: "Echo: a DEALER socket that connects to a proxy's backend and sends each message back whole.")

    @Argument(help: ArgumentHelp("Where to connect.", valueName: "connect-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            let socket = try context.makeDealerSocket()
            try await Endpoints.connect(socket, to: endpoint, argument: "CONNECT-TO")
            try await load.run(on: socket) { try await PerfLoops.echo(load.count, on: socket, load) }
            await socket.close()
        }
    }
}

/// `zmq perf remote_echo`
struct RemoteEcho: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote_echo",
        abstract: "Echo: a DEALER socket that connects, keeps requests under way and reports round trips.")

    @Argument(help: ArgumentHelp("Where to connect.", valueName: "connect-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments
    @OptionGroup var sockets: PerfPeers

    @Option(
        help: ArgumentHelp("Requests that each socket keeps under way. (default: 100)", valueName: "n"),
        transform: Expecting.wholeNumber(from: 1))
    var inFlight: Int = 100

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            let spans = try await withPeers(
                sockets.peers, sharing: load, makeSocket: { try context.makeDealerSocket() }, endpoint: endpoint
            ) { [inFlight] socket, count in
                try await PerfLoops.converse(count, inFlight: inFlight, on: socket, load)
            }
            guard let first = spans.first else { return }
            try await PerfReport(load: load).printThroughputHead()
            try await PerfReport(load: load).printThroughput(spans.reduce(first) { $0.union($1) }.duration)
        }
    }
}
