// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Events that wait for a listener")
struct EventBufferTests {
    private func connection(_ number: UInt64) -> SocketEvent.Connection {
        SocketEvent.Connection(
            number: number, endpoint: "tcp://1.2.3.4:5", isDialled: false, localAddress: nil, peerAddress: "somebody")
    }

    private func begin(_ number: UInt64) -> SocketEvent { .accepted(self.connection(number)) }

    private func end(_ number: UInt64) -> SocketEvent {
        .disconnected(self.connection(number), peer: nil, reason: .closedByPeer, retryIn: nil)
    }

    /// What is taken out, as words.
    private func all(_ buffer: inout EventBuffer) -> [String] {
        var words: [String] = []
        while let event = buffer.take() {
            switch event {
            case .accepted(let connection): words.append("+\(connection.number)")
            case .disconnected(let connection, _, _, _): words.append("-\(connection.number)")
            case .missed(let count): words.append("missed \(count)")
            default: words.append("\(event)")
            }
        }
        return words
    }

    @Test("come out in order")
    func order() {
        var buffer = EventBuffer(limit: 10)
        for number in 1...3 as ClosedRange<UInt64> { buffer.add(self.begin(number)) }
        buffer.add(self.end(2))
        #expect(self.all(&buffer) == ["+1", "+2", "+3", "-2"])
        #expect(buffer.take().map { "\($0)" } == nil)
    }

    @Test("of a connection that was kept end beyond the limit too; of one that was not, nothing is kept")
    func pairs() {
        var buffer = EventBuffer(limit: 2)
        for number in 1...4 as ClosedRange<UInt64> { buffer.add(self.begin(number)) }
        for number in 1...4 as ClosedRange<UInt64> { buffer.add(self.end(number)) }
        #expect(self.all(&buffer) == ["+1", "+2", "missed 2", "-1", "-2", "missed 2"])
    }

    @Test("that are missing are told of where they are missing")
    func gaps() {
        var buffer = EventBuffer(limit: 2)
        for number in 1...5 as ClosedRange<UInt64> { buffer.add(self.begin(number)) }
        #expect(buffer.take()?.connection?.number == 1)
        buffer.add(self.begin(6))
        #expect(self.all(&buffer) == ["+2", "missed 3", "+6"])
        // The room is there again, but the beginning was not seen.
        buffer.add(self.end(4))
        buffer.add(self.end(6))
        #expect(self.all(&buffer) == ["missed 1", "-6"])
    }

    @Test("end what began before the listener came")
    func endWithoutBeginning() {
        var buffer = EventBuffer(limit: 1)
        buffer.add(self.end(1))
        buffer.add(self.end(2))
        buffer.add(.closed(endpoint: "tcp://1.2.3.4:5"))
        #expect(self.all(&buffer) == ["-1", "-2", "closed tcp://1.2.3.4:5"])
    }
}
