// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import ZMTP

/// What a connection that has become ready tells of its peer.
struct ConnectionRecord: Sendable {
    var endpoint: String
    var address: String
    var peer: ConnectionEvent.Peer
    var mechanism: String
    var now: NIODeadline
}
