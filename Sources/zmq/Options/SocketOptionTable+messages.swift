// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Messages that sockets send or receive by themselves, and how ROUTERs name peers.
extension SocketOptionTable {
    static let messages: [String: Entry] = [
        "conflate": flag(\.options.conflate, only: [.push, .pull, .pub, .sub, .dealer]),
        "hello_msg": message(\.options.helloMessage, only: [.dealer, .router]),
        "disconnect_msg": message(\.options.disconnectMessage, only: [.router]),
        "hiccup_msg": message(\.options.hiccupMessage, only: [.dealer]),
        "router_notify": routerNotify,
        "connect_routing_id": connectRoutingID,
    ]

    private static let routerNotify = Entry(
        expected: "a sum of 1 (connected) and 2 (disconnected)", types: [.router]
    ) { value, settings in
        guard let number = Int(value), (0...3).contains(number) else { return false }
        settings.options.routerNotify = RouterNotify(rawValue: number)
        return true
    }

    private static let connectRoutingID = Entry(
        expected: "1 to 255 bytes, the first not 0", types: [.router]
    ) { value, settings in
        guard let id = try? RoutingID(value) else { return false }
        settings.connectRoutingID = id
        return true
    }

    /// The bytes of a message of one part, or nothing for none.
    private static func message(_ path: Path<Message.Part?>, only types: Set<SocketType>) -> Entry {
        Entry(expected: "the bytes of a message", types: types) { value, settings in
            settings[keyPath: path] = value.isEmpty ? nil : Message.Part(Array(value.utf8))
            return true
        }
    }
}
