// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

extension SocketEvent {
    /// Whether a connection ended before its peer was ready.
    var isHandshakeFailure: Bool {
        if case .handshakeFailed = self { true } else { false }
    }

    /// Whether a connection with a ready peer has ended.
    var isDisconnected: Bool {
        if case .disconnected = self { true } else { false }
    }
}
