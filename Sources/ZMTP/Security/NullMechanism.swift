// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import struct NIOCore.ByteBuffer

/// No security: READY in both directions, or ERROR (RFC 37 and RFC 23, "The NULL Security Mechanism").
struct NullMechanism: Sendable {
    private let properties: PeerProperties

    init(properties: PeerProperties) {
        self.properties = properties
    }

    /// READY at once, on both sides.
    ///
    /// RFC 23 lets neither side wait for the other. RFC 37 lets the side that binds wait, but does not make it, and a
    /// 3.0 peer would wait for ever.
    func start() -> Command {
        .ready(self.properties)
    }

    /// The peer's READY ends the handshake; ERROR and everything else end the connection.
    func receive(_ body: ByteBuffer) throws(ZMTPError) -> SecurityHandshake.Action {
        switch try Command(body: body) {
        case .ready(let properties):
            return .finish(properties)
        case .error(let reason):
            throw .refused(reason)
        case let command:
            throw ZMTPError(
                .unexpectedCommand,
                "handshake: expected READY or ERROR, got \(command.name) (RFC 37, The NULL Security Mechanism)"
            )
        }
    }
}

extension ZMTPError {
    /// The peer sent ERROR.
    static func refused(_ reason: String) -> ZMTPError {
        ZMTPError(
            .refusedByPeer, "the peer sent ERROR with the reason \"\(reason)\" (RFC 37, Error Handling)",
            peerReason: reason)
    }
}
