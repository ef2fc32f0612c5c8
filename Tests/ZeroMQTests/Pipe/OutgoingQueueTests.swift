// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: messages on their way to a connection")
struct OutgoingQueueTests {
    private static let large = Message(pattern(OutgoingQueue.referencedSize))

    private static func connected(limit: Int? = 4) -> OutgoingQueue {
        var queue = OutgoingQueue(limit: limit)
        _ = queue.attach()
        return queue
    }

    // MARK: Flushes

    @Test("says that a flush is due with the first message, and not again until the connection has found nothing")
    func flushesOnce() {
        var queue = Self.connected(limit: nil)
        #expect(queue.offer("1") == .acceptedFlushDue)
        #expect(queue.offer("2") == .accepted)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1", "2"), messages: 2, makesRoom: false))
        #expect(queue.offer("3") == .accepted)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("3"), messages: 1, makesRoom: false))
        #expect(queue.takeAndRecycle() == .nothing)
        #expect(queue.offer("4") == .acceptedFlushDue)
    }

    @Test("says nothing of flushes without a connection, which is told when it comes if something waits")
    func flushesOnAttach() {
        var queue = OutgoingQueue(limit: 4)
        #expect(queue.offer("1") == .accepted)
        #expect(queue.offer("2") == .accepted)
        #expect(queue.attach() == true)
        #expect(queue.offer("3") == .accepted)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1", "2", "3"), messages: 3, makesRoom: false))
    }

    @Test("tells a new connection nothing if nothing waits")
    func attachesEmpty() {
        var queue = OutgoingQueue(limit: 4)
        #expect(queue.attach() == false)
        #expect(queue.offer("1") == .acceptedFlushDue)
    }

    @Test("keeps for the next connection what the last one did not take")
    func outlivesConnection() {
        var queue = Self.connected()
        _ = queue.offer("1")
        _ = queue.takeAndRecycle()
        _ = queue.offer("2")
        queue.detach()
        #expect(queue.offer("3") == .accepted)
        #expect(queue.attach() == true)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("2", "3"), messages: 2, makesRoom: false))
        #expect(queue.takeAndRecycle() == .nothing)
        #expect(queue.offer("4") == .acceptedFlushDue)
    }

    @Test("tells the next connection of a flush that the last one was told of and left without a look")
    func flushDiesWithConnection() {
        var queue = Self.connected()
        #expect(queue.offer("1") == .acceptedFlushDue)
        queue.detach()
        #expect(queue.attach() == true)
    }

    // MARK: Room

    @Test("counts a message until the connection takes it, and says when that makes room for a refused sender")
    func counts() {
        var queue = Self.connected(limit: 2)
        _ = queue.offer("1")
        _ = queue.offer("2")
        #expect(queue.offer("3") == .full)
        #expect(queue.count == 2)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1", "2"), messages: 2, makesRoom: true))
        #expect(queue.count == 0)
        #expect(queue.offer("3") == .accepted)
    }

    @Test("says nothing of room if nobody was refused it")
    func nobodyWaitsForRoom() {
        var queue = Self.connected(limit: 2)
        _ = queue.offer("1")
        _ = queue.offer("2")
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1", "2"), messages: 2, makesRoom: false))
    }

    @Test("says that there is room once the segments taken make up half of the mark, not before and not again")
    func roomAtHalf() {
        var queue = Self.connected(limit: 4)
        for _ in 0..<4 { _ = queue.offer(Self.large) }
        #expect(queue.offer(Self.large) == .full)
        var made: [Bool] = []
        while case .segment(_, let makesRoom) = queue.take() { made.append(makesRoom) }
        #expect(made == [false, true, false, false])
    }

    @Test("with a mark of one, every message but the first waits for the one before")
    func markOfOne() {
        var queue = Self.connected(limit: 1)
        for number in 0..<5 {
            let message = Message("\(number)")
            #expect(queue.offer(message) == .acceptedFlushDue)
            #expect(queue.offer("too many") == .full)
            #expect(queue.takeAndRecycle() == .segment(octets: wire(message), messages: 1, makesRoom: true))
            #expect(queue.takeAndRecycle() == .nothing)
        }
    }

