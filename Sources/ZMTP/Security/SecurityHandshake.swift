// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import struct NIOCore.ByteBuffer

/// A mechanism at work on one connection, from the greeting until both sides are ready.
///
/// Each mechanism reads the bodies of its commands itself, because some of them are encrypted. It does not judge
/// what the peer says of itself: that is the connection's part.
enum SecurityHandshake: ~Copyable, Sendable {
    case null(NullMechanism)

    /// What the connection does about a command.
    enum Action: Sendable, Equatable {
        /// Checks the peer's properties and, if they fit, is ready.
        case finish(PeerProperties)
    }

    /// The mechanism's part of one connection; `properties` is what this side says of itself.
    init(_ mechanism: SecurityMechanism, properties: PeerProperties) {
        switch mechanism {
        case .null: self = .null(NullMechanism(properties: properties))
        }
    }

    /// The greetings fit.
    ///
    /// - Returns: What to send unasked.
    mutating func start() -> Command? {
        switch self {
        case .null(let mechanism): mechanism.start()
        }
    }

    /// A command came.
    mutating func receive(_ body: ByteBuffer) throws(ZMTPError) -> Action {
        switch self {
        case .null(let mechanism): try mechanism.receive(body)
        }
    }
}
