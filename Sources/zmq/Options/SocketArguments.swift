// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// What every socket verb understands.
struct SocketArguments: ParsableArguments {
    @Option(
        name: [.customShort("b"), .customLong("bind")],
        help: ArgumentHelp(
            "Bind to this endpoint; repeatable. A port of 0 or * is chosen by the system.", valueName: "ep"))
    var binds: [String] = []

    @Option(
        name: [.customShort("c"), .customLong("connect")],
        help: ArgumentHelp("Connect to this endpoint; repeatable. The peer need not be there yet.", valueName: "ep"))
    var connects: [String] = []

    @Option(
        help: ArgumentHelp(
            "End after so many messages: received; for req, replies received; for rep, replies; for push and pub, sent.",
            valueName: "n"),
        transform: Expecting.wholeNumber(from: 1))
    var count: Int?

    @Option(
        help: ArgumentHelp(
            "Give up with exit 3 when a peer has let nothing be received or sent for so long.", valueName: "seconds"),
        transform: Expecting.seconds)
    var timeout: Duration?

    @Option(help: "How messages are written and read.")
    var format: MessageFormat = .text

    @Option(
        name: .customLong("routing-id"),
        help: ArgumentHelp("The name under which ROUTER peers know this socket.", valueName: "id"))
    var routingID: String?

    @Option(
        name: .customLong("option"),
        help: ArgumentHelp(
            "A socket option by its ZMQ_ name without prefix, in lower case; repeatable. Times are in milliseconds.",
            discussion: SocketOptionTable.names, valueName: "name=value"))
    var assignments: [String] = []

    @Option(
        help: ArgumentHelp("Time between two messages sent.", valueName: "seconds"), transform: Expecting.seconds)
    var interval: Duration = .zero

    @Option(
        help: ArgumentHelp("Time before the first message sent.", valueName: "seconds"), transform: Expecting.seconds)
    var delay: Duration = .zero

    @Flag(help: "Report what happens to connections on standard error.")
    var verbose = false

    func validate() throws {
        guard !(binds.isEmpty && connects.isEmpty) else {
            throw ValidationError("expected at least one endpoint: --bind EP or --connect EP")
        }
    }

    /// The settings for a socket of this type.
    func settings(for type: SocketType) throws(ToolFailure) -> SocketSettings {
        var settings = SocketSettings()
        for assignment in assignments {
            try SocketOptionTable.apply(assignment, to: &settings, of: type)
        }
        if let routingID {
            guard let id = try? RoutingID(routingID) else {
                throw .usage("--routing-id '\(routingID)': \(SocketOptionTable.routingIDRule)")
            }
            settings.options.routingID = id
        }
        return settings
    }
}

/// The switch of those verbs that can answer by themselves.
struct EchoArguments: ParsableArguments {
    @Flag(help: "Send each message back, and print it too; standard input is not read.")
    var echo = false
}

/// What subscribers can say.
struct SubscribingArguments: ParsableArguments {
    @Option(
        name: .customLong("subscribe"),
        help: ArgumentHelp(
            "Receive messages that begin with this; repeatable, \"\" is everything.", valueName: "prefix"))
    var topics: [String] = []
}

/// What publishers can say.
struct PublishingArguments: ParsableArguments {
    @Flag(help: "Hold the first message until there is a subscriber.")
    var waitForPeer = false
}
