// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq perf local_pub`
struct LocalPublish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "local_pub",
        abstract: "Publishing: a PUB socket that binds, waits for subscribers and sends, waiting for the slow ones.")

    @Argument(help: ArgumentHelp("Where to bind.", valueName: "bind-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments
    @OptionGroup var audience: PerfAudience
    @Flag(help: "Before sending, say 'subscribed' and wait for the end of standard input.")
    var hold = false

    func run() async throws {
        let load = arguments.load
        let topics = audience.topics
        try PerfTopics.check(topics, load)
        var options = SocketOptions()
        options.xpubNoDrop = true
        try await withToolContext { [options] context in
            let socket = try context.makePubSocket(options)
            try await Endpoints.bind(socket, to: endpoint, argument: "BIND-TO")
            // The last topic that each subscriber wants is that of the last number.
            let last = topics > 0 ? PerfTopics.part(topics - 1, size: PerfTopics.length) : nil
            try await socket.waitForSubscribers(audience.peers, to: last)
            if hold {
                try await StandardOutput.line("subscribed")
                while try await StandardInput().next() != nil { continue }
            }
            try await load.run(on: socket) { try await PerfLoops.publish(load, on: socket, topics: topics) }
            await socket.close()
        }
    }
}

/// `zmq perf remote_sub`
struct RemoteSubscribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote_sub",
        abstract: "Publishing: SUB sockets that connect, each of which receives every message, and a report.")

    @Argument(help: ArgumentHelp("Where to connect.", valueName: "connect-to")) var endpoint: String
    @OptionGroup var arguments: PerfArguments
    @OptionGroup var audience: PerfAudience

    func run() async throws {
        let load = arguments.load
        try PerfTopics.check(audience.topics, load)
        try await withToolContext { context in
            let span = try await withThrowingTaskGroup(of: ArrivalSpan.self) { group in
                for _ in 0..<audience.peers {
                    let socket = try context.makeSubSocket()
                    for number in 0..<audience.topics {
                        try socket.subscribe(to: PerfTopics.part(number, size: PerfTopics.length))
                    }
                    if audience.topics == 0 { try socket.subscribe() }
                    try await Endpoints.connect(socket, to: endpoint, argument: "CONNECT-TO")
                    group.addTask {
                        try await load.run(on: socket) { try await PerfLoops.receive(load.count, from: socket, load) }
                    }
                }
                let first = try await group.next()
                return try await group.reduce(into: first) { $0 = $0?.union($1) ?? $1 }
            }
            try await PerfReport(load: load).printThroughputHead()
            try await PerfReport(load: load).printThroughput(span?.duration ?? .zero)
        }
    }
}

/// `zmq perf proxy_thr`
struct ProxyThroughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy_thr",
        abstract: "Throughput from two XPUB sockets through a proxy of XSUB and XPUB to a SUB socket, in one process.")

    @OptionGroup var arguments: PerfArguments

    /// As libzmq's program of this name sets it.
    private static let mark = 10_000

    func run() async throws {
        let load = arguments.load
        var options = SocketOptions()
        options.sendHighWaterMark = Self.mark
        options.receiveHighWaterMark = Self.mark
        options.xpubNoDrop = true
        try await withToolContext { [options] context in
            let (xsub, xpub) = (try context.makeXSubSocket(options), try context.makeXPubSocket(options))
            try await xsub.bind(to: "inproc://perf_front")
            try await xpub.bind(to: "inproc://perf_back")
            let subscriber = try context.makeSubSocket(options)
            try subscriber.subscribe()
            try await subscriber.connect(to: "inproc://perf_back")
            let publishers = [try context.makeXPubSocket(options), try context.makeXPubSocket(options)]
            for publisher in publishers { try await publisher.connect(to: "inproc://perf_front") }
            try await PerfReport(load: load).printThroughputHead()
            let elapsed = try await withThrowingTaskGroup(of: Duration?.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    try await Proxy(frontend: xsub, backend: xpub).run()
                    return nil
                }
                for publisher in publishers {
                    group.addTask {
                        try await publisher.waitForSubscribers()
                        // More than the subscriber counts: who is ahead must not wait for the other.
                        try await load.run(on: publisher) { try await PerfLoops.publish(load, on: publisher) }
                        return nil
                    }
                }
                group.addTask {
                    try await load.run(on: subscriber) {
                        try await PerfLoops.receive(load.count, from: subscriber, load).duration
                    }
                }
                while let result = try await group.next() {
                    if let duration = result { return duration }
                }
                return .zero
            }
            try await PerfReport(load: load).printThroughput(elapsed)
        }
    }
}

/// How many subscribers there are, and to what.
struct PerfAudience: ParsableArguments {
    @Option(
        help: ArgumentHelp("Subscribers. (default: 1)", valueName: "n"), transform: Expecting.wholeNumber(from: 1))
    var peers: Int = 1

    @Option(
        help: ArgumentHelp(
            "Topics that each of them subscribes to, one of which each message begins with. Default: everything.",
            valueName: "n"),
        transform: Expecting.wholeNumber(from: 1))
    var topics: Int = 0
}

/// Numbered topics of one length: `topic-0000000042`.
enum PerfTopics {
    static let length = 16
    private static let name = Array("topic-".utf8)

    /// A part of so many bytes that begins with a topic.
    static func part(_ number: Int, size: Int) -> Message.Part {
        Message.Part(octets(number, size: size))
    }

    static func octets(_ number: Int, size: Int) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: max(size, length))
        octets.replaceSubrange(0..<name.count, with: name)
        write(number, into: &octets)
        return octets
    }

    /// Puts another number into such octets.
    static func write(_ number: Int, into octets: inout [UInt8]) {
        var rest = number
        for index in stride(from: length - 1, through: name.count, by: -1) {
            octets[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    static func check(_ topics: Int, _ load: PerfLoad) throws {
        guard topics == 0 || load.size >= length else {
            throw ToolFailure.usage("--topics: expected a MESSAGE-SIZE of at least \(length), the length of a topic")
        }
    }
}
