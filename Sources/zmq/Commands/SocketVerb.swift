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
}

extension SocketVerb {
    var isEcho: Bool { false }

    func run() async throws {
        try await SocketSession(type: Self.socketType, arguments: arguments, echo: isEcho).run()
    }
}
