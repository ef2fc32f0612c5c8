// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// A client: a DEALER socket, which may ask again without waiting for a reply and take any number of them.
struct Client: Sendable {
    /// How long it waits, after its last request, for what is under way.
    private static let farewell = Duration.seconds(5)

    let name: String
    let socket: DealerSocket
    /// Whether to speak as a REQ socket would, which is what REP workers understand.
    let addsDelimiter: Bool
    let account: Account

    init(in context: Context, endpoint: String, addsDelimiter: Bool, account: Account) async throws {
        self.name = randomName()
        self.addsDelimiter = addsDelimiter
        self.account = account
        var options = SocketOptions()
        options.routingID = try RoutingID(name)
        self.socket = try context.makeDealerSocket(options)
        try await Endpoints.connect(socket, to: endpoint, argument: "--endpoint")
    }

    /// Asks once a second, and prints every reply as it arrives.
    func run(for time: Duration, isSettled: @Sendable () -> Bool) async throws {
        let start = ContinuousClock.now
        let end = start + time
        var number = 0
        while .now < end {
            number += 1
            try await ask(Message.Part("request #\(number)"))
            try await printReplies(until: min(start + .seconds(number), end))
        }
        try await printReplies(until: .now + Self.farewell, or: isSettled)
        await socket.close()
    }

    private func ask(_ request: Message.Part) async throws {
        account.requestSent()
        try await socket.send(addsDelimiter ? ["", request] : [request])
    }

    /// Looks for replies a hundred times a second.
    private func printReplies(
        until end: ContinuousClock.Instant, or isSettled: () -> Bool = { false }
    ) async throws {
        while .now < end, !isSettled() {
            guard var reply = try await socket.receive(within: .milliseconds(10)) else { continue }
            if addsDelimiter { _ = reply.removeFirst() }
            try await StandardOutput.line("\(name) \(String(reply[0]))")
            account.replyReceived()
        }
    }
}
