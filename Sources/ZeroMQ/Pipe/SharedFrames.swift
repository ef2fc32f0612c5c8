// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore
package import ZMTP

/// Messages of a publisher, encoded once for all queues that get them.
///
/// The queue of a subscriber holds a run of messages here instead of a copy, and the connection writes from this memory:
/// what a hundred subscribers get stays in the processor's cache (benchmark rows *published*, 1 KiB: see
/// docs/performance.md). More is appended while connections write what was there before; full ones are replaced, and go
/// when the last subscriber has what he gets of them.
package final class SharedFrames: @unchecked Sendable {
    // @unchecked: appended to, and asked for slices, under the lock of the publisher's socket only; what is in a slice
    // never changes.
    package fileprivate(set) var frames = RawBuffer()

    /// At the end of the memory a run ends, and is written whatever it has: four segments make that rare.
    private static let size = 4 * OutgoingQueue.segmentSize

    package init() { self.frames.reserveCapacity(Self.size + 2 * OutgoingQueue.referencedSize) }

    package var isFull: Bool { self.frames.count >= Self.size }

    /// A shorter message is copied to each queue: that takes no longer than to refer to it, and keeps the segments of
    /// the queues full.
    private static let leastSize = 256

    /// Whether a message is encoded here. A large one is lent to every connection as it is.
    package static func suits(_ message: borrowing Message) -> Bool {
        switch message.bytes {
        case .inline: false
        case .shared(let shared): shared.count >= Self.leastSize && shared.count < OutgoingQueue.referencedSize
        }
    }

    /// Encodes a message that suits; where it lies.
    package func append(_ message: borrowing Message) -> Range<Int> {
        let start = self.frames.count
        self.frames.append(message)
        return start..<self.frames.count
    }

    /// Messages that lie one behind the other.
    package struct Run: Sendable {
        private var source: SharedFrames?
        private var start = 0
        package private(set) var count = 0

        package init() {}

        package init(_ range: Range<Int>, of source: SharedFrames) {
            self.source = source
            self.start = range.lowerBound
            self.count = range.count
        }

        package var isEmpty: Bool { self.count == 0 }
        private var range: Range<Int> { self.start..<self.start + self.count }

        /// Takes in the message that follows the last one; false if it lies somewhere else.
        @inline(__always)
        package mutating func extend(to range: Range<Int>, of source: SharedFrames) -> Bool {
            guard self.count > 0, self.start + self.count == range.lowerBound, self.source === source
            else { return false }
            self.count += range.count
            return true
        }

        /// The octets; the run is empty then.
        package mutating func take() -> ByteBuffer? {
            let octets = self.source?.frames.slice(self.range)
            self = Run()
            return octets
        }

        /// Copies the octets to the end of a buffer; the run is empty then.
        package mutating func move(to frames: inout RawBuffer) {
            if let source = self.source { frames.append(self.range, of: source.frames) }
            self = Run()
        }
    }
}
