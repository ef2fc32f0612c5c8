// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
package import ZMTP

// Short messages over inproc, which cost their sender no lock but that of its socket.
//
// While a reader is awake they are encoded one behind the other, as for the network: a third of the memory that goes
// from one core to the other and back. The writer, whose socket lets one in at a time, says how far it has got by
// storing a number; whoever looks at the queue, under the queue's lock, takes in what has been added. Two locked
// instructions of four were half of what a message cost its sender (benchmark row inproc 16 B).
//
// The run is closed for whatever else happens to the queue; then the writer goes by the lock, and opens it again. Who
// closes it without the writer's lock can't know whether the writer was about to add something: he asks for that
// lock once (`InboundQueue.settle`), or, if he does nothing that depends on it, leaves it to the next one who looks.

/// The writer's side of a run. Isolation: the lock of the writer's socket.
@safe
package struct InprocRunWriter: ~Copyable, @unchecked Sendable {
    // @unchecked: cannot be copied, so that whoever has it has all of it for himself, but for `line`. That points to
    // atomics, which live as long as `run`, which is kept with it and of which it is the only one.

    /// As many octets are encoded in a row.
    private static let longest = 65_536
    private static let shortest = 1024

    fileprivate private(set) var frames = RawBuffer()
    /// What was written before; used again once the reader has read it.
    private var former = RawBuffer()
    /// How many messages may be added before the queue is asked for room.
    fileprivate var left = 0
    private var progress = InprocRun.Progress()
    private var run: InprocRun?
    /// The run's.
    private var line: UnsafeMutablePointer<InprocRun.Line>?

    package init() {}

    /// Whether a message can be part of a run.
    @inline(__always)
    fileprivate static func takes(_ message: borrowing Message) -> Bool {
        guard message.partCount == 1, case .inline = message.bytes else { return false }
        return true
    }

    @inline(__always)
    fileprivate var mayAppend: Bool {
        guard self.left > 0, let line = unsafe self.line else { return false }
        return unsafe line.pointee.isOpen.load(ordering: .relaxed)
    }

    /// Adds a message, if the run is open and has room.
    @inline(__always)
    package mutating func append(_ message: borrowing Message) -> Bool {
        guard self.mayAppend, Self.takes(message), self.frames.appendQuickly(message, atMost: 0) else { return false }
        self.left -= 1
        self.progress.advance(to: self.frames.count)
        self.publish()
        return true
    }

    @inline(__always)
    private func publish() { unsafe self.line?.pointee.number.store(self.progress.number, ordering: .releasing) }

    /// Whether another message fits into the memory, however short it is.
    fileprivate var isFull: Bool {
        self.frames.capacity - self.frames.count < FrameHeader.shortLength + InlineBytes.capacity
    }

    /// Begins with fresh memory, twice as much as before up to a limit, and says so.
    fileprivate mutating func renew(_ run: InprocRun) {
        self.run = run
        unsafe self.line = unsafe run.line
        let size = min(Self.longest, max(Self.shortest, 2 * self.frames.capacity))
        swap(&self.frames, &self.former)
        self.frames.removeAll(keepingAtMost: 2 * Self.longest)
        if self.frames.capacity < size {
            self.frames.release()
            self.frames.reserveCapacity(size)
        }
        self.progress = InprocRun.Progress()
        self.publish()
    }
}

/// What the writer and the queue both see of a run.
///
/// Isolation: how far the writer is, any thread; whether the run is open is changed under the queue's lock.
@safe
package final class InprocRun: @unchecked Sendable {
    // @unchecked: `line` never changes, and points to atomics that nothing but `deinit` takes away.

    /// How many messages, and octets of them, there are in the present memory.
    struct Progress: Sendable, Equatable {
        fileprivate var number: UInt64 = 0

        var messages: Int { Int(self.number >> 32) }
        var octets: Int { Int(UInt32(truncatingIfNeeded: self.number)) }

        @inline(__always)
        fileprivate mutating func advance(to octets: Int) {
            self.number = (self.number >> 32 + 1) << 32 | UInt64(octets)
        }
    }

    fileprivate struct Line: ~Copyable {
        let number = Atomic<UInt64>(0)
        let isOpen = Atomic<Bool>(false)
    }

    /// For the writer, to whom counting a reference would cost as much as a lock.
    fileprivate let line: UnsafeMutablePointer<Line>

    fileprivate init() {
        unsafe self.line = .allocate(capacity: 1)
        unsafe self.line.initialize(to: Line())
    }

    deinit {
        unsafe self.line.deinitialize(count: 1)
        unsafe self.line.deallocate()
    }

    var progress: Progress { unsafe Progress(number: self.line.pointee.number.load(ordering: .acquiring)) }

    fileprivate func open() { unsafe self.line.pointee.isOpen.store(true, ordering: .relaxed) }

    fileprivate func close() { unsafe self.line.pointee.isOpen.store(false, ordering: .relaxed) }
}

