// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: messages encoded once for several queues")
struct SharedFramesTests {
    private let bodies = (0..<200).map { Message([UInt8($0)] + pattern(999)) }

    /// Where the octets behind a segment's own lie.
    private func address(_ segment: OutgoingQueue.Segment) throws -> UInt {
        let payload = try #require(segment.payload)
        return try #require(
            unsafe payload.withUnsafeReadableBytes { unsafe $0.baseAddress.map { UInt(bitPattern: $0) } })
    }

    @Test("are written from the same memory by all connections, in segments of 64 KiB")
    func sharesMemory() throws {
        let shared = SharedFrames()
        var one = OutgoingQueue(limit: nil)
        var other = OutgoingQueue(limit: nil)
        for body in self.bodies {
            let place = shared.append(body)
            _ = one.offer(body, at: place, of: shared)
            _ = other.offer(body, at: place, of: shared)
        }
        let (first, second) = (one.takeSegments(), other.takeSegments())
        #expect(first.flatMap(\.octets) == wire(self.bodies))
        #expect(second.flatMap(\.octets) == wire(self.bodies))
        #expect(first.map(\.messages) == [65, 65, 65, 5])
        #expect(try first.map(self.address) == second.map(self.address))
        #expect(first.allSatisfy { $0.frames.count == 0 })
    }

    @Test("stay what they are while more is appended and the memory is full")
    func staysPut() throws {
        var shared = SharedFrames()
        var queue = OutgoingQueue(limit: nil)
        _ = queue.offer("x", at: shared.append("x"), of: shared)
        let segment = try #require(queue.takeSegments().first)
        let before = try self.address(segment)
        var count = 0
        while !shared.isFull {
            _ = queue.offer(self.bodies[0], at: shared.append(self.bodies[0]), of: shared)
            count += 1
        }
        shared = SharedFrames()
        _ = queue.offer("y", at: shared.append("y"), of: shared)
        #expect(try self.address(segment) == before)
        #expect(segment.octets == wire(["x"]))
        let rest = queue.takeSegments()
        #expect(rest.flatMap(\.octets) == wire(Array(repeating: self.bodies[0], count: count) + ["y"]))
    }

    @Test("a queue that gets few of them copies, and holds nobody's memory")
    func few() throws {
        let shared = SharedFrames()
        var queue = OutgoingQueue(limit: nil)
        for (number, body) in self.bodies.enumerated() {
            let place = shared.append(body)
            if number % 10 == 0 { _ = queue.offer(body, at: place, of: shared) }
        }
        queue.endRun()
        let segments = queue.takeSegments()
        #expect(segments.map(\.messages) == [20])
        #expect(segments.allSatisfy { $0.payload == nil })
        #expect(segments.flatMap(\.octets) == wire(stride(from: 0, to: 200, by: 10).map { self.bodies[$0] }))
    }

    @Test("a long run ends as a segment when something else follows; a short one does not")
    func runEnds() throws {
        for (count, segments) in [(3, [4]), (30, [30, 1])] {
            let shared = SharedFrames()
            var queue = OutgoingQueue(limit: nil)
            for body in self.bodies.prefix(count) { _ = queue.offer(body, at: shared.append(body), of: shared) }
            queue.endRun()
            _ = queue.offer("own", behind: nil)
            let taken = queue.takeSegments()
            #expect(taken.map(\.messages) == segments)
            #expect(taken.flatMap(\.octets) == wire(Array(self.bodies.prefix(count)) + ["own"]))
        }
    }

    @Test("count against marks of messages and of octets as messages of its own do")
    func marks() throws {
        let shared = SharedFrames()
        var queue = OutgoingQueue(limit: 5)
        for body in self.bodies.prefix(5) {
            #expect(queue.offer(body, at: shared.append(body), of: shared) != .full)
        }
        #expect(queue.offer("more", at: shared.append("more"), of: shared) == .full)
        #expect(queue.count == 5)
        #expect(queue.waitingBytes == wire(Array(self.bodies.prefix(5))).count)
        #expect(queue.close() == 5)
        #expect(queue.waitingBytes == 0)
        #expect(queue.offer("late", at: shared.append("late"), of: shared) == .closed)
    }

    @Test("only those of middling size are shared")
    func sizes() {
        let sizes = [0: false, 16: false, 255: false, 256: true, 16_383: true, 16_384: false, 1_000_000: false]
        for (size, suits) in sizes { #expect(SharedFrames.suits(Message(pattern(size))) == suits, "\(size)") }
    }
}
