// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("Limits of octets", .timeLimit(.minutes(3)))
struct ByteLimitTests {
    private static let message = Message(Message.Part(Array(repeating: 7, count: 100_000)))

    @Test("a queue closes for a writer at the limit and opens at half of it")
    func gate() {
        var gate = QueueGate(limit: nil, byteLimit: 1000)
        gate.enter(1, bytes: 999)
        #expect(gate.admit() == true)
        gate.enter(0, bytes: 500)
        #expect(gate.room == 0)
        #expect(gate.admit() == false)
        #expect(gate.release(1, bytes: 999) == true)
        #expect(gate.room > 0)
        gate.enter(1, bytes: 600)
        #expect(gate.admit() == false)
        #expect(gate.release(1, bytes: 599) == false)
        #expect(gate.release(0, bytes: 1) == true)
    }

    @Test("suspend a sender whose peer does not come, whatever the high-water mark", arguments: Transport.allCases)
    func sending(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.sendHighWaterMark = nil
                    $0.sendByteLimit = 1_000_000
                })
            let endpoint = try await transport.fresh()
            try await push.connect(to: endpoint)
            for _ in 0..<10 { #expect(try push.trySend(Self.message)) }
            #expect(try push.trySend(Self.message) == false)
            await expectError(.timedOut) { try await push.send(Self.message, within: .milliseconds(1)) }
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            async let last: Void = push.send("last")
            for _ in 0..<10 { #expect(try await pull.receive() == Self.message) }
            #expect(try await pull.receive() == "last")
            try await last
        }
    }

    @Test("stop reading from a peer whose messages nobody takes", arguments: Transport.wires)
    func receiving(transport: Transport) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(
                .with {
                    $0.receiveHighWaterMark = nil
                    $0.receiveByteLimit = 500_000
                })
            let push = try context.makePushSocket(.marks(sending: 1, receiving: nil))
            try await join(pull, push, over: transport)
            // What the system holds of it is bounded too, so that there comes an end.
            var sent = 0
            while try await push.offers(Self.message) { sent += 1 }
            #expect(sent < 500)
            for _ in 0..<sent { #expect(try await pull.receive() == Self.message) }
            #expect(try pull.tryReceive() == nil)
        }
    }

    @Test("are at least one octet", arguments: [0, -1])
    func invalid(limit: Int) async throws {
        try await withSockets { context in
            await expectError(.invalidOption) { try context.makePushSocket(.with { $0.sendByteLimit = limit }) }
            await expectError(.invalidOption) { try context.makePullSocket(.with { $0.receiveByteLimit = limit }) }
        }
    }
}

extension PushSocket {
    /// Whether a message was taken before it was clear that nothing moves any more.
    fileprivate func offers(_ message: Message) async throws -> Bool {
        do {
            try await self.send(message, within: .milliseconds(300))
            return true
        } catch let error as ZeroMQError where error.code == .timedOut {
            return false
        }
    }
}
