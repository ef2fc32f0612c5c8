// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

/// Messages on their way from one socket to one connection: canonical frames, whole messages, in order.
///
/// Senders encode on their own thread; the connection takes one segment at a time, at most 64 KiB and one large part,
/// and writes it while the senders fill the next. A message counts against the mark until the connection has taken
/// it; so up to one segment more than the mark is under way. The queue outlives a connection that breaks.
/// Isolation: its own lock, taken after a socket's, under which nothing is called or resumed.
final class OutboundQueue: Sendable {
    /// A segment of this size is closed and the next one begun.
    static let segmentSize = 65_536
    /// A part of this size is not copied but travels beside the segment.
    static let referencedSize = 16_384

    /// Frames to be written in one go. Isolation: the queue's lock, then whoever took it.
    final class Segment: @unchecked Sendable {
        // @unchecked: it is reachable from the queue, under its lock, or from its taker, never from both.
        var frames = RawBuffer()
        var messages = 0
        /// The body of the last message, behind its header in `frames`.
        var payload: ByteBuffer?
        var payloadCount: Int { self.payload?.readableBytes ?? 0 }
    }

    fileprivate struct State: ~Copyable {
        var filling = Segment()
        var closedSegments = CircularBuffer<Segment>(initialCapacity: 4)
        var spare: Segment?
        var gate: QueueGate
        var flushIsDue = false
        var phase = Phase.open
        var transport: (any PipeTransport)?
        var writer: PipeEnd?
    }

    fileprivate enum Phase {
        case open
        /// Nothing new comes in, what waits leaves.
        case draining
        case closed
    }

    private let state: Mutex<State>

    init(limit: Int?) {
        self.state = Mutex(State(gate: QueueGate(limit: limit)))
    }

    // MARK: The sender's side

    func setWriter(_ writer: PipeEnd) {
        self.state.withLock { $0.writer = writer }
    }

    /// Encodes a message at the end of the queue.
    func offer(_ message: Message, behind envelope: Envelope?) -> Admission {
        self.state.withLock { state in
            guard state.phase == .open else { return .closed }
            guard state.gate.admit() else { return .full }
            state.write(message, behind: envelope)
            guard !state.flushIsDue, let transport = state.transport else { return .accepted(.none) }
            state.flushIsDue = true
            return .accepted(.flush(transport))
        }
    }

    /// Lets what waits leave and takes nothing more.
    func startDraining() -> PipeSignal {
        self.state.withLock { state in
            guard state.phase == .open else { return .none }
            state.phase = .draining
            state.writer = nil
            guard !state.flushIsDue, let transport = state.transport else { return .none }
            state.flushIsDue = true
            return .flush(transport)
        }
    }

    /// Throws away what waits and says how many messages that were.
    func close() -> Int {
        self.state.withLock { state in
            let lost = state.gate.held
            state.phase = .closed
            state.filling = Segment()
            state.closedSegments.removeAll()
            state.spare = nil
            _ = state.gate.release(lost)
            state.transport = nil
            state.writer = nil
            return lost
        }
    }

    var count: Int { self.state.withLock { $0.gate.held } }

    // MARK: The connection's side

    /// A connection is ready to write; it begins with what waits.
    func attach(_ transport: any PipeTransport) -> PipeSignal {
        self.state.withLock { state in
            guard state.phase != .closed else { return .none }
            state.transport = transport
            let isDue = !state.isEmpty || state.phase == .draining
            state.flushIsDue = isDue
            return isDue ? .flush(transport) : .none
        }
    }

    /// The connection is gone; the queue waits for another one.
    func detach() {
        self.state.withLock { state in
            state.transport = nil
            state.flushIsDue = false
        }
    }

    enum Taken: Sendable {
        case segment(Segment, PipeSignal)
        /// Nothing waits; whoever offers next will signal a flush.
        case nothing
        /// Nothing waits and nothing will come.
        case drained
    }

    /// Takes the next segment; its messages no longer count against the mark.
    func take() -> Taken {
        self.state.withLock { state in
            guard let segment = state.nextSegment() else {
                state.flushIsDue = false
                return state.phase == .open ? .nothing : .drained
            }
            guard state.gate.release(segment.messages), let writer = state.writer else {
                return .segment(segment, .none)
            }
            return .segment(segment, .writable(writer))
        }
    }

    /// Gives a written segment back for its memory.
    func recycle(_ segment: Segment) {
        segment.frames.removeAll(keepingAtMost: Self.segmentSize * 2)
        segment.messages = 0
        segment.payload = nil
        self.state.withLock { state in
            if state.phase != .closed { state.spare = segment }
        }
    }
}

extension OutboundQueue.State {
    var isEmpty: Bool { self.closedSegments.isEmpty && self.filling.messages == 0 }

    @inline(__always)
    fileprivate mutating func write(_ message: Message, behind envelope: Envelope?) {
        let segment = self.filling
        segment.messages += 1
        if let envelope { segment.frames.append(envelope.bytes) }
        if case .shared(let buffer) = message.bytes, buffer.readableBytes >= OutboundQueue.referencedSize {
            if message.partCount == 1 { segment.frames.appendHeader(bodyLength: buffer.readableBytes) }
            segment.payload = buffer
            self.closeSegment()
            return
        }
        segment.frames.append(message)
        if segment.frames.count >= OutboundQueue.segmentSize { self.closeSegment() }
    }

    private mutating func closeSegment() {
        self.closedSegments.append(self.filling)
        self.filling = self.spare ?? OutboundQueue.Segment()
        self.spare = nil
    }

    fileprivate mutating func nextSegment() -> OutboundQueue.Segment? {
        if let first = self.closedSegments.popFirst() { return first }
        guard self.filling.messages > 0 else { return nil }
        let segment = self.filling
        self.filling = self.spare ?? OutboundQueue.Segment()
        self.spare = nil
        return segment
    }
}
