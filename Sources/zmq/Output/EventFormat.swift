// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// How reports are written.
enum ReportFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
    /// A line for people.
    case text
    /// A JSON object a line.
    case json
}

extension SocketEvent {
    /// The event in a line.
    func line(_ format: ReportFormat) -> String {
        switch format {
        case .text: "\(self)"
        case .json: json.text
        }
    }

    private var json: JSONObject {
        var object = JSONObject()
        object.add("event", name)
        object.add("endpoint", endpoint)
        if let connection {
            object.add("connection", Int(connection.number))
            object.add("local", connection.localAddress)
            object.add("remote", connection.peerAddress)
        }
        switch self {
        case .bindFailed(_, let error), .closeFailed(_, let error), .acceptFailed(_, let error):
            object.add("error", error.message)
        case .connecting(_, let attempt):
            object.add("attempt", attempt)
        case .connectFailed(_, let error, let delay):
            object.add("error", error.message)
            object.add("retry_ms", delay)
        case .handshakeSucceeded(_, let peer):
            object.add("peer", "\(peer.id)")
            object.add("type", peer.socketType?.wireName)
            object.add("routing_id", peer.routingID.map { "\($0)" })
            object.add("version", "\(peer.version)")
            object.add("mechanism", peer.mechanism)
        case .handshakeFailed(_, let reason, let delay):
            object.add("reason", "\(reason)")
            object.add("retry_ms", delay)
        case .disconnected(_, let peer, let reason, let delay):
            object.add("peer", peer.map { "\($0)" })
            object.add("reason", "\(reason)")
            object.add("retry_ms", delay)
        case .missed(let count):
            object.add("count", count)
        default:
            break
        }
        return object
    }

    private var name: String {
        switch self {
        case .listening: "listening"
        case .bindFailed: "bind_failed"
        case .closed: "closed"
        case .closeFailed: "close_failed"
        case .acceptFailed: "accept_failed"
        case .connecting: "connecting"
        case .connectFailed: "connect_failed"
        case .accepted: "accepted"
        case .connected: "connected"
        case .handshakeSucceeded: "handshake_succeeded"
        case .handshakeFailed: "handshake_failed"
        case .disconnected: "disconnected"
        case .missed: "missed"
        @unknown default: "unknown"
        }
    }
}
