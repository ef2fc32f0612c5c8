// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import struct NIOCore.ByteBuffer

/// What two connections say to each other beside messages, in clear (RFC 37, "Commands").
///
/// A mechanism with commands of its own reads those itself; this is what NULL knows, and what all traffic knows once
/// it is in clear.
package enum Command: Sendable, Hashable {
    /// The sender is ready for messages, and this is what it says of itself.
    case ready(PeerProperties)
    /// The sender refuses the connection; the reason is for a log and has no defined meaning.
    case error(reason: String)
    /// Asks for a PONG. A time to live, in tenths of a second, that is not zero asks the receiver to drop the
    /// connection when nothing more arrives within it.
    case ping(timeToLive: UInt16, context: ByteBuffer)
    /// Answers a PING with its context.
    case pong(context: ByteBuffer)
    /// Wants messages that begin with these octets.
    case subscribe(ByteBuffer)
    /// Takes one equal subscription back.
    case cancel(ByteBuffer)
    /// Any other command, well-formed as far as can be told.
    case unknown(name: String)

    /// The context of PING and PONG has at most this many octets (RFC 37, "Connection Heartbeating").
    static let maxContextLength = 16

    /// The name on the wire.
    package var name: String {
        switch self {
        case .ready: "READY"
        case .error: "ERROR"
        case .ping: "PING"
        case .pong: "PONG"
        case .subscribe: "SUBSCRIBE"
        case .cancel: "CANCEL"
        case .unknown(let name): name
        }
    }
}
