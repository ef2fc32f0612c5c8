// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if !canImport(Darwin)
import Foundation
import Synchronization
import Testing
import ZeroMQ

@Suite("A lock that is left with a store", .timeLimit(.minutes(3)))
struct QuickLockTests {
    private struct Refusal: Error {}

    /// What is only right as long as one at a time changes it.
    private struct Account {
        private(set) var entries = 0
        private(set) var mirrored = 0
        private(set) var disagreements = 0

        mutating func enter() {
            if self.entries != self.mirrored { self.disagreements += 1 }
            self.entries += 1
            self.mirrored += 1
        }
    }

    private final class Shared: Sendable {
        let lock = QuickLock(Account())
        let isOver = Atomic(false)
    }

    /// Runs `body` on so many threads at once, none of which the tests' tasks need, until all are done.
    private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
        await withTaskGroup { group in
            for index in 0..<count {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            body(index)
                            continuation.resume()
                        }
                    }
                }
            }
        }
    }

    @Test("lets in one at a time")
    func exclusion() async {
        let shared = Shared()
        await self.onThreads(4) { _ in
            for _ in 0..<500_000 { shared.lock.withLock { $0.enter() } }
        }
        let account = shared.lock.withLock { $0 }
        #expect(account.entries == 2_000_000)
        #expect(account.mirrored == 2_000_000)
        #expect(account.disagreements == 0)
    }

    @Test("lets in one at a time of those who ask whether it is free, too")
    func exclusionIfAvailable() async {
        let shared = Shared()
        let entered = Atomic(0)
        await self.onThreads(4) { index in
            for _ in 0..<500_000 {
                if index.isMultiple(of: 2) {
                    shared.lock.withLock { $0.enter() }
                } else if shared.lock.withLockIfAvailable({ $0.enter() }) != nil {
                    entered.add(1, ordering: .relaxed)
                }
            }
        }
        let account = shared.lock.withLock { $0 }
        #expect(account.entries == 1_000_000 + entered.load(ordering: .relaxed))
        #expect(account.disagreements == 0)
    }

    /// Who never pauses would have the lock again before another can see it free.
    @Test("lets in who has waited for long before all others")
    func reservation() async {
        let shared = Shared()
        await self.onThreads(2) { index in
            guard index == 0 else {
                while !shared.isOver.load(ordering: .acquiring) {}
                shared.lock.withLock { $0.enter() }
                return
            }
            shared.lock.withLock { _ in
                shared.isOver.store(true, ordering: .releasing)
                while !shared.lock.isReserved {}
            }
            var entries: Int?
            while entries == nil { entries = shared.lock.withLockIfAvailable { $0.entries } }
            #expect(entries == 1)
        }
    }

    @Test("lets in each of many who wait, though others leave only to enter again")
    func starvation() async {
        let shared = Shared()
        let waiting = Atomic(3)
        await self.onThreads(5) { index in
            guard index > 1 else {
                while !shared.isOver.load(ordering: .relaxed) {
                    shared.lock.withLock { account in for _ in 0..<10_000 { account.enter() } }
                }
                return
            }
            for _ in 0..<20 { shared.lock.withLock { $0.enter() } }
            if waiting.subtract(1, ordering: .relaxed).newValue == 0 { shared.isOver.store(true, ordering: .relaxed) }
        }
        let account = shared.lock.withLock { $0 }
        #expect(account.entries % 10_000 == 60)
        #expect(account.disagreements == 0)
    }

    @Test("is not to be had while it is held, and is afterwards")
    func availability() {
        let lock = QuickLock(1)
        let inner = lock.withLock { _ in lock.withLockIfAvailable { _ in true } }
        #expect(inner == nil)
        let outer = lock.withLockIfAvailable { value in
            value += 1
            return lock.withLockIfAvailable { _ in true } == nil
        }
        #expect(outer == true)
        #expect(lock.withLock { $0 } == 2)
    }

    @Test("is free again after an error, which it hands on")
    func errors() {
        let lock = QuickLock(1)
        #expect(throws: Refusal.self) { try lock.withLock { _ in throw Refusal() } }
        #expect(throws: Refusal.self) { try lock.withLockIfAvailable { _ in throw Refusal() } }
        #expect(lock.withLockIfAvailable { $0 } == 1)
    }

    @Test("takes its value with it")
    func end() {
        final class Witness: Sendable {}
        weak var witness: Witness?
        do {
            let value = Witness()
            witness = value
            let lock = QuickLock(value)
            #expect(lock.withLock { $0 === value })
        }
        #expect(witness == nil)
    }
}
#endif
