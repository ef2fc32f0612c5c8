// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser

/// The `zmq` tool: any ZeroMQ peer from a shell, a proxy, measurements, and the asynchronous client/server at work.
@main
struct ZMQ: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zmq",
        abstract: "Be any ZeroMQ peer, run a proxy, measure, and see the asynchronous client/server work.",
        discussion: """
            A socket verb reads messages from standard input, a line each, and writes what it receives to standard \
            output. Standard error carries 'bound EP' and 'connected EP' notices and one 'error: …' line if it fails.

            Exit codes: 0 done, 1 an error at run time, 2 wrong usage, 3 timeout, 130 and 143 after SIGINT and SIGTERM.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Socket Verbs",
                subcommands: [
                    ReqVerb.self, RepVerb.self, DealerVerb.self, RouterVerb.self, PushVerb.self, PullVerb.self,
                    PairVerb.self, PubVerb.self, SubVerb.self, XPubVerb.self, XSubVerb.self,
                ]),
            CommandGroup(
                name: "Other Verbs",
                subcommands: [
                    ProxyCommand.self, MonitorCommand.self, ProbeCommand.self, PerfCommand.self, DemoCommand.self,
                ]),
        ]
    )

    static func main() async {
        await Program.run(Array(CommandLine.arguments.dropFirst()))
    }
}
