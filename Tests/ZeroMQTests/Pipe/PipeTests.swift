// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: what joins a socket and a peer")
struct PipeTests {
    private let owner = OwnerProbe()

    @Test("two joined crosswise carry messages both ways, and each socket is told by its own number")
    func joinsSockets() {
        let (left, right) = (InboundQueue(limit: 1), InboundQueue(limit: 1))
        let ends = [Pipe(inbound: left, direct: right), Pipe(inbound: right, direct: left)]
        for (number, pipe) in ends.enumerated() {
            pipe.direct?.setWriter(.socket(self.owner.end(number)))
            _ = pipe.inbound.setReader(self.owner.end(number))
        }
        #expect(ends[0].direct?.offer("to the right").outcome == .accepted(.readable(1)))
        #expect(ends[1].direct?.offer("to the left").outcome == .accepted(.readable(0)))
        #expect(ends[0].direct?.offer("too many").outcome == .full)
        #expect(ends[1].inbound.read().messages == ["to the right"])
        #expect(ends[0].inbound.read().messages == ["to the left"])
        #expect(ends[1].inbound.credit(1).told == .writable(0))
    }

    @Test("of one context passes messages by reference")
    func passesByReference() {
        let queue = InboundQueue(limit: nil)
        let message = Message(pattern(100_000))
        _ = queue.offer(message)
        #expect(queue.read().messages.first?.address == message.address)
    }

    @Test("signals reach the socket or the connection that they name")
    func signalsAreDelivered() {
        let connection = TransportProbe()
        let end = self.owner.end(3)
        for signal in [.none, .readable(end), .writable(end), .flush(connection), .resumeReading(connection)]
            as [PipeSignal]
        {
            signal.deliver()
        }
        #expect(self.owner.heard == [.readable(3), .writable(3)])
        #expect(connection.heard == [.flush("connection"), .resumeReading("connection")])
    }
}
