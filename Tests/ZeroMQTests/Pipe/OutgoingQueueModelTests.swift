// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: messages on their way to a connection, against a plain list")
struct OutgoingQueueModelTests {
    /// What the queue is, said as simply as possible: messages, a mark and a few facts.
    struct Model {
        let mark: Int
        var waiting: [Message] = []
        var lost = 0
        var isRefused = false
        var isAttached = false
        var isFlushDue = false
        var isDraining = false
        var isClosed = false

        mutating func offer(_ message: Message) -> OutgoingQueue.Admission {
            if self.isDraining || self.isClosed { return .closed }
            if self.isRefused || self.waiting.count == self.mark {
                self.isRefused = true
                return .full
            }
            self.waiting.append(message)
            return self.askForFlush() ? .acceptedFlushDue : .accepted
        }

        /// True if the connection is to be told, which it was not yet.
        mutating func askForFlush() -> Bool {
            guard self.isAttached, !self.isFlushDue else { return false }
            self.isFlushDue = true
            return true
        }

        /// What a segment of `count` messages should be like.
        mutating func take(_ count: Int) -> Took {
            guard count > 0 else {
                self.isFlushDue = false
                return self.isDraining || self.isClosed ? .drained : .nothing
            }
            let taken = Array(self.waiting.prefix(count))
            self.waiting.removeFirst(taken.count)
            let makesRoom = self.isRefused && self.waiting.count <= self.mark / 2
            if makesRoom { self.isRefused = false }
            return .segment(octets: wire(taken), messages: count, makesRoom: makesRoom)
        }

        /// A segment was written, and no more is to be taken now. True if a flush is still due.
        mutating func conclude() -> Bool {
            self.isFlushDue = self.isAttached && (!self.waiting.isEmpty || self.isDraining)
            return self.isFlushDue
        }

        mutating func attach() -> Bool {
            guard !self.isClosed else { return false }
            self.isAttached = true
            self.isFlushDue = false
            return (!self.waiting.isEmpty || self.isDraining) && self.askForFlush()
        }

        mutating func startDraining() -> Bool {
            guard !self.isDraining, !self.isClosed else { return false }
            self.isDraining = true
            return self.askForFlush()
        }

        mutating func close() -> Int {
            defer { self.waiting = [] }
            self.isClosed = true
            return self.waiting.count
        }
    }

    private static let bodies = [3, 40, 300, 9000, OutgoingQueue.referencedSize].map { Message.Part(pattern($0)) }

    private static func message(_ random: inout SeededGenerator) -> Message {
        let body = self.bodies.randomElement(using: &random) ?? Message.Part()
        return Bool.random(using: &random) ? Message(body) : ["address", "", body]
    }

    @Test(
        "agrees with a list under any sequence of events, and every message is taken, waits or is lost",
        arguments: 0..<30 as Range<UInt64>)
    func agreesWithModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var model = Model(mark: Int.random(in: 1...20, using: &random))
        var queue = OutgoingQueue(limit: model.mark)
        var shared = SharedFrames()
        for _ in 0..<400 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<30:
                let message = Self.message(&random)
                queue.endRun()
                #expect(queue.offer(message) == model.offer(message))
            case 30..<55:
                let message = Self.message(&random)
                if Int.random(in: 0..<4, using: &random) == 0 { _ = shared.append("for others") }
                let place = shared.append(message)
                #expect(queue.offer(message, at: place, of: shared) == model.offer(message))
                if shared.isFull { shared = SharedFrames() }
            case 55..<80:
                let took = queue.takeAndRecycle()
                let count = if case .segment(_, let messages, _) = took { messages } else { 0 }
                #expect(count > 0 || model.waiting.isEmpty || model.isClosed)
                #expect(took == model.take(count))
            case 80..<90:
                guard case .segment(let segment, let makesRoom) = queue.take() else {
                    #expect(model.waiting.isEmpty || model.isClosed)
                    _ = model.take(0)
                    break
                }
                let octets = segment.octets
                #expect(
                    model.take(segment.messages)
                        == .segment(octets: octets, messages: segment.messages, makesRoom: makesRoom))
                #expect(queue.conclude(segment) == model.conclude())
            case 90..<94:
                queue.detach()
                model.isAttached = false
                model.isFlushDue = false
            case 94..<98:
                #expect(queue.attach() == model.attach())
            case 98 where Int.random(in: 0..<3, using: &random) == 0:
                #expect(queue.startDraining() == model.startDraining())
            case 99 where Int.random(in: 0..<6, using: &random) == 0:
                #expect(queue.close() == model.close())
            default:
                break
            }
            #expect(queue.count == model.waiting.count)
        }
    }
}
