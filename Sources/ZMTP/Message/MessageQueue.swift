// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import struct NIOCore.ByteBuffer

/// A first-in-first-out queue of messages, which come one by one or as runs of frames, the way they were received.
///
/// Messages are moved and, once the memory has grown, cost no allocation. Runs are cut into messages only when these
/// are taken: whoever decodes just looks for their ends, the octets cross from one core to another once, and a
/// buffer's reference count is touched by one thread (benchmark rows PUSH/PULL). Whole queues are handed over between
/// threads by swapping them.
///
/// `@usableFromInline`, as all types here whose methods other modules are to inline: without it the methods'
/// `@inlinable` says nothing, and each message costs calls (benchmark row inproc 16 B: a fifth).
@usableFromInline
@safe
package struct MessageQueue: ~Copyable, @unchecked Sendable {
    // @unchecked: the memory is this value's alone, which cannot be copied, so that whoever has the one has the other for
    // himself; what is in it is Sendable.
    @usableFromInline var base: UnsafeMutablePointer<Message>?
    @usableFromInline var head = 0
    @usableFromInline var stored = 0
    @usableFromInline package private(set) var capacity = 0

    /// How many messages wait.
    @usableFromInline package var count = 0
    /// About how many octets of memory was put in since the queue was empty.
    @usableFromInline package var weight = 0

    /// The run that messages are being taken from. All runs come before what is stored one by one.
    @usableFromInline var run = MessageRun()
    private var runs: [MessageRun] = []
    private var nextRun = 0

    package init() {}

    deinit {
        guard let base = unsafe self.base else { return }
        unsafe (base + self.head).deinitialize(count: self.stored)
        unsafe base.deallocate()
    }

    @inlinable package var isEmpty: Bool { self.count == 0 }
    /// Whether a run can be appended as it is.
    @inlinable package var holdsOnlyRuns: Bool { self.stored == 0 }

    @inlinable
    package mutating func append(_ message: consuming Message) {
        if self.head + self.stored == self.capacity { self.makeRoom(for: 1) }
        guard let base = unsafe self.base else { return }
        self.weight += message.weight
        unsafe (base + (self.head + self.stored)).initialize(to: message)
        self.stored += 1
        self.count += 1
    }

    /// Appends `count` messages whose frames, valid and whole, are the readable part of a buffer.
    package mutating func append(framesIn buffer: ByteBuffer, count: Int) {
        guard count > 0 else { return }
        self.append(MessageRun(buffer, count: count))
    }

    private mutating func append(_ run: consuming MessageRun) {
        guard self.stored == 0 else {
            // Behind messages that are stored one by one: joins them.
            while let message = run.next() { self.append(message) }
            return
        }
        self.count += run.count
        self.weight += run.length
        if self.run.count == 0 { self.run = run } else { self.runs.append(run) }
    }

    @inlinable
    package mutating func popFirst() -> Message? {
        if let message = self.popQuickly() { return message }
        return self.count == 0 ? nil : self.popStored()
    }

    /// The first message if it is in the current run, as almost all are that came over a connection.
    @inlinable
    @inline(__always)
    package mutating func popQuickly() -> Message? {
        if self.run.count > 1 {
            self.count -= 1
            return self.run.nextOfMany()
        }
        guard self.run.count == 0, self.stored > 1, let base = unsafe self.base else { return nil }
        self.count -= 1
        self.stored -= 1
        self.head += 1
        return unsafe (base + (self.head - 1)).move()
    }

    @usableFromInline
    mutating func popStored() -> Message? {
        self.count -= 1
        if let message = self.run.next() {
            if self.run.count == 0 { self.takeNextRun() }
            return message
        }
        guard let base = unsafe self.base else { return nil }
        let message = unsafe (base + self.head).move()
        self.stored -= 1
        self.head = self.stored == 0 ? 0 : self.head + 1
        return message
    }

    /// How many octets the frames of the first message take; nil if there is none, or it is not stored as frames.
    @inline(__always)
    var firstLength: Int? { self.run.nextLength }

    /// Takes the frames of the first message, which has just told its length, behind others.
    @inline(__always)
    mutating func moveFirst(_ length: Int, to frames: inout RawBuffer) {
        self.run.moveNext(length, to: &frames)
        self.count -= 1
        if self.run.count == 0 { self.takeNextRun() }
    }

    private mutating func takeNextRun() {
        guard self.nextRun < self.runs.count else {
            self.run = MessageRun()
            return
        }
        self.run = self.runs[self.nextRun]
        self.nextRun += 1
        if self.nextRun == self.runs.count {
            self.runs.removeAll(keepingCapacity: true)
            self.nextRun = 0
        }
    }

    /// Takes all messages of another queue, behind those that are here.
    package mutating func takeAll(from other: inout MessageQueue) {
        if self.count == 0 {
            self.weight = 0
            swap(&self, &other)
            return
        }
        self.weight += other.weight
        other.weight = 0
        other.count = 0
        let weight = self.weight
        while other.run.count > 0 {
            self.append(other.run)
            other.takeNextRun()
        }
        self.weight = weight
        guard other.stored > 0, let source = unsafe other.base else { return }
        if self.head + self.stored + other.stored > self.capacity { self.makeRoom(for: other.stored) }
        guard let base = unsafe self.base else { return }
        unsafe (base + (self.head + self.stored)).moveInitialize(from: source + other.head, count: other.stored)
        self.stored += other.stored
        self.count += other.stored
        other.stored = 0
        other.head = 0
    }

    package mutating func removeAll() {
        if let base = unsafe self.base { unsafe (base + self.head).deinitialize(count: self.stored) }
        self.stored = 0
        self.head = 0
        self.run = MessageRun()
        self.runs = []
        self.nextRun = 0
        self.count = 0
        self.weight = 0
    }

    /// Gives up memory that an idle queue does not need.
    package mutating func shrink() {
        guard self.count == 0, self.capacity > 64 else { return }
        unsafe self.base?.deallocate()
        unsafe self.base = nil
        self.capacity = 0
        self.head = 0
    }

    /// Moves the stored messages to the front of the memory, or to twice as much of it.
    @usableFromInline
    mutating func makeRoom(for extra: Int) {
        let needed = self.stored + extra
        if let base = unsafe self.base, needed * 2 <= self.capacity {
            unsafe base.moveInitialize(from: base + self.head, count: self.stored)
            self.head = 0
            return
        }
        let capacity = max(16, max(needed, self.capacity * 2))
        let grown = UnsafeMutablePointer<Message>.allocate(capacity: capacity)
        if let base = unsafe self.base {
            unsafe grown.moveInitialize(from: base + self.head, count: self.stored)
            unsafe base.deallocate()
        }
        unsafe self.base = grown
        self.capacity = capacity
        self.head = 0
    }
}
