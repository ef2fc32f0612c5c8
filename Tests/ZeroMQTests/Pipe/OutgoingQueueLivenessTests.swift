// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

/// A sender, a connection that comes and goes, and what they are told, which may reach them late.
///
/// Every step is one critical section of the socket or the delivery of what it raised, so that walking through all
/// orders of steps walks through all interleavings of threads.
@Suite("Pipe: no wake-up to or from a connection is lost")
struct OutgoingQueueLivenessTests {
    enum Step: CaseIterable {
        case offer
        case take
        case deliver
        case attach
        case detach
    }

    struct World: ~Copyable {
        private(set) var queue: OutgoingQueue
        private var unsent: [Message]
        private var isRefused = false
        private var hasRoomSignal = false
        /// The number of the connection that is there, and of those that were told to flush.
        private var connection: Int?
        private var nextConnection = 0
        private var flushSignals: Set<Int> = []
        private var isAwake = false
        private(set) var written: [UInt8] = []
        private(set) var isDrained = false

        init(limit: Int, messages: [Message]) {
            self.queue = OutgoingQueue(limit: limit)
            self.unsent = messages
        }

        /// False if there was nothing to do.
        mutating func take(_ step: Step) -> Bool {
            switch step {
            case .offer: self.offer()
            case .take: self.take()
            case .deliver: self.deliver()
            case .attach: self.attach()
            case .detach: self.detach()
            }
        }

        private mutating func signalFlush() {
            if let connection { self.flushSignals.insert(connection) }
        }

        private mutating func offer() -> Bool {
            guard !self.isRefused, let first = self.unsent.first else { return false }
            switch self.queue.offer(first) {
            case .accepted, .acceptedHeld: self.unsent.removeFirst()
            case .acceptedFlushDue:
                self.unsent.removeFirst()
                self.signalFlush()
            case .full: self.isRefused = true
            case .closed: self.unsent = []
            }
            return true
        }

        private mutating func take() -> Bool {
            guard self.isAwake else { return false }
            switch self.queue.takeAndRecycle() {
            case .segment(let octets, _, let makesRoom):
                self.written += octets
                if makesRoom { self.hasRoomSignal = true }
            case .nothing: self.isAwake = false
            case .drained:
                self.isAwake = false
                self.isDrained = true
            }
            return true
        }

        private mutating func deliver() -> Bool {
            guard self.hasRoomSignal || !self.flushSignals.isEmpty else { return false }
            if self.hasRoomSignal { self.isRefused = false }
            // A connection that has gone takes no notice.
            if let connection, self.flushSignals.contains(connection) { self.isAwake = true }
            self.hasRoomSignal = false
            self.flushSignals = []
            return true
        }

        private mutating func attach() -> Bool {
            guard self.connection == nil else { return false }
            self.connection = self.nextConnection
            self.nextConnection += 1
            if self.queue.attach() { self.signalFlush() }
            return true
        }

        private mutating func detach() -> Bool {
            guard self.connection != nil else { return false }
            self.queue.detach()
            self.connection = nil
            self.isAwake = false
            return true
        }

        mutating func startDraining() {
            if self.queue.startDraining() { self.signalFlush() }
        }

        /// Goes on until nobody can do anything, with a connection that stays.
        mutating func finish() {
            var isMoving = true
            while isMoving {
                isMoving = false
                for step in [Step.attach, .deliver, .offer, .take] { while self.take(step) { isMoving = true } }
            }
        }
    }

    private static let messages = (0..<5).map { Message("\($0)") }
    private static let length = 6
    private static let sequences = 0..<(0..<length).reduce(1) { product, _ in product * Step.allCases.count }

    /// The world after the steps that a number stands for.
    private static func world(_ number: Int, limit: Int) -> World {
        var world = World(limit: limit, messages: Self.messages)
        var rest = number
        for _ in 0..<Self.length {
            _ = world.take(Step.allCases[rest % Step.allCases.count])
            rest /= Step.allCases.count
        }
        return world
    }

    @Test("whatever the order of steps, every message is written once and in order", arguments: [1, 2, 3])
    func everythingIsWritten(limit: Int) {
        for number in Self.sequences {
            var world = Self.world(number, limit: limit)
            world.finish()
            guard world.written == wire(Self.messages), world.queue.count == 0 else {
                Issue.record("steps \(number): only \(world.written.count) octets written")
                return
            }
        }
    }

    @Test("whenever draining begins, what the sender handed over is written, and the connection learns of the end")
    func everythingDrains() {
        for number in Self.sequences {
            var world = Self.world(number, limit: 2)
            let accepted = world.written.count + world.queue.count * wire("0").count
            world.startDraining()
            world.finish()
            guard world.written == Array(wire(Self.messages).prefix(accepted)), world.isDrained else {
                Issue.record("steps \(number): \(world.written.count) of \(accepted) octets written")
                return
            }
        }
    }
}
