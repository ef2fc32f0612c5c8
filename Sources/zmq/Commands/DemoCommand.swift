// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser

/// `zmq demo`
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See the asynchronous client/server at work.",
        subcommands: [WorkersDemo.self, ServerDemo.self]
    )
}
