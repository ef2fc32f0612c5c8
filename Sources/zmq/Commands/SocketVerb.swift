// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// A verb that is a socket: `zmq req`, `zmq pull`, …
protocol SocketVerb: AsyncParsableCommand {
    /// The type of the socket.
    static var socketType: SocketType { get }
    /// The options that all of them have.
    var arguments: SocketArguments { get }
    /// Whether it sends back what it receives.
    var isEcho: Bool { get }
    /// What it subscribes to at the start.
    var topics: [String] { get }
    /// Whether the first message is held until there is a subscriber.
    var waitsForPeer: Bool { get }
}

extension SocketVerb {
    var isEcho: Bool { false }
    var topics: [String] { [] }
    var waitsForPeer: Bool { false }

    func run() async throws {
        var session = SocketSession(type: Self.socketType, arguments: arguments, echo: isEcho)
        session.topics = topics
        session.waitsForPeer = waitsForPeer
        try await session.run()
    }
}
