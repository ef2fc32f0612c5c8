// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser

/// The arguments that say what a measurement moves.
struct PerfArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Bytes in each part.", valueName: "message-size"), transform: Expecting.wholeNumber(from: 0))
    var size: Int

    @Argument(
        help: ArgumentHelp("Messages, or round trips.", valueName: "count"), transform: Expecting.wholeNumber(from: 1))
    var count: Int

    @Option(
        help: ArgumentHelp("Parts in each message. (default: 1)", valueName: "n"),
        transform: Expecting.wholeNumber(from: 1))
    var parts: Int = 1

    @Flag(help: "Run on the socket's event loop instead of the global executor.")
    var onLoop = false

    /// The same as a plain value.
    var load: PerfLoad { PerfLoad(size: size, count: count, parts: parts, onLoop: onLoop) }
}

/// For the verbs that connect.
struct PerfPeers: ParsableArguments {
    @Option(
        help: ArgumentHelp("Sockets in this process, which share the count. (default: 1)", valueName: "n"),
        transform: Expecting.wholeNumber(from: 1))
    var peers: Int = 1
}
