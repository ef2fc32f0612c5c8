// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
package import ZMTP

/// Messages on their way from one peer to one socket.
///
/// The writer is a connection, or over inproc the socket at the other end. The reader is a socket, which takes the
/// whole queue at a time; what it has taken and not yet handed to the application still counts against the mark.
///
/// While a connection has brought little, the mark does not count, if it isn't small (`isBelowMark`): with 1,000
/// messages of 128 octets each read of the system filled the queue, and the connection's thread and the reader's waited
/// for each other in turns (benchmark rows PUSH/PULL: 1.6 times as many messages).
///
/// Isolation: its own lock, taken after a socket's, under which nothing is called or resumed.
package final class InboundQueue: Sendable {
    struct State: ~Copyable {
        var messages = MessageQueue()
        var gate: QueueGate
        /// What the reader has not given back of what it took last.
        var lent = (messages: 0, bytes: 0)
        var readerSleeps = true
        /// The writer is gone.
        var hasEnded = false
        /// The reader is gone for good.
        var isAbandoned = false
        var reader: PipeEnd?
        var writer: Writer = .none
        /// What the writer's and the reader's side add to the mark.
        var writerMark: Int?
        var readerMark: Int?
        // Counted once a batch.
        var taken = 0
        var takenOctets = 0
        /// Thrown away because the reader receives nothing, or is gone.
        var unwanted = 0
        var unread = 0
        /// Subscriptions and the like, which are no messages.
        var forced = 0
        var rule: Rule
        /// What the reader finds behind everything else once the writer is gone.
        var farewell: Message?
        /// Messages that were thrown away because a newer one came.
        var replaced = 0
        // Over inproc: see ``InprocRun``.
        var mayRun = true
        /// The run has been open, and the writer may still think so.
        var mustSettle = false
        var run: InprocRun?
        var runMemory = ByteBuffer()
        var collected = InprocRun.Progress()
    }

    /// One end of the queue.
    package enum Side: Sendable {
        case writer, reader
    }

    /// What has become of all messages that ever came in.
    package struct Account: Sendable {
        package var waiting = 0
        package var waitingBytes = 0
        /// With the reader.
        package var taken = 0
        package var takenBytes = 0
        package var unwanted = 0
        package var unread = 0
        package var replaced = 0
        package var forced = 0
        /// Nothing more will come.
        package var hasEnded = false

        /// Messages that were offered and taken in.
        package var entered: Int {
            self.waiting + self.taken + self.unwanted + self.unread + self.replaced - self.forced
        }
    }

    /// What happens to a message that comes.
    package enum Rule: Sendable {
        case keep
        /// It is thrown away: the reader's type receives nothing.
        case discard
        /// It replaces the one that waits (`ZMQ_CONFLATE`); there are no marks then.
        case conflate
    }

    package enum Writer: Sendable {
        case none
        case transport(any PipeTransport)
        case socket(PipeEnd)
    }

    /// As many octets of a connection may wait whatever the mark, if that is not below
    /// ``OutgoingQueue/smallestLooseMark``.
    package static let looseBytes = 524_288

    private let state: QuickLock<State>

    /// - Parameters:
    ///   - limit: The high-water mark; nil is none.
    ///   - side: Whose mark it is.
    ///   - byteLimit: How many octets may wait here and with the reader; nil is no limit.
    ///   - rule: What happens to what comes.
    package init(limit: Int?, of side: Side = .reader, byteLimit: Int? = nil, rule: Rule = .keep) {
        let gate = rule == .conflate ? QueueGate(limit: nil) : QueueGate(limit: limit, byteLimit: byteLimit)
        let (writerMark, readerMark) = side == .writer ? (limit, 0) : (0, limit)
        self.state = QuickLock(State(gate: gate, writerMark: writerMark, readerMark: readerMark, rule: rule))
    }

    /// Does something with the queue under its lock, with all that has come.
    @inline(__always)
    func look<Result>(_ body: (inout State) -> Result) -> Result {
        self.state.withLock { state in
            state.collect()
            return body(&state)
        }
    }

    // MARK: The writer's side

    package func setWriter(_ writer: Writer) {
        self.state.withLock { $0.writer = writer }
    }

    /// How many messages may be pushed; no more than `limit`.
    package func room(atMost limit: Int) -> Int {
        self.look { $0.rule == .discard ? limit : min(limit, $0.gate.room) }
    }

    /// Adds a batch that fits in the room.
    package func push(_ batch: inout MessageQueue) -> PipeSignal {
        self.look { state in
            guard state.rule != .discard, !state.hasEnded else {
                state.discard(&batch)
                return .none
            }
            if state.rule == .conflate { state.keepNewest(of: &batch) }
            state.gate.enter(batch.count, bytes: batch.weight)
            state.messages.takeAll(from: &batch)
            return state.wakeReader()
        }
    }

    /// Throws a batch away: the reader has no room, and the connection cannot wait until it has.
    package func refuse(_ batch: inout MessageQueue) {
        self.look { $0.discard(&batch) }
    }

    /// Offers one message by reference (inproc).
    package func offer(_ message: Message) -> Admission {
        self.look { state in
            guard !state.hasEnded, !state.isAbandoned else { return .closed }
            guard state.rule != .discard else {
                state.unwanted += 1
                return .accepted(.none)
            }
            if state.rule == .conflate { state.makePlace() }
            guard state.gate.admit() else { return .full }
            state.append(message)
            return .accepted(state.wakeReader())
        }
    }

    /// Adds one message whatever the mark: a subscription, which nobody may lose (inproc), or what the socket tells
    /// itself.
    package func force(_ message: Message) -> PipeSignal {
        self.look { state in
            guard state.rule != .discard, !state.hasEnded else { return .none }
            state.store(message)
            state.forced += 1
            return state.wakeReader()
        }
    }

    /// The writer has found no room and stops until it is told. False if there is room by now.
    package func waitForRoom() -> Bool {
        self.look { $0.rule == .keep && !$0.isBelowMark() ? $0.gate.refuse() : false }
    }

    /// Nothing more will come. What waits can still be read.
    package func end() -> PipeSignal {
        self.look { state in
            guard !state.hasEnded else { return .none }
            state.closeRun()
            if let farewell = state.farewell, state.rule == .keep { state.store(farewell) }
            state.hasEnded = true
            state.writer = .none
            // Told in any case: a reader that has had everything may not look again for long.
            state.readerSleeps = true
            return state.wakeReader()
        }
    }

    // MARK: The reader's side

    /// Says who reads; only then the reader is told of anything.
    package func setReader(_ reader: PipeEnd) -> PipeSignal {
        self.look { state in
            guard !state.isAbandoned else { return .none }
            state.reader = reader
            return state.messages.isEmpty && !state.hasEnded ? .none : state.wakeReader()
        }
    }

    /// Changes the mark of one side. Those of both add up, and none on one side is none at all (libzmq).
    package func setLimit(_ limit: Int?, of side: Side = .reader) -> PipeSignal {
        self.look { state in
            if side == .writer { state.writerMark = limit } else { state.readerMark = limit }
            state.closeRun()
            guard state.rule == .keep else { return .none }
            let sum = state.writerMark.flatMap { writerMark in state.readerMark.map { writerMark + $0 } }
            return state.gate.setLimit(sum) ? state.signalWriter() : .none
        }
    }

    /// The mark; `Int.max` is none.
    package var limit: Int { self.look { $0.gate.limit } }

    package struct Refill: Sendable {
        package var signal: PipeSignal
        package var hasEnded: Bool
        /// Also to be delivered.
        package var settling = PipeSignal.none
    }

    /// Moves all that waits to the reader, who has handed out `consumed` messages since the last time.
    ///
    /// When nothing waits the reader is to be woken, and told if nothing ever will.
    package func refill(_ local: inout MessageQueue, consumed: Int) -> Refill {
        self.look { state in
            let signal = state.release(consumed, bytes: state.lent.bytes)
            state.lent = (state.messages.count, state.messages.weight)
            guard state.messages.isEmpty else {
                state.taken += state.messages.count
                state.takenOctets += state.messages.weight
                local.takeAll(from: &state.messages)
                return Refill(signal: signal, hasEnded: false)
            }
            state.readerSleeps = true
            state.closeRun()
            let settling = state.mustSettle ? PipeSignal.settle(self) : .none
            state.mustSettle = false
            return Refill(signal: signal, hasEnded: state.hasEnded, settling: settling)
        }
    }

    /// Nothing waits and nothing will come.
    package var isExhausted: Bool { self.look { $0.hasEnded && $0.messages.isEmpty } }

    /// Gives back the room of messages that were handed out, and about that of their octets.
    package func credit(_ consumed: Int) -> PipeSignal {
        self.look { state in
            let bytes = state.lent.messages > consumed ? state.lent.bytes / state.lent.messages * consumed : 0
            state.lent.messages -= consumed
            state.lent.bytes -= bytes
            return state.release(consumed, bytes: bytes)
        }
    }

    /// Gives the reader something to find at the end.
    package func setFarewell(_ message: Message) {
        self.look { $0.farewell = message }
    }

    /// Keeps nothing but the newest message from now on.
    package func startConflating() {
        self.look { state in
            guard state.rule == .keep else { return }
            state.rule = .conflate
            state.mayRun = false
            _ = state.gate.setLimit(nil)
            var waiting = MessageQueue()
            swap(&waiting, &state.messages)
            _ = state.gate.release(waiting.count, bytes: waiting.weight)
            state.keepNewest(of: &waiting)
            state.gate.enter(waiting.count, bytes: waiting.weight)
            state.messages.takeAll(from: &waiting)
        }
    }

    /// Messages that were thrown away because a newer one came.
    package var replaced: Int { self.look { $0.replaced } }

    /// The reader's type receives nothing: what waits is thrown away, and so is all that comes.
    package func discardAll() {
        self.look { state in
            state.closeRun()
            state.unwanted += state.messages.count
            state.messages.removeAll()
            state.rule = .discard
        }
    }

    /// The reader is gone for good: what waits is thrown away, and so is all that comes.
    ///
    /// Not the end, which the writer makes: its connection may still have to send what waits the other way, and must
    /// not be forgotten before.
    package func closeReading() -> PipeSignal {
        self.look { state in
            // A writer that waits is told, even if the reader keeps more than half of the mark.
            let signal = state.gate.hasRefused ? state.signalWriter() : .none
            _ = state.gate.setLimit(nil)
            _ = state.gate.release(state.messages.count, bytes: state.messages.weight)
            state.closeRun()
            state.unread += state.messages.count
            state.messages.removeAll()
            state.reader = nil
            state.isAbandoned = true
            state.rule = .discard
            return signal
        }
    }

    package var count: Int { self.look { $0.messages.count } }

    package var account: Account {
        self.look { state in
            Account(
                waiting: state.messages.count, waitingBytes: state.messages.weight, taken: state.taken,
                takenBytes: state.takenOctets, unwanted: state.unwanted, unread: state.unread, replaced: state.replaced,
                forced: state.forced, hasEnded: state.hasEnded)
        }
    }
}

