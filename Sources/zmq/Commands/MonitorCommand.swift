// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq monitor`
struct MonitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Be a socket that only watches, and write what happens to its connections, a line each.",
        discussion: """
            It sends nothing and receives nothing; what peers send it stays where it is. So give it a type that peers \
            send nothing to, such as pub in front of subscribers or sub in front of publishers. Ends after --count \
            events, with exit 3 if --timeout passes without one, or with a signal.
            """
    )

    @Option(help: ArgumentHelp("The type of the socket.", valueName: "type"), transform: Self.socketType)
    var type: SocketType

    @Option(
        name: [.customShort("b"), .customLong("bind")],
        help: ArgumentHelp("Bind to this endpoint; repeatable.", valueName: "ep"))
    var binds: [String] = []

    @Option(
        name: [.customShort("c"), .customLong("connect")],
        help: ArgumentHelp("Connect to this endpoint; repeatable.", valueName: "ep"))
    var connects: [String] = []

    @Option(help: ArgumentHelp("End after so many events.", valueName: "n"), transform: Expecting.wholeNumber(from: 1))
    var count: Int?

    @Option(
        help: ArgumentHelp("Give up with exit 3 when nothing happens for so long.", valueName: "seconds"),
        transform: Expecting.seconds)
    var timeout: Duration?

    @Option(help: "How events are written.")
    var format: ReportFormat = .text

    @Option(
        name: .customLong("option"),
        help: ArgumentHelp("A socket option; repeatable. See the socket verbs.", valueName: "name=value"))
    var assignments: [String] = []

    func validate() throws {
        guard !(binds.isEmpty && connects.isEmpty) else {
            throw ValidationError("expected at least one endpoint: --bind EP or --connect EP")
        }
    }

    func run() async throws {
        var settings = SocketSettings()
        for assignment in assignments { try SocketOptionTable.apply(assignment, to: &settings, of: type) }
        let options = settings.socketOptions
        try await withToolContext { context in
            let socket = try context.makeSocket(type, options)
            let events = socket.events
            try await Endpoints.open(socket, binds: binds, connects: connects)
            try await write(events)
            await socket.close(within: .zero)
        }
    }

    private func write(_ events: SocketEvents) async throws {
        var iterator = events.makeAsyncIterator()
        var written = 0
        while written < count ?? Int.max {
            guard let event = try await next(&iterator) else { return try Task.checkCancellation() }
            try await StandardOutput.line(event.line(format))
            written += 1
        }
    }

    private func next(_ iterator: inout SocketEvents.AsyncIterator) async throws -> SocketEvent? {
        guard let timeout else { return await iterator.next() }
        let watched = iterator
        return try await withThrowingTaskGroup(of: SocketEvent?.self) { group in
            group.addTask {
                var iterator = watched
                return await iterator.next()
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw ToolFailure.timedOut("timeout: nothing has happened for \(timeout.inSeconds)")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    @Sendable
    private static func socketType(_ name: String) throws -> SocketType {
        guard let type = SocketType(rawValue: name) else {
            let known = SocketType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("unknown type '\(name)': expected one of \(known)")
        }
        return type
    }
}
