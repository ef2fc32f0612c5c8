// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZeroMQ

@Suite("Which socket's tasks may read by themselves")
struct LoneReaderTests {
    private final class Place {}

    @Test("one that has suspended nine times in a row")
    func streak() {
        let (reader, place) = (LoneReader(), Place())
        #expect((1...12).map { _ in reader.suspends(place) } == Array(repeating: false, count: 9) + [true, true, true])
    }

    @Test("none while others suspend between")
    func alternating() {
        let (reader, first, second) = (LoneReader(), Place(), Place())
        for _ in 0..<100 {
            #expect(!reader.suspends(first))
            #expect(!reader.suspends(second))
        }
    }

    @Test("one that has been alone is not as soon as another suspends, and must begin anew")
    func disturbed() {
        let (reader, first, second) = (LoneReader(), Place(), Place())
        for _ in 0..<20 { _ = reader.suspends(first) }
        #expect(reader.isLast(first))
        #expect(!reader.suspends(second))
        #expect(!reader.isLast(first))
        #expect((1...9).allSatisfy { _ in !reader.suspends(first) })
        #expect(reader.suspends(first))
    }
}
