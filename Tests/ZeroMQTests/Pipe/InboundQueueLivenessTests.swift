// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

/// A writer, a reader and the signals between them, each of which may be late.
///
/// Every step is one critical section of the queue or the delivery of signals, so that walking through all orders of
/// steps walks through all interleavings of threads.
@Suite("Pipe: no wake-up to a socket is lost")
struct InboundQueueLivenessTests {
    enum Step: CaseIterable {
        case write
        case refill
        case use
        case credit
        case deliver
    }

    struct World: ~Copyable {
        let queue: InboundQueue
        private var unsent: [Message]
        private var isPaused = false
        private var hasFoundNoRoom = false
        private var isAwake = false
        private var local = MessageQueue()
        private var unused = 0
        private var uncredited = 0
        private var pending: [Told] = []
        private(set) var used: [Message] = []

        init(limit: Int, messages: [Message], owner: OwnerProbe, connection: TransportProbe) {
            self.queue = InboundQueue(limit: limit)
            self.queue.setWriter(.transport(connection))
            self.unsent = messages
            self.pending = [self.queue.setReader(owner.end(0)).told]
        }

        /// False if there was nothing to do.
        mutating func take(_ step: Step) -> Bool {
            switch step {
            case .write: self.write()
            case .refill: self.refill()
            case .use: self.use()
            case .credit: self.credit()
            case .deliver: self.deliver()
            }
        }

        private mutating func write() -> Bool {
            guard !self.isPaused, let first = self.unsent.first else { return false }
            if self.hasFoundNoRoom {
                self.hasFoundNoRoom = false
                self.isPaused = self.queue.waitForRoom()
            } else if self.queue.room(atMost: 1) == 0 {
                self.hasFoundNoRoom = true
            } else {
                self.unsent.removeFirst()
                self.pending.append(self.queue.push(first))
            }
            return true
        }

        private mutating func refill() -> Bool {
            guard self.isAwake, self.local.isEmpty else { return false }
            let refill = self.queue.refill(&self.local, consumed: self.uncredited)
            self.uncredited = 0
            self.pending.append(refill.signal.told)
            self.isAwake = !self.local.isEmpty
            return true
        }

        private mutating func use() -> Bool {
            guard let message = self.local.popFirst() else { return false }
            self.used.append(message)
            self.uncredited += 1
            return true
        }

        private mutating func credit() -> Bool {
            guard self.uncredited > 0 else { return false }
            self.pending.append(self.queue.credit(self.uncredited).told)
            self.uncredited = 0
            return true
        }

        private mutating func deliver() -> Bool {
            self.pending.removeAll { $0 == .nobody }
            guard !self.pending.isEmpty else { return false }
            for told in self.pending {
                if case .readable = told { self.isAwake = true } else { self.isPaused = false }
            }
            self.pending = []
            return true
        }

        /// Goes on until nobody can do anything. Credit comes only with refills, as late as may be.
        mutating func finish() {
            var isMoving = true
            while isMoving {
                isMoving = false
                for step in [Step.deliver, .write, .refill, .use] { while self.take(step) { isMoving = true } }
            }
        }
    }

    @Test("whatever the order of steps, every message arrives in order", arguments: [1, 2, 3])
    func everythingArrives(limit: Int) {
        let messages = (0..<5).map { Message("\($0)") }
        let (owner, connection) = (OwnerProbe(), TransportProbe())
        let length = 6
        let count = (0..<length).reduce(1) { product, _ in product * Step.allCases.count }
        for number in 0..<count {
            var world = World(limit: limit, messages: messages, owner: owner, connection: connection)
            var rest = number
            for _ in 0..<length {
                _ = world.take(Step.allCases[rest % Step.allCases.count])
                rest /= Step.allCases.count
            }
            world.finish()
            guard world.used == messages else {
                Issue.record("steps \(number): arrived were only \(world.used.count) of \(messages.count)")
                return
            }
        }
    }
}