extension InboundQueue.State {
    /// Throws away what waits.
    fileprivate mutating func makePlace() {
        self.replaced += self.messages.count
        _ = self.gate.release(self.messages.count, bytes: self.messages.weight)
        self.messages.removeAll()
    }

    fileprivate mutating func keepNewest(of batch: inout MessageQueue) {
        guard !batch.isEmpty else { return }
        self.makePlace()
        self.replaced += batch.count - 1
        var newest = batch.popFirst()
        while let message = batch.popFirst() { newest = message }
        batch.removeAll()
        if let newest { batch.append(newest) }
    }

    mutating func wakeReader() -> PipeSignal {
        guard self.readerSleeps, let reader = self.reader else { return .none }
        self.readerSleeps = false
        return .readable(reader)
    }

    /// A connection has brought so little that the mark does not count yet.
    fileprivate func isBelowMark(dividedBy divisor: Int = 1) -> Bool {
        guard case .transport = self.writer, self.gate.limit >= OutgoingQueue.smallestLooseMark else { return false }
        return self.gate.heldBytes < min(InboundQueue.looseBytes, self.gate.byteLimit) / divisor
    }

    fileprivate mutating func release(_ count: Int, bytes: Int = 0) -> PipeSignal {
        var makesRoom = self.gate.release(count, bytes: bytes)
        if !makesRoom, self.isBelowMark(dividedBy: 2) { makesRoom = self.gate.forgive() }
        return makesRoom ? self.signalWriter() : .none
    }

    fileprivate mutating func discard(_ batch: inout MessageQueue) {
        self.countDiscarded(batch.count)
        batch.removeAll()
    }

    mutating func countDiscarded(_ count: Int) {
        if self.rule == .discard, !self.isAbandoned { self.unwanted += count } else { self.unread += count }
    }

    fileprivate func signalWriter() -> PipeSignal {
        switch self.writer {
        case .none: return .none
        case .transport(let transport): return .resumeReading(transport)
        case .socket(let end): return .writable(end)
        }
    }
}
