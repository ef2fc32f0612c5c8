// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization

/// Who passes a proxy's messages: two tasks on the frontend's event loop, a way each, or one task that reads both
/// connections itself.
///
/// The one is for as long as each side has one peer, messages keep coming, and no other socket of the context keeps
/// tasks waiting (benchmark row echo through a proxy). Then a batch passes without waking a thread; see `DirectSource`.
/// The two begin, and go on where the one would have to wait.
///
/// Isolation: its own lock.
final class ProxyShift: Sendable {
    private struct State: Sendable {
        /// Ways that hold nothing and wait.
        var waiting: [Readiness] = []
        /// Both of them end.
        var isChanging = false
    }

    let patience: ReadingPatience
    private let front: any SocketEngine
    private let back: any SocketEngine
    private let canChange: Bool
    private let state = Mutex(State())

    init(_ front: any SocketEngine, _ back: any SocketEngine, captures: Bool) {
        self.front = front
        self.back = back
        self.patience = ReadingPatience(
            min(front.environment.readingPatience, back.environment.readingPatience),
            heedsOthers: front.environment.heedsOthers)
        self.canChange = !captures && front !== back
    }

    // MARK: The two

    /// Waits until one of the sockets can be used, the task is cancelled, or the way shall end.
    ///
    /// - Parameters:
    ///   - uses: The sockets, each with what it is waited for.
    ///   - hasPassed: Whether a message has been passed on since the way waited last. Otherwise the one would have nothing
    ///     to look for.
    /// - Returns: Whether the way shall end.
    func wait(
        for uses: [(engine: any SocketEngine, interest: SocketInterest)], after hasPassed: Bool
    ) async -> Bool {
        guard self.canChange else {
            await Readiness.wait(for: uses)
            return false
        }
        let readiness = Readiness()
        let isLone = hasPassed && self.isLone
        let others = self.state.withLock { state -> [Readiness]? in
            if !state.isChanging, isLone, state.waiting.count == 1 { state.isChanging = true }
            guard state.isChanging else {
                state.waiting.append(readiness)
                return nil
            }
            return state.waiting
        }
        if let others {
            for other in others { other.fire() }
            return true
        }
        await Readiness.wait(for: uses, as: readiness)
        return self.state.withLock { state in
            state.waiting.removeAll { $0 === readiness }
            return state.isChanging
        }
    }

    /// A way is about to wait. Whether nobody else does, and one task could read everything.
    private var isLone: Bool {
        // Who can't read by itself doesn't keep others from it either.
        guard self.front.hasOneSource, self.back.hasOneSource else { return false }
        // Both count: the sockets may belong to different contexts.
        let isFrontLone = self.front.environment.loneReader.suspends(self)
        let isBackLone =
            self.front.environment.loneReader === self.back.environment.loneReader
            || self.back.environment.loneReader.suspends(self)
        return isFrontLone && isBackLone && self.patience.isReady(at: .now())
    }

    // MARK: The one

    /// How long the one goes on before it asks whether to, and others of its thread get their turn.
    struct Turn: Sendable {
        private static let length = TimeAmount.milliseconds(1)

        fileprivate let reads: (front: Int, back: Int)
        private let end = NIODeadline.now() + Self.length

        fileprivate init(_ reads: (Int, Int)) { self.reads = reads }

        func isOver(at now: NIODeadline) -> Bool { now >= self.end }
    }

    func beginTurn() -> Turn { Turn((self.front.directReads, self.back.directReads)) }

    /// Whether the two connections are still all that there is, and the one does read them.
    func endTurn(_ turn: Turn) -> Bool {
        let reads = (front: self.front.directReads, back: self.back.directReads)
        let isReading = reads.front > turn.reads.front && reads.back > turn.reads.back
        if !isReading { self.patience.rest() }
        return isReading && self.front.hasOneSource && self.back.hasOneSource
            && self.front.environment.loneReader.isLast(self) && self.back.environment.loneReader.isLast(self)
    }

    /// The one ends, the two begin.
    func changeBack() {
        self.front.returnReading()
        self.back.returnReading()
        self.state.withLock { $0.isChanging = false }
    }

    /// Looks for messages, for a moment. False if the loop had better wait for them.
    func waitDirectly() -> Bool {
        guard ReadingPatience.isOfUseHere else {
            self.patience.rest()
            return false
        }
        // At once, for what has come while others were passed on.
        var look = self.look()
        if look == .nothing {
            let hasCome = self.patience.wait {
                look = self.look()
                return look != .nothing
            }
            guard hasCome else { return false }
        }
        if look == .over { self.patience.rest() }
        return look == .some
    }

    /// What is to be had from either side.
    private func look() -> DirectLook {
        let looks = (self.front.readDirectly(), self.back.readDirectly())
        if looks.0 == .over || looks.1 == .over { return .over }
        return looks.0 == .some || looks.1 == .some ? .some : .nothing
    }
}