// MARK: The queue

extension InboundQueue {
    /// Offers a message, unless something must be said to somebody or there is no room: then nothing was done.
    package func offerQuickly(_ message: borrowing Message, _ writer: inout InprocRunWriter) -> Bool {
        self.look { state in
            guard !state.readerSleeps, state.rule == .keep, !state.hasEnded, state.gate.room > 0 else { return false }
            if InprocRunWriter.takes(message), state.openRun(for: &writer) {
                return writer.append(message)
            }
            state.store(copy message)
            return true
        }
    }

    /// The same for up to `count` messages, as many as there is room for: how many those were. Only they are asked for.
    package func offerQuickly(_ count: Int, _ writer: inout InprocRunWriter, _ next: (Int) -> Message) -> Int {
        self.look { state in
            guard !state.readerSleeps, state.rule == .keep, !state.hasEnded else { return 0 }
            var taken = 0
            while taken < count {
                if !writer.mayAppend {
                    state.collect()
                    guard state.gate.room > 0 else { break }
                }
                let message = next(taken)
                taken += 1
                if writer.append(message) { continue }
                state.collect()
                if InprocRunWriter.takes(message), state.openRun(for: &writer),
                    writer.append(message)
                {
                    continue
                }
                state.store(message)
            }
            return taken
        }
    }

    /// Waits for what the writer may have begun to add before the run was closed, and tells the reader of it.
    ///
    /// Takes the lock of the writer's socket: no socket's lock may be held. When this is done the writer knows that the
    /// run is closed.
    package func settle() {
        guard case .socket(let end) = self.look({ $0.writer }) else { return }
        end.owner.settle()
        self.look { $0.messages.isEmpty ? .none : $0.wakeReader() }.deliver()
    }

    /// Has the writer go by the lock for good, so that what is there afterwards is known to be all. As `settle`, but
    /// that the reader is not told: the end that is to follow tells it.
    package func closeRun() {
        let writer = self.look { state in
            state.mayRun = false
            state.closeRun()
            return state.run == nil ? Writer.none : state.writer
        }
        if case .socket(let end) = writer { end.owner.settle() }
    }
}

extension InboundQueue.State {
    /// A reader that has little room would be left less time than opening takes.
    private static let leastRoom = 64

    /// Lets the writer add messages without the lock. False if that would not do.
    fileprivate mutating func openRun(for writer: inout InprocRunWriter) -> Bool {
        let room = self.gate.roomForShort
        guard self.mayRun, room >= Self.leastRoom, self.messages.holdsOnlyRuns, case .socket = self.writer
        else { return false }
        let run = self.run ?? InprocRun()
        if self.run == nil || writer.isFull {
            writer.renew(run)
            self.run = run
            self.runMemory = writer.frames.memory
            self.collected = InprocRun.Progress()
        }
        writer.left = room
        self.mustSettle = true
        run.open()
        return true
    }

    /// The writer is to go by the lock.
    func closeRun() { self.run?.close() }

    /// Takes in what the writer has added to the run.
    @inline(__always)
    mutating func collect() {
        if let run = self.run, run.progress != self.collected { self.collect(upTo: run.progress) }
    }

    @inline(never)
    private mutating func collect(upTo progress: InprocRun.Progress) {
        defer { self.collected = progress }
        let count = progress.messages - self.collected.messages
        guard self.rule != .discard else { return self.countDiscarded(count) }
        var frames = self.runMemory
        frames.moveWriterIndex(to: progress.octets)
        frames.moveReaderIndex(to: self.collected.octets)
        // They weigh what they would as they are, so that limits of octets mean the same.
        let weight = self.messages.weight + count * Message.leastWeight
        self.gate.enter(count, bytes: count * Message.leastWeight)
        self.messages.append(framesIn: frames, count: count)
        self.messages.weight = weight
    }

    /// Adds one message behind all that is there.
    @inline(__always)
    mutating func store(_ message: consuming Message) {
        self.gate.enter(1)
        self.append(message)
    }

    /// The same, of a message that the gate has counted.
    @inline(__always)
    mutating func append(_ message: consuming Message) {
        self.closeRun()
        self.collect()
        self.gate.enter(0, bytes: message.weight)
        self.messages.append(message)
    }
}
