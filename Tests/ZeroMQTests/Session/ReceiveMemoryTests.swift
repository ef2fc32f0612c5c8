// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZeroMQ

@Suite("Memory that the network is read into")
struct ReceiveMemoryTests {
    /// As if a read had filled the buffer.
    private static func fill(_ buffer: inout ByteBuffer) {
        buffer.writeRepeatingByte(7, count: buffer.writableBytes)
    }

    private static func place(of buffer: ByteBuffer) -> Int {
        unsafe buffer.withVeryUnsafeBytes { Int(bitPattern: $0.baseAddress) }
    }

    @Test("is used again once no message is left in it")
    func again() {
        let memory = ReceiveMemory()
        var places: Set<Int> = []
        for _ in 0..<100 {
            var buffer = memory.take()
            places.insert(Self.place(of: buffer))
            Self.fill(&buffer)
            _ = memory.hold(buffer)
        }
        #expect(places.count == 1)
    }

    @Test("is never given to two, and is used again in the end, when receivers fall behind", arguments: [1, 8, 30])
    func behind(waiting: Int) {
        let memory = ReceiveMemory()
        var held: [ByteBuffer] = []
        var places: Set<Int> = []
        for number in 0..<500 {
            var buffer = memory.take()
            #expect(buffer.readableBytes == 0)
            let place = Self.place(of: buffer)
            #expect(!held.contains { Self.place(of: $0) == place })
            places.insert(place)
            Self.fill(&buffer)
            held.append(memory.hold(buffer))
            if number >= waiting { held.removeFirst() }
        }
        // Those that wait, the one that is being read into, and some since not all are looked at each time.
        #expect(places.count <= waiting + 8)
    }

    @Test("is remembered up to a limit, whatever the sizes")
    func limit() {
        let memory = ReceiveMemory()
        var all: [ByteBuffer] = []
        for _ in 0..<200 {
            var buffer = memory.take(300_000)
            Self.fill(&buffer)
            all.append(memory.hold(buffer))
        }
        let places = Set(all.map { Self.place(of: $0) })
        #expect(places.count == 200)
        let remembered = ReceiveMemory.spareLimit / all[0].capacity
        all = []
        // All are free now, but no more than these are known; the test keeps those it gets.
        var again: [ByteBuffer] = []
        for _ in 0..<200 { again.append(memory.take(300_000)) }
        #expect(Set(again.prefix(remembered).map { Self.place(of: $0) }).isSubset(of: places))
        #expect(Set(again.map { Self.place(of: $0) }).count == 200)
    }

    @Test("is not remembered where it is too little to be read into: a connection's first buffer is")
    func small() {
        let memory = ReceiveMemory()
        var buffer = ByteBufferAllocator().buffer(capacity: 128)
        Self.fill(&buffer)
        let place = Self.place(of: memory.hold(buffer))
        buffer = ByteBuffer()
        // If it was given back, somebody else has it by now.
        let others = (0..<100).map { _ in ByteBufferAllocator().buffer(capacity: 128) }
        #expect(Self.place(of: memory.take(100)) != place)
        #expect(others.count == 100)
    }

    @Test("little that was read is copied out")
    func little() {
        let memory = ReceiveMemory()
        var buffer = memory.take()
        let place = Self.place(of: buffer)
        buffer.writeBytes([1, 2, 3])
        let kept = memory.hold(buffer)
        buffer = ByteBuffer()
        #expect(kept == ByteBuffer(bytes: [1, 2, 3]))
        #expect(kept.capacity < 100)
        #expect(Self.place(of: memory.take()) == place)
    }
}
