// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// The memory that all connections of one event loop read the network into.
///
/// A connection that waits has none. A buffer that was read into goes to the socket with the messages in it, and is
/// used again once they are gone: few buffers, still in the processor's cache, instead of one for each connection.
///
/// Isolation: the event loop.
final class ReceiveMemory: @unchecked Sendable {
    // @unchecked: touched on the event loop only.

    /// What one read can bring.
    static let readSize = 131_072
    /// Less than this is copied out, so that few octets do not keep a large buffer.
    static let copiedSize = 16_384
    /// How many buffers are remembered, and up to which size.
    private static let spareCount = 8
    private static let largestSpare = 4 << 20

    /// What was copied out of last: nobody but the channel has it, and that only for a moment.
    private var free = ByteBuffer()
    private var spares: [ByteBuffer] = []

    /// An empty buffer that nobody else has.
    func take(_ capacity: Int = ReceiveMemory.readSize) -> ByteBuffer {
        if self.free.capacity >= capacity, self.free.modifyIfUniquelyOwned({ $0.clear() }) != nil {
            defer { self.free = ByteBuffer() }
            return self.free
        }
        for index in self.spares.indices where self.spares[index].capacity >= capacity {
            // Only if no message is left in it.
            guard self.spares[index].modifyIfUniquelyOwned({ $0.clear() }) != nil else { continue }
            self.spares.swapAt(index, self.spares.count - 1)
            return self.spares.removeLast()
        }
        return ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// An empty buffer with room for whole messages of a usual size, so that the last one in it needn't be moved to where
    /// its rest fits; for whatever comes if that is 0.
    func take(for usualSize: Int) -> ByteBuffer {
        guard usualSize > 0, usualSize <= Self.largestSpare else { return self.take() }
        let size = max(1, Self.readSize / usualSize) * usualSize
        var buffer = self.take(size)
        buffer.limitRoom(to: size)
        return buffer
    }

    /// Remembers a buffer, to be used again once its messages are gone.
    func keep(_ buffer: ByteBuffer) {
        guard buffer.capacity <= Self.largestSpare else { return }
        if self.spares.count == Self.spareCount { self.spares.removeFirst() }
        self.spares.append(buffer)
    }

    /// What was read, as it may be kept.
    func hold(_ buffer: ByteBuffer) -> ByteBuffer {
        guard buffer.readableBytes < Self.copiedSize, buffer.capacity >= Self.readSize else {
            self.keep(buffer)
            return buffer
        }
        if buffer.capacity <= Self.largestSpare { self.free = buffer }
        var copy = ByteBufferAllocator().buffer(capacity: buffer.readableBytes)
        copy.writeImmutableBuffer(buffer)
        return copy
    }
}

/// Gives a channel the buffer for its next read, which its session chooses.
///
/// Isolation: the event loop.
final class ReceiveAllocator: RecvByteBufferAllocator, @unchecked Sendable {
    // @unchecked: touched on the event loop only.
    weak var session: Session?
    private var isFirst = true

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        // The channel keeps the first one for good: enough for a greeting.
        defer { self.isFirst = false }
        guard !self.isFirst, let session else { return allocator.buffer(capacity: 128) }
        return session.nextBuffer()
    }

    /// No size: each read asks for a buffer.
    func nextBufferSize() -> Int? { nil }

    /// Whether the next buffer is another one: it always is.
    func record(actualReadBytes: Int) -> Bool { true }
}

extension ChannelOptions.Types.WriteBufferWaterMark {
    /// Writable exactly when the kernel has taken all that was written: a session has one write under way.
    static var allOrNothing: Self { .init(low: 1, high: 1) }
}
