// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import struct NIOCore.ByteBuffer

/// What a connection reports beside messages.
@nonexhaustive
public enum ConnectionEvent: Sendable, Hashable {
    /// The peer's greeting is complete and fits; the security handshake follows. Not reported of peers older than 3.0,
    /// which have neither.
    case greeted(Greeting)

    /// Both sides are ready: messages may flow.
    case ready(Peer)

    /// The peer wants messages that begin with these octets; reported to PUB and XPUB.
    case subscribed(ByteBuffer)

    /// The peer takes back one equal subscription; reported to PUB and XPUB.
    case cancelled(ByteBuffer)

    /// What is known of a peer that is ready.
    public struct Peer: Sendable, Hashable {
        /// The type of its socket; `nil` if it did not say.
        public let socketType: SocketType?

        /// How it wants to be called by a ROUTER; `nil` if it has no wish.
        public let routingID: RoutingID?

        /// The version that both sides speak.
        public let version: ProtocolVersion

        /// All that it said of itself.
        public let properties: PeerProperties
    }
}

/// Why a connection gave up decoding for now.
package enum TrafficOutcome: Sendable, Hashable {
    /// All that was fed is decoded, but for a beginning of something.
    case needsMoreBytes
    /// The queue holds as many messages as it may.
    case limitReached
    /// Something beside messages happened; there may be more to decode.
    case event(ConnectionEvent)
}