    @Test("with a mark of a thousand fills four segments before the mark counts, but only for a connection")
    func looseMark() {
        var queue = OutgoingQueue(limit: 1000)
        for _ in 0..<1000 { #expect(queue.offer("12345678901234") == .accepted) }
        #expect(queue.offer("12345678901234") == .full)
        _ = queue.attach()
        // Frames of 16 octets.
        let most = OutgoingQueue.looseBytes / 16
        for _ in 1000..<most { #expect(queue.offer("12345678901234") == .accepted) }
        #expect(queue.offer("12345678901234") == .full)
        #expect(queue.room == 0)
        var made: [Bool] = []
        var taken = 0
        while case .segment(let segment, let makesRoom) = queue.take() {
            made.append(makesRoom)
            taken += segment.messages
        }
        // Half of the octets are left then.
        #expect(made == [false, false, true, false])
        #expect(taken == most)
        #expect(queue.offer("12345678901234") == .acceptedFlushDue)
    }

    @Test("a mark of less than a thousand is exact with a connection as without", arguments: [1, 2, 999])
    func exactMark(mark: Int) {
        var queue = Self.connected(limit: mark)
        for _ in 0..<mark { #expect(queue.offer("1") != .full) }
        #expect(queue.offer("1") == .full)
    }

    @Test("refuses beyond the mark without a connection too, and takes nothing of what it refuses")
    func fullWithoutConnection() {
        var queue = OutgoingQueue(limit: 2)
        #expect(queue.offer("1") == .accepted)
        #expect(queue.offer("2") == .accepted)
        #expect(queue.offer("3") == .full)
        #expect(queue.offer(Self.large) == .full)
        #expect(queue.count == 2)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1", "2"), messages: 2, makesRoom: true))
    }

    @Test("has room for exactly what it would take")
    func room() {
        var queue = Self.connected(limit: 4)
        for left in [4, 3, 2, 1] {
            #expect(queue.room == left)
            _ = queue.offer(Self.large)
        }
        #expect(queue.room == 0)
        #expect(queue.offer(Self.large) == .full)
        _ = queue.takeAndRecycle()
        // Refused until half of the mark is free.
        #expect(queue.room == 0)
        _ = queue.takeAndRecycle()
        #expect(queue.room == 2)
        _ = queue.startDraining()
        #expect(queue.room == 0)
    }

    // MARK: Draining

    @Test("draining lets what waits leave, takes nothing more, and says when all has left")
    func drains() {
        var queue = Self.connected()
        _ = queue.offer("1")
        #expect(queue.startDraining() == false)
        #expect(queue.offer("2") == .closed)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1"), messages: 1, makesRoom: false))
        #expect(queue.takeAndRecycle() == .drained)
    }

    @Test("draining is told to an idle connection, once, so that it learns of the end")
    func drainsIdleConnection() {
        var queue = Self.connected()
        #expect(queue.startDraining() == true)
        #expect(queue.startDraining() == false)
        #expect(queue.takeAndRecycle() == .drained)
    }

    @Test("draining is told to a connection that comes later, whether anything waits or not", arguments: [true, false])
    func drainsThroughNextConnection(isEmpty: Bool) {
        var queue = OutgoingQueue(limit: 4)
        if !isEmpty { _ = queue.offer("1") }
        #expect(queue.startDraining() == false)
        #expect(queue.attach() == true)
        if !isEmpty {
            #expect(queue.takeAndRecycle() == .segment(octets: wire("1"), messages: 1, makesRoom: false))
        }
        #expect(queue.takeAndRecycle() == .drained)
    }

    @Test("keeps what waits when a connection breaks while draining")
    func drainSurvivesDetach() {
        var queue = Self.connected()
        _ = queue.offer("1")
        _ = queue.startDraining()
        queue.detach()
        #expect(queue.count == 1)
        #expect(queue.attach() == true)
        #expect(queue.takeAndRecycle() == .segment(octets: wire("1"), messages: 1, makesRoom: false))
        #expect(queue.takeAndRecycle() == .drained)
    }

    // MARK: Closing

    @Test("closing throws away what waits and says how much that was: what was taken does not count")
    func closes() {
        var queue = Self.connected(limit: nil)
        for message in ["1", Self.large, "2", Self.large, "3"] { _ = queue.offer(message) }
        guard case .segment(let segment, _) = queue.take() else {
            Issue.record("nothing to take")
            return
        }
        #expect(segment.messages == 2)
        #expect(queue.close() == 3)
        #expect(queue.close() == 0)
        #expect(queue.count == 0)
        queue.recycle(segment)
        #expect(queue.takeAndRecycle() == .drained)
    }

    @Test("is closed for everybody afterwards")
    func staysClosed() {
        var queue = Self.connected()
        _ = queue.offer("1")
        _ = queue.close()
        #expect(queue.offer("2") == .closed)
        #expect(queue.startDraining() == false)
        #expect(queue.attach() == false)
        #expect(queue.takeAndRecycle() == .drained)
    }
}
