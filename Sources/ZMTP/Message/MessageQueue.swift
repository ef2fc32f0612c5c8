// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A first-in-first-out queue of messages that moves them and, once grown, allocates nothing.
///
/// Whole queues are handed over between threads by swapping them.
@safe
package struct MessageQueue: ~Copyable, @unchecked Sendable {
    // @unchecked: the memory is owned by this value alone, which cannot be copied; its elements are Sendable.
    @usableFromInline var base: UnsafeMutablePointer<Message>?
    @usableFromInline var head = 0
    @usableFromInline package private(set) var capacity = 0

    /// How many messages wait.
    @usableFromInline package var count = 0

    package init() {}

    deinit {
        guard let base = unsafe self.base else { return }
        unsafe (base + self.head).deinitialize(count: self.count)
        unsafe base.deallocate()
    }

    @inlinable package var isEmpty: Bool { self.count == 0 }

    @inlinable
    package mutating func append(_ message: consuming Message) {
        if self.head + self.count == self.capacity { self.makeRoom(for: 1) }
        guard let base = unsafe self.base else { return }
        unsafe (base + (self.head + self.count)).initialize(to: message)
        self.count += 1
    }

    @inlinable
    package mutating func popFirst() -> Message? {
        guard self.count > 0, let base = unsafe self.base else { return nil }
        let message = unsafe (base + self.head).move()
        self.count -= 1
        self.head = self.count == 0 ? 0 : self.head + 1
        return message
    }

    /// Takes all messages of another queue, behind those that are here.
    package mutating func takeAll(from other: inout MessageQueue) {
        if self.count == 0 {
            swap(&self, &other)
            return
        }
        guard other.count > 0, let source = unsafe other.base else { return }
        if self.head + self.count + other.count > self.capacity { self.makeRoom(for: other.count) }
        guard let base = unsafe self.base else { return }
        unsafe (base + (self.head + self.count)).moveInitialize(from: source + other.head, count: other.count)
        self.count += other.count
        other.count = 0
        other.head = 0
    }

    package mutating func removeAll() {
        if let base = unsafe self.base { unsafe (base + self.head).deinitialize(count: self.count) }
        self.count = 0
        self.head = 0
    }

    /// Gives up memory that an idle queue does not need.
    package mutating func shrink() {
        guard self.count == 0, self.capacity > 64 else { return }
        unsafe self.base?.deallocate()
        unsafe self.base = nil
        self.capacity = 0
        self.head = 0
    }

    /// Moves the messages to the front of the memory, or to twice as much of it.
    @usableFromInline
    mutating func makeRoom(for extra: Int) {
        let needed = self.count + extra
        if let base = unsafe self.base, needed * 2 <= self.capacity {
            unsafe base.moveInitialize(from: base + self.head, count: self.count)
            self.head = 0
            return
        }
        let capacity = max(16, max(needed, self.capacity * 2))
        let grown = UnsafeMutablePointer<Message>.allocate(capacity: capacity)
        if let base = unsafe self.base {
            unsafe grown.moveInitialize(from: base + self.head, count: self.count)
            unsafe base.deallocate()
        }
        unsafe self.base = grown
        self.capacity = capacity
        self.head = 0
    }
}
