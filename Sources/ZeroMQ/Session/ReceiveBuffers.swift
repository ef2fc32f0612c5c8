// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore

/// The memory that all connections of one event loop read the network into.
///
/// A connection that waits has none. A buffer that was read into goes to the socket with the messages in it, and is
/// used again once they are gone: few buffers, still in the processor's cache, instead of one for each connection.
///
/// Isolation: the event loop; one that belongs to a ``ReadingRight``, who holds the lock of that.
package final class ReceiveMemory: @unchecked Sendable {
    // @unchecked: a context makes one for each event loop, and only the sessions of that loop touch it, from within
    // their channels. Others are within a lock and never leave it.

    /// What one read can bring.
    package static let readSize = 131_072
    /// Less than this is copied out, so that few octets do not keep a large buffer.
    package static let copiedSize = 16_384
    /// How many octets of buffers are remembered, and up to which size: more than are in use while a receiver on another
    /// thread falls behind a little, or their memory would go back to the system and come again (benchmark row 64 KiB:
    /// a page fault for each message).
    package static let spareLimit = 8 << 20
    private static let largestSpare = 4 << 20
    /// At how many of them to look for one that is free: to look takes a line of cache from the receiver.
    private static let newestLooks = 8
    private static let oldestLooks = 4

    /// What was copied out of last: nobody but the channel has it, and that only for a moment.
    private var free = ByteBuffer()
    private var spares: [ByteBuffer] = []
    private var spareBytes = 0

    package init() {}

    /// An empty buffer that nobody else has.
    package func take(_ capacity: Int = ReceiveMemory.readSize) -> ByteBuffer {
        if self.free.capacity >= capacity, self.free.modifyIfUniquelyOwned({ $0.clear() }) != nil {
            defer { self.free = ByteBuffer() }
            return self.free
        }
        let count = self.spares.count
        let newest = max(0, count - Self.newestLooks)
        // What was used last is still in the processor's cache. If all that is in use, what was used first is not.
        if let spare = self.take(capacity, from: (newest..<count).reversed()) { return spare }
        if let spare = self.take(capacity, from: 0..<min(Self.oldestLooks, newest)) { return spare }
        return ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// The first of these that has no message left in it.
    private func take(_ capacity: Int, from indices: some Sequence<Int>) -> ByteBuffer? {
        for index in indices where self.spares[index].capacity >= capacity {
            guard self.spares[index].modifyIfUniquelyOwned({ $0.clear() }) != nil else { continue }
            self.spareBytes -= self.spares[index].capacity
            return self.spares.remove(at: index)
        }
        return nil
    }

    /// An empty buffer with room for whole messages of a usual size, so that the last one in it needn't be moved to where
    /// its rest fits; for whatever comes if that is 0.
    package func take(for usualSize: Int) -> ByteBuffer {
        guard usualSize > 0, usualSize <= Self.largestSpare else { return self.take() }
        let size = max(1, Self.readSize / usualSize) * usualSize
        var buffer = self.take(size)
        buffer.limitRoom(to: size)
        return buffer
    }

    /// Remembers a buffer, to be used again once its messages are gone.
    package func keep(_ buffer: ByteBuffer) {
        // Smaller ones, as each connection's first, are of no use to anybody.
        guard buffer.capacity >= Self.readSize / 2, buffer.capacity <= Self.largestSpare else { return }
        self.spareBytes += buffer.capacity
        while self.spareBytes > Self.spareLimit, !self.spares.isEmpty {
            self.spareBytes -= self.spares.removeFirst().capacity
        }
        self.spares.append(buffer)
    }

    /// Takes over what another memory has.
    func takeAll(from other: ReceiveMemory) {
        for buffer in other.spares + [other.free] { self.keep(buffer) }
        other.spares = []
        other.spareBytes = 0
        other.free = ByteBuffer()
    }

    /// What was read, as it may be kept.
    package func hold(_ buffer: ByteBuffer) -> ByteBuffer {
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
    // @unchecked: touched on the event loop only: one channel has it, which asks it when it reads, and that channel's
    // session, which sets itself when it is added.
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
