// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// What a peer may send, checked on announced sizes before anything is allocated.
package struct FrameLimits: Sendable, Hashable {
    /// Octets in one part; nil is no limit. Twin of `ZMQ_MAXMSGSIZE`.
    package var maxFrameSize: Int?
    /// Octets in all parts of one message; nil is no limit.
    package var maxMessageSize: Int?
    /// Parts in one message; nil is no limit.
    package var maxParts: Int?

    package init(maxFrameSize: Int? = nil, maxMessageSize: Int? = nil, maxParts: Int? = nil) {
        self.maxFrameSize = maxFrameSize
        self.maxMessageSize = maxMessageSize
        self.maxParts = maxParts
    }
}
