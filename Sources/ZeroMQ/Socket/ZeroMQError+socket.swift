// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

extension ZeroMQError {
    static var socketClosed: ZeroMQError {
        ZeroMQError(.closed, "the socket is closed, or its context is shutting down")
    }

    static func cannotSend(_ type: SocketType) -> ZeroMQError {
        ZeroMQError(.notSupported, "\(type.wireName) sockets do not send (RFC 29, 30)")
    }

    static func cannotReceive(_ type: SocketType) -> ZeroMQError {
        ZeroMQError(.notSupported, "\(type.wireName) sockets do not receive (RFC 29, 30)")
    }

    static func cannotSubscribe(_ type: SocketType) -> ZeroMQError {
        ZeroMQError(.notSupported, "\(type.wireName) sockets do not subscribe (RFC 29)")
    }

    static func hasNoSubscribers(_ type: SocketType) -> ZeroMQError {
        ZeroMQError(.notSupported, "\(type.wireName) sockets have no subscribers (RFC 29)")
    }

    static func manyParts(_ count: Int) -> ZeroMQError {
        ZeroMQError(
            .invalidMessage, "a conflating socket sends messages of one part (ZMQ_CONFLATE), and one of \(count) came")
    }

    static func routingIDTaken(_ id: RoutingID, _ endpoint: String) -> ZeroMQError {
        ZeroMQError(
            .addressInUse,
            "cannot connect to \(endpoint) as \(id): another peer has this routing id (ZMQ_CONNECT_ROUTING_ID)")
    }

    static var nobodyAsked: ZeroMQError {
        ZeroMQError(
            .wrongState,
            "expected ZMQ_XPUB_MANUAL, and a subscription received last from a peer that is still there, found none")
    }

    static func unroutable(_ destination: Destination) -> ZeroMQError {
        switch destination {
        case .id(let id):
            ZeroMQError(.unroutable, "no peer with the routing id \(id) is connected (ZMQ_ROUTER_MANDATORY)")
        case .peer, .any:
            ZeroMQError(.unroutable, "the peer is no longer connected (ZMQ_ROUTER_MANDATORY)")
        }
    }

    static func sendTimedOut(_ limit: Duration) -> ZeroMQError {
        ZeroMQError(.timedOut, "no peer had room for the message within \(limit); it was not sent")
    }
}
