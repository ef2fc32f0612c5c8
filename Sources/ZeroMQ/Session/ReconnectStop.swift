// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// After what a connected endpoint is not dialled again, but given up as if it had been disconnected.
///
/// What waits for it is lost then. Twin of `ZMQ_RECONNECT_STOP`.
public struct ReconnectStop: OptionSet, Sendable, Hashable {
    /// The bits that libzmq uses.
    public let rawValue: Int

    /// Makes a set of the bits that libzmq uses.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Nobody listens there (`ZMQ_RECONNECT_STOP_CONN_REFUSED`).
    public static let connectionRefused = ReconnectStop(rawValue: 1)

    /// The connection ended before both sides were ready, for whatever reason
    /// (`ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED`).
    public static let handshakeFailed = ReconnectStop(rawValue: 2)

    /// The endpoint was disconnected: otherwise it is dialled for as long as messages wait for it and
    /// ``SocketOptions/linger`` allows (`ZMQ_RECONNECT_STOP_AFTER_DISCONNECT`).
    public static let afterDisconnect = ReconnectStop(rawValue: 4)

    static let all: ReconnectStop = [.connectionRefused, .handshakeFailed, .afterDisconnect]
}
