// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// How large a buffer the network is read into.
enum ReceiveBuffers {
    /// Small at first, so that idle connections cost little; grows with what arrives.
    static var allocator: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 131_072)
    }
}

extension ChannelOptions.Types.WriteBufferWaterMark {
    /// Writable exactly when the kernel has taken all that was written: a session has one write under way.
    static var allOrNothing: Self { .init(low: 1, high: 1) }
}
