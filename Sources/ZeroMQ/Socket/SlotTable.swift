// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// One peer of a socket: its pipe, and what was taken out of it and not yet handed to the application.
struct Slot: ~Copyable {
    var generation: UInt32 = 0
    /// Nil while the slot is free.
    var pipe: Pipe?
    /// What waits for the peer's connection; unused over inproc.
    var outgoing = OutgoingQueue(limit: nil)
    var transport: (any PipeTransport)?
    var isDirect = false
    /// How far it has written to the socket at the other end.
    var run = InprocRunWriter()
    var link: (any PeerLink)?
    var isJoined = false
    /// Another peer has taken its address over.
    var isReplaced = false
    var local = MessageQueue()
    /// Messages handed out whose room has not been given back.
    var uncredited = 0
    /// How many of them make it worth taking the pipe's lock.
    var creditBatch = Int.max
    /// What is known of the present connection, or the last one; nil over inproc.
    var profile: PeerProfile?
    /// Messages that were thrown away, but for those that the pipe has counted.
    var dropped = DropCounts()
    /// Messages that were taken out of the pipe and not given to the application.
    var discarded = 0
    /// What was unknown before the socket began to close.
    var unknownBefore = 0
    var record = PeerRecord()
}

extension Slot {
    /// Throws away what was taken out of the pipe and not given to the application.
    mutating func discardLocal(_ reason: DropReason) {
        self.dropped.add(self.local.count, reason)
        self.discarded += self.local.count
        self.local.removeAll()
    }

    /// Hands a message to the socket at the other end, if that takes it without a word.
    @inline(__always)
    mutating func offerDirectly(_ message: borrowing Message) -> Bool {
        self.run.append(message) || self.offerByLock(message)
    }

    @inline(never)
    private mutating func offerByLock(_ message: borrowing Message) -> Bool {
        self.pipe?.direct?.offerQuickly(message, &self.run) ?? false
    }

    /// Says that the sender stops until it is told of room. False if there is room after all.
    mutating func waitForRoom() -> Bool {
        guard self.isDirect else { return self.outgoing.waitForRoom() }
        return self.pipe?.direct?.waitForRoom() ?? false
    }

    /// How many messages the peer's queue would take, at most `limit`.
    func room(atMost limit: Int) -> Int {
        guard let pipe = self.pipe else { return 0 }
        return pipe.direct?.room(atMost: limit) ?? min(limit, self.outgoing.room)
    }
}

/// How many messages and how many octets may wait for a peer.
typealias SendMarks = (messages: Int?, bytes: Int?)

/// The peers of a socket by number.
///
/// Memory of its own rather than an array, whose elements must be copyable; a table only grows.
@safe
struct SlotTable: ~Copyable, @unchecked Sendable {
    // @unchecked: the memory is owned by this value alone, which cannot be copied.
    private var base: UnsafeMutablePointer<Slot>?
    private var capacity = 0
    private(set) var count = 0
    /// How many of the slots that are taken have a connection, or will.
    private(set) var wires = 0
    private var free: [Int] = []

    init() {}

    deinit {
        unsafe self.base?.deinitialize(count: self.count)
        unsafe self.base?.deallocate()
    }

    /// How many slots are taken.
    var occupied: Int { self.count - self.free.count }

    subscript(index: Int) -> Slot {
        @inline(__always)
        unsafeAddress {
            precondition(index >= 0 && index < self.count, "no slot \(index)")
            return unsafe UnsafePointer(self.base.unsafelyUnwrapped + index)
        }
        @inline(__always)
        unsafeMutableAddress {
            precondition(index >= 0 && index < self.count, "no slot \(index)")
            return unsafe self.base.unsafelyUnwrapped + index
        }
    }

    func holds(_ peer: PeerID) -> Bool {
        peer.index < self.count && self[peer.index].generation == peer.generation && self[peer.index].pipe != nil
    }

    mutating func take(
        _ pipe: Pipe, link: (any PeerLink)?, marks: SendMarks, conflates: Bool = false, creditBatch: Int
    ) -> PeerID {
        let index = self.free.popLast() ?? self.grow()
        self[index].pipe = pipe
        self[index].isDirect = pipe.direct != nil
        if pipe.direct == nil { self.wires += 1 }
        self[index].outgoing = OutgoingQueue(
            limit: marks.messages, byteLimit: marks.bytes, conflates: conflates)
        self[index].link = link
        self[index].creditBatch = creditBatch
        return PeerID(index: index, generation: self[index].generation)
    }

    mutating func release(_ index: Int) {
        let generation = self[index].generation &+ 1
        if self[index].pipe != nil, !self[index].isDirect { self.wires -= 1 }
        self[index] = Slot()
        self[index].generation = generation
        self.free.append(index)
    }

    private mutating func grow() -> Int {
        if self.count == self.capacity {
            let capacity = max(4, self.capacity * 2)
            let grown = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
            if let base = unsafe self.base {
                unsafe grown.moveInitialize(from: base, count: self.count)
                unsafe base.deallocate()
            }
            unsafe self.base = grown
            self.capacity = capacity
        }
        unsafe (self.base.unsafelyUnwrapped + self.count).initialize(to: Slot())
        self.count += 1
        return self.count - 1
    }
}
