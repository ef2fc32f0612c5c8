// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore
package import ZMTP

/// Messages on their way from a socket to one connection: canonical frames, whole messages, in order.
///
/// Senders encode on their own thread, straight into the segment that is being filled; the connection takes one
/// segment at a time, about 64 KiB and at most one large part, and writes it while the next is filled. The queue
/// outlives a connection that breaks.
///
/// A message counts against the mark until the connection has taken it, so that up to one segment more than the mark
/// is under way. From a mark of 1,000 on, the default, messages for a connection do not count before they fill four
/// segments: then as many wait as the mark allows or as fit into 256 KiB, whichever are more. Many short messages cost
/// one write, and a sender that had to wait comes back before all is written (benchmark rows PUSH/PULL, 16 and 128 B:
/// twice as fast).
///
/// What a publisher sends to several peers is encoded once, and their queues refer to it: see `SharedFrames`.
///
/// A value in its peer's slot, so that one lock, the socket's, covers choosing a peer and encoding for it.
package struct OutgoingQueue: ~Copyable {
    /// A segment of this size is closed and the next one begun.
    package static let segmentSize = 65_536
    /// A part of this size is not copied but travels beside the segment.
    package static let referencedSize = 16_384
    /// The least mark that counts only beyond so many octets.
    package static let smallestLooseMark = 1000
    package static let looseBytes = 262_144
    /// How many segments are kept for their memory.
    private static let spareLimit = 4
    /// How many subscriptions are written in one go.
    private static let subscriptionsPerSegment = 1024

    /// Frames to be written in one go.
    package final class Segment: @unchecked Sendable {
        // @unchecked: one has it at a time. The queue, under its socket's lock; from `take` to `recycle` whoever took it
        // out there: the event loop, or a sender, who leaves it to the loop under the direct writer's lock.
        package var frames = RawBuffer()
        package var messages = 0
        /// Octets that count against the mark for them.
        fileprivate var bytes = 0
        /// The body of the last message, behind its header in `frames`; or frames that other queues have too.
        package var payload: ByteBuffer?
        /// What to tell the peer before the next segment; then there are no frames.
        package var subscriptions: [Subscription] = []
        /// It is for the present connection only; the next one is told anew.
        fileprivate var isForConnection = false

        /// It holds as much as fits, in frames of its own.
        package var isFull: Bool { self.payload == nil && self.frames.count >= OutgoingQueue.segmentSize }
    }

    package enum Admission {
        case accepted
        /// Accepted, and the connection must be told, which is said once until it has found nothing.
        case acceptedFlushDue
        /// Accepted, and the connection must be told soon: see `releaseHold`. Said only to who asks for it.
        case acceptedHeld
        case full
        case closed
    }

    package enum Taken {
        case segment(Segment, makesRoom: Bool)
        /// Nothing waits; whoever offers next is told that a flush is due.
        case nothing
        /// Nothing waits and nothing will come.
        case drained
    }

    /// Who knows that something waits for the connection.
    private enum Flush {
        /// Nobody: nothing waits, or there is no connection.
        case idle
        /// The sender, who has not said so yet.
        case held
        /// The connection, which looks until it finds nothing.
        case due
    }

    private enum Phase {
        case open
        /// As open, but a message replaces the one that waits (`ZMQ_CONFLATE`).
        case conflating
        /// Nothing new comes in, what waits leaves.
        case draining
        case closed
    }

    private var frames = RawBuffer()
    /// In place of frames of its own: messages that follow each other in a publisher's.
    private var run = SharedFrames.Run()
    private var messages = 0
    private var closedSegments = CircularBuffer<Segment>()
    private var spares: [Segment] = []
    private var gate: QueueGate
    private var isConnected = false
    private var flush = Flush.idle
    /// Who sends is told of each segment that is full, and writes it; the connection looks for the rest.
    package private(set) var isFlooded = false
    private var phase: Phase
    /// Messages that were thrown away because a newer one came.
    package private(set) var replaced = 0

    // Counted once a segment.
    private var taken = 0
    /// Octets that connections have taken.
    package private(set) var takenBytes = 0
    /// Messages that the system has.
    package private(set) var written = 0
    /// Messages that were being written when a connection broke.
    package private(set) var unknown = 0
    /// Messages that were thrown away at the end.
    private var lost = 0

    /// - Parameters:
    ///   - limit: The high-water mark; nil is none.
    ///   - byteLimit: How many octets may wait in segments that are closed; nil is no limit.
    ///   - conflates: Only the newest message waits; there are no marks then.
    package init(limit: Int?, byteLimit: Int? = nil, conflates: Bool = false) {
        self.gate = conflates ? QueueGate(limit: nil) : QueueGate(limit: limit, byteLimit: byteLimit)
        self.phase = conflates ? .conflating : .open
    }

    private var takesMessages: Bool { self.phase == .open || self.phase == .conflating }

    /// How many messages it would take, at least.
    package var room: Int { self.takesMessages ? max(self.gate.room, self.isBelowMark() ? 1 : 0) : 0 }

    /// The sender stops for want of room, and will be told of it. False if there is room after all.
    package mutating func waitForRoom() -> Bool { self.phase == .open && !self.isBelowMark() && self.gate.refuse() }

    /// There is so little for the connection that the mark does not count yet.
    private func isBelowMark(_ bytes: Int = OutgoingQueue.looseBytes) -> Bool {
        self.isConnected && self.gate.limit >= Self.smallestLooseMark && self.waitingBytes < bytes
    }

    private var holdsAnything: Bool { self.gate.held > 0 || !self.closedSegments.isEmpty }

    /// Changes the mark. True if a sender that was refused may come back.
    package mutating func setLimit(_ limit: Int?) -> Bool {
        self.phase == .open && self.gate.setLimit(limit)
    }

    /// Messages that wait.
    package var count: Int { self.gate.held }

    /// What waits shall leave, and nothing new comes in.
    package var isDraining: Bool { self.phase == .draining }

    /// The octets of them.
    package var waitingBytes: Int { self.gate.heldBytes + self.frames.count + self.run.count }

    /// All messages that were ever taken in.
    package var accepted: Int { self.taken + self.gate.held + self.lost + self.replaced }

    // MARK: The sender's side

    /// Encodes a message at the end of the queue.
    @inline(__always)
    package mutating func offer(_ message: borrowing Message, behind envelope: borrowing Envelope?) -> Admission {
        guard self.phase == .open else { return self.replace(with: message, behind: envelope) }
        if self.isBelowMark() { self.gate.enter(1) } else if !self.gate.admit() { return .full }
        self.write(message, behind: envelope)
        if self.isFlooded, self.holdFlood() { return .accepted }
        return self.makeFlushDue() ? .acceptedFlushDue : .accepted
    }

    /// Leaves what does not fill a segment to the connection's next look. False if one is full.
    @inline(never)
    private mutating func holdFlood() -> Bool {
        guard self.closedSegments.isEmpty else { return false }
        if self.flush == .idle { self.flush = .held }
        return true
    }

    /// The connection says whether so much comes that who sends is to write it, and looks for the rest as long as it is.
    ///
    /// - Returns: How many octets have been taken so far, and whether the connection must flush what was held till now.
    package mutating func setFlooded(_ isFlooded: Bool) -> (taken: Int, isDue: Bool) {
        let was = self.isFlooded
        self.isFlooded = isFlooded && self.isConnected && self.gate.limit >= Self.smallestLooseMark
        return (self.takenBytes, was && !self.isFlooded && self.releaseHold())
    }

    /// Encodes a message in place of the one that waits.
    @inline(never)
    private mutating func replace(
        with message: borrowing Message, behind envelope: borrowing Envelope?
    ) -> Admission {
        guard self.phase == .conflating else { return .closed }
        if self.gate.held > 0 {
            self.replaced += self.gate.held
            self.frames.removeAll(keepingAtMost: Self.segmentSize * 2)
            self.messages = 0
            self.closedSegments.removeAll { !$0.isForConnection }
            _ = self.gate.release(self.gate.held, bytes: self.gate.heldBytes)
        }
        self.gate.enter(1)
        self.write(message, behind: envelope)
        return self.makeFlushDue() ? .acceptedFlushDue : .accepted
    }

    /// As `offer`, unless the queue has no room, must grow, or must begin another segment: then `.full`, and nothing
    /// was done.
    ///
    /// Where `holding`, the connection may be told later, if the mark does not count yet and no segment is full.
    @inline(__always)
    package mutating func offerQuickly(_ message: borrowing Message, holding: Bool = false) -> Admission {
        let isBelowMark = self.isBelowMark()
        guard self.phase == .open, isBelowMark || self.gate.room > 0 else { return .full }
        guard self.frames.appendQuickly(message, atMost: Self.referencedSize) else { return .full }
        return self.noteAppended(mayHold: holding && isBelowMark)
    }

    /// The same for the frames of a message that is no larger than ``Freight/limit``.
    @inline(__always)
    package mutating func offerQuickly(_ message: Range<Int>, of frames: borrowing RawBuffer) -> Admission {
        guard self.phase == .open, self.isBelowMark() || self.gate.room > 0 else { return .full }
        guard self.frames.appendQuickly(message, of: frames) else { return .full }
        return self.noteAppended(mayHold: false)
    }

    @inline(__always)
    private mutating func noteAppended(mayHold: Bool) -> Admission {
        self.gate.enter(1)
        self.messages += 1
        if self.frames.count >= Self.segmentSize {
            self.closeSegment(with: nil)
            return self.makeFlushDue() ? .acceptedFlushDue : .accepted
        }
        guard self.flush == .idle, self.isConnected else { return .accepted }
        if self.isFlooded {
            self.flush = .held
            return .accepted
        }
        self.flush = mayHold ? .held : .due
        return self.flush == .held ? .acceptedHeld : .acceptedFlushDue
    }

    /// The connection must be told of what was held back. False if it was, or nothing is.
    package mutating func releaseHold() -> Bool {
        guard self.flush == .held else { return false }
        self.flush = .due
        return true
    }

    /// Something waits. True if the connection must be told.
    @inline(__always)
    private mutating func makeFlushDue() -> Bool {
        guard self.flush != .due, self.isConnected else { return false }
        self.flush = .due
        return true
    }

    @inline(__always)
    private mutating func write(_ message: borrowing Message, behind envelope: borrowing Envelope?) {
        self.messages += 1
        if let envelope = copy envelope { self.frames.append(envelope.bytes) }
        if case .shared(let shared) = message.bytes, shared.count >= Self.referencedSize {
            if message.partCount == 1 { self.frames.appendHeader(bodyLength: shared.count) }
            self.closeSegment(with: shared.trimmed)
            return
        }
        self.frames.append(message)
        if self.frames.count >= Self.segmentSize { self.closeSegment(with: nil) }
    }

    @inline(never)
    private mutating func closeSegment(with payload: ByteBuffer?) {
        let segment = self.detachFilling()
        if let payload {
            segment.payload = payload
            // A large part takes its time, which is not the sender's.
            self.isFlooded = false
        }
        segment.bytes = segment.frames.count + (segment.payload?.readableBytes ?? 0)
        self.gate.enter(0, bytes: segment.bytes)
        self.closedSegments.append(segment)
        // The next segment will most likely be as full as this one.
        if segment.payload == nil { self.frames.reserveCapacity(Self.segmentSize + Self.referencedSize) }
    }

    /// Refers to a message that was encoded for several queues; as `offer`.
    @inline(__always)
    package mutating func offer(
        _ message: borrowing Message, at range: Range<Int>, of shared: SharedFrames
    ) -> Admission {
        guard self.phase == .open else { return self.replace(with: message, behind: nil) }
        if self.isBelowMark() { self.gate.enter(1) } else if !self.gate.admit() { return .full }
        if self.run.extend(to: range, of: shared) { self.messages += 1 } else { self.refer(to: range, of: shared) }
        if self.run.count >= Self.segmentSize { self.closeSegment(with: nil) }
        return self.makeFlushDue() ? .acceptedFlushDue : .accepted
    }

    @inline(never)
    private mutating func refer(to range: Range<Int>, of shared: SharedFrames) {
        self.endRun()
        self.messages += 1
        guard self.frames.count > 0 else {
            self.run = SharedFrames.Run(range, of: shared)
            return
        }
        // Behind frames of its own a copy is less than a write of their own.
        self.frames.append(range, of: shared.frames)
        if self.frames.count >= Self.segmentSize { self.closeSegment(with: nil) }
    }

    /// What comes next is for this queue alone, or lies somewhere else.
    ///
    /// Little is copied rather than that the memory of all that others get is held for it.
    package mutating func endRun() {
        guard !self.run.isEmpty else { return }
        guard self.run.count < Self.referencedSize else { return self.closeSegment(with: nil) }
        self.run.move(to: &self.frames)
    }

    /// Tells the peer of a subscription, whatever the mark, in its place among the messages. True if the connection must
    /// be told. Without a connection nothing is kept: the next one is told of all subscriptions.
    package mutating func offer(_ subscription: Subscription) -> Bool {
        guard self.takesMessages, self.isConnected else { return false }
        if self.messages > 0 { self.closeSegment(with: nil) }
        if let last = self.closedSegments.last, !last.subscriptions.isEmpty,
            last.subscriptions.count < Self.subscriptionsPerSegment
        {
            last.subscriptions.append(subscription)
        } else {
            self.closedSegments.append(Self.segment(of: [subscription]))
        }
        return self.makeFlushDue()
    }

    private static func segment(of subscriptions: [Subscription]) -> Segment {
        let segment = Segment()
        segment.subscriptions = subscriptions
        segment.isForConnection = true
        return segment
    }

    private mutating func detachFilling() -> Segment {
        let segment = self.spares.popLast() ?? Segment()
        if self.run.isEmpty { swap(&segment.frames, &self.frames) } else { segment.payload = self.run.take() }
        segment.messages = self.messages
        segment.bytes = 0
        self.messages = 0
        return segment
    }

    /// Lets what waits leave and takes nothing more. True if the connection must be told.
    package mutating func startDraining() -> Bool {
        guard self.takesMessages else { return false }
        self.phase = .draining
        return self.makeFlushDue()
    }

    /// Throws away what waits and says how many messages that were.
    package mutating func close() -> Int {
        let lost = self.gate.held
        self.phase = .closed
        self.frames.release()
        self.run = SharedFrames.Run()
        self.messages = 0
        self.closedSegments.removeAll()
        self.spares = []
        _ = self.gate.release(lost, bytes: self.gate.heldBytes)
        self.isConnected = false
        self.lost += lost
        self.unknown = self.taken - self.written
        return lost
    }

    // MARK: The connection's side

    /// A connection is ready to write. True if something waits for it.
    ///
    /// It is sent the welcome and told the subscriptions before everything else; neither counts against the mark.
    package mutating func attach(welcome: Message? = nil, subscriptions: [Subscription] = []) -> Bool {
        guard self.phase != .closed else { return false }
        self.isConnected = true
        for start in stride(from: 0, to: subscriptions.count, by: Self.subscriptionsPerSegment).reversed() {
            let end = min(start + Self.subscriptionsPerSegment, subscriptions.count)
            self.closedSegments.prepend(Self.segment(of: Array(subscriptions[start..<end])))
        }
        if let welcome {
            let segment = Segment()
            segment.frames.append(welcome)
            segment.isForConnection = true
            self.closedSegments.prepend(segment)
        }
        self.flush = self.holdsAnything || self.phase == .draining ? .due : .idle
        return self.flush == .due
    }

    /// The connection is gone; the queue waits for another one.
    package mutating func detach() {
        self.isConnected = false
        self.isFlooded = false
        self.flush = .idle
        self.closedSegments.removeAll { $0.isForConnection }
        // What was taken and not handed to the system is not sent again.
        self.unknown = self.taken - self.written
    }

    /// Takes the next segment; its messages no longer count against the mark.
    package mutating func take() -> Taken {
        let segment: Segment
        if let first = self.closedSegments.popFirst() {
            segment = first
        } else if self.messages > 0 {
            segment = self.detachFilling()
        } else {
            self.flush = .idle
            return self.takesMessages ? .nothing : .drained
        }
        self.taken += segment.messages
        self.takenBytes += segment.frames.count + (segment.payload?.readableBytes ?? 0)
        var makesRoom = self.gate.release(segment.messages, bytes: segment.bytes)
        if !makesRoom, self.isBelowMark(Self.looseBytes / 2) { makesRoom = self.gate.forgive() }
        return .segment(segment, makesRoom: makesRoom)
    }

    /// Takes a segment back, for its memory, that the system has all of.
    package mutating func recycle(_ segment: Segment) {
        self.written += segment.messages
        guard self.phase != .closed, !segment.isForConnection, self.spares.count < Self.spareLimit else { return }
        segment.frames.removeAll(keepingAtMost: Self.segmentSize * 2)
        segment.messages = 0
        segment.payload = nil
        self.spares.append(segment)
    }

    /// The same, and no more is to be taken now. True if more waits: then a flush is still due.
    package mutating func conclude(_ segment: Segment) -> Bool {
        self.recycle(segment)
        if self.isFlooded, self.isConnected, self.phase == .open, self.closedSegments.isEmpty {
            self.flush = self.holdsAnything ? .held : .idle
            return false
        }
        self.flush = self.isConnected && (self.holdsAnything || self.phase == .draining) ? .due : .idle
        return self.flush == .due
    }
}
