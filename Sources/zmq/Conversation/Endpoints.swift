// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// The endpoints of the command line, taken in order, with a notice for each.
enum Endpoints {
    /// Binds, the first endpoint with the descriptor that listens already if there is one, then connects, the first
    /// endpoint with the name for its peer if there is one.
    static func open(
        _ socket: AnySocket, binds: [String], connects: [String], adopting descriptor: CInt? = nil,
        as routingID: RoutingID? = nil
    ) async throws {
        for (index, endpoint) in binds.enumerated() {
            try await bind(socket, to: endpoint, argument: "--bind", adopting: index == 0 ? descriptor : nil)
        }
        for (index, endpoint) in connects.enumerated() {
            guard index == 0, let routingID else {
                try await connect(socket, to: endpoint, argument: "--connect")
                continue
            }
            do {
                try await socket.connect(to: endpoint, as: routingID)
                Notices.connected(endpoint)
            } catch let error as ZeroMQError {
                throw ToolFailure(error, argument: "--connect", endpoint: endpoint)
            }
        }
    }

    /// Binds and says `bound EP`, EP being what the system has made of it.
    @discardableResult
    static func bind(
        _ socket: any Socket, to endpoint: String, argument: String, adopting descriptor: CInt? = nil
    ) async throws -> String {
        do {
            let bound =
                if let descriptor {
                    try await socket.bind(to: endpoint, adopting: descriptor)
                } else {
                    try await socket.bind(to: endpoint)
                }
            Notices.bound(bound)
            return bound
        } catch let error as ZeroMQError {
            throw ToolFailure(error, argument: argument, endpoint: endpoint)
        }
    }

    /// Connects and says `connected EP`.
    static func connect(_ socket: any Socket, to endpoint: String, argument: String) async throws {
        do {
            try await socket.connect(to: endpoint)
            Notices.connected(endpoint)
        } catch let error as ZeroMQError {
            throw ToolFailure(error, argument: argument, endpoint: endpoint)
        }
    }
}
