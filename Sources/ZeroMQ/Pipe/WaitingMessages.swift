// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// The messages of an ``InboundQueue``, which come in batches from a connection, or one by one over inproc.
///
/// Of those that come one by one while the reader is at work the short ones are encoded one behind the other, as for
/// the network: a third of the memory that goes from one core to the other and back (benchmark row inproc 16 B:
/// twice as many messages). To a reader that sleeps, most likely on this very thread, they are handed as they are.
package struct WaitingMessages: ~Copyable {
    /// As many octets are encoded in a row.
    private static let framesSize = 65_536

    private var queue = MessageQueue()
    /// What has come behind all that is in the queue.
    private var frames = RawBuffer()
    private var framed = 0
    /// What the reader has, or had.
    private var lent = RawBuffer()

    package init() {}

    package var count: Int { self.queue.count + self.framed }
    package var isEmpty: Bool { self.count == 0 }
    /// About how many octets of memory they were before they came here.
    package var weight: Int { self.queue.weight + self.framed * MemoryLayout<Message>.stride }

    /// Messages are moved here: octets that several threads have cost dearly to count references to (benchmark row
    /// inproc, two XPUB through a proxy).
    @inline(__always)
    package mutating func append(_ message: consuming Message) {
        self.collect()
        self.queue.append(message)
    }

    /// Appends one of many, which a reader that is awake is about to take, if it is short. False if it is to be
    /// appended as it is.
    @inline(__always)
    package mutating func appendShort(_ message: borrowing Message) -> Bool {
        guard self.queue.isEmpty, message.partCount == 1, case .inline = message.bytes else { return false }
        guard self.frames.appendQuickly(message, atMost: 0) || self.appendGrowing(message) else { return false }
        self.framed += 1
        return true
    }

    @inline(never)
    private mutating func appendGrowing(_ message: borrowing Message) -> Bool {
        guard self.frames.count < Self.framesSize else { return false }
        self.frames.append(message)
        return true
    }

    package mutating func takeAll(from batch: inout MessageQueue) {
        self.collect()
        self.queue.takeAll(from: &batch)
    }

    /// Moves all behind what is in the other queue.
    package mutating func moveAll(to other: inout MessageQueue) {
        self.collect()
        other.takeAll(from: &self.queue)
    }

    package mutating func removeAll() {
        self.queue.removeAll()
        self.frames.removeAll(keepingAtMost: Self.framesSize)
        self.framed = 0
    }

    @inline(__always)
    private mutating func collect() { if self.framed > 0 { self.collectFrames() } }

    /// Puts what is encoded into the queue, and goes on where the reader has read.
    @inline(never)
    private mutating func collectFrames() {
        let weight = self.weight
        self.queue.append(framesIn: self.frames.buffer, count: self.framed)
        self.queue.weight = weight
        self.framed = 0
        swap(&self.frames, &self.lent)
        self.frames.removeAll(keepingAtMost: 2 * Self.framesSize)
    }
}
