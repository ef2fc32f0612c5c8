// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// The endpoints of the command line, taken in order, with a notice for each.
enum Endpoints {
    /// Binds, then connects.
    static func open(_ socket: any Socket, binds: [String], connects: [String]) async throws {
        for endpoint in binds { try await bind(socket, to: endpoint, argument: "--bind") }
        for endpoint in connects { try await connect(socket, to: endpoint, argument: "--connect") }
    }

    /// Binds and says `bound EP`, EP being what the system has made of it.
    @discardableResult
    static func bind(_ socket: any Socket, to endpoint: String, argument: String) async throws -> String {
        do {
            let bound = try await socket.bind(to: endpoint)
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
