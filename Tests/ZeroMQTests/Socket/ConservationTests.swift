// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// What was sent was delivered, or is counted as dropped, or is unknown: being written when a connection broke.
@Suite("Every message is accounted for", .timeLimit(.minutes(4)))
struct ConservationTests {
    /// How a round ends; all of these are orderly.
    enum End: CaseIterable {
        case receiverCloses, senderCloses, senderGivesUp, receiverLeavesEndpoint, senderLeavesEndpoint
    }

    /// Sends some, receives some of them, ends the conversation in the middle, and adds up.
    private func round(
        over transport: Transport, _ end: End, senderBinds: Bool, _ random: inout SeededGenerator
    ) async throws {
        let count = Int.random(in: 1...3000, using: &random)
        let marks = SocketOptions.with {
            $0.sendHighWaterMark = [1, 10, 1000, nil].randomElement(using: &random) ?? nil
            $0.receiveHighWaterMark = [1, 10, 1000].randomElement(using: &random) ?? 1
            $0.reconnect = .quick
        }
        let largest = [1, 100, 10_000, 300_000].randomElement(using: &random) ?? 1
        let sizes = (0..<count).map { _ in Int.random(in: 0...largest, using: &random) }.prefix(20_000_000 / largest)
        let wanted = Int.random(in: 0...sizes.count, using: &random)
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(marks), try context.makePullSocket(marks))
            let endpoint =
                senderBinds ? try await join(push, pull, over: transport) : try await join(pull, push, over: transport)
            let reader = Task {
                var received = 0
                while received < wanted, try await pull.receive(within: .milliseconds(300)) != nil { received += 1 }
                return received
            }
            var taken = 0
            for size in sizes {
                guard try await sends({ try await push.send(Message(size: size), within: .milliseconds(50)) })
                else { break }
                taken += 1
            }
            let received = try await reader.value
            let report = try await self.finish(push, pull, at: endpoint, transport, end, senderBinds: senderBinds)
            let (out, inward) = (push.snapshot().totals, pull.snapshot().totals)
            #expect(out.sentMessages == taken)
            #expect(out.unknown == 0, "\(end)")
            #expect(out.queuedMessages == 0)
            #expect(inward.receivedMessages == received + report.late)
            #expect(
                out.sentMessages == inward.receivedMessages + out.dropped.unsent + inward.dropped.received,
                "\(transport), \(end), sender binds: \(senderBinds), sent \(out), received \(inward)")
        }
    }

    private func finish(
        _ push: PushSocket, _ pull: PullSocket, at endpoint: String, _ transport: Transport, _ end: End,
        senderBinds: Bool
    ) async throws -> (late: Int, Void) {
        var late = 0
        switch end {
        case .receiverCloses:
            await pull.close()
            // Nobody is there any more to take what still waits.
            await push.close(within: .zero)
        case .senderCloses:
            // It ends when all has been taken, so that reading may not stop before, however slow this machine is.
            async let report = push.close()
            late = try await self.receiveRest(pull)
            #expect(await report.lost == 0)
            await pull.close()
        case .senderGivesUp:
            // What the reader has left over stays in the way, so that the time may run out: then all is said.
            async let reading = pull.close()
            await push.close(within: .seconds(20))
            _ = await reading
        case .receiverLeavesEndpoint:
            if senderBinds { try await pull.disconnect(from: endpoint) } else { try await pull.unbind(from: endpoint) }
            late = try await self.receiveRest(pull, together: transport == .inproc)
            await pull.close()
            await push.close(within: .zero)
        case .senderLeavesEndpoint:
            if senderBinds { try await push.unbind(from: endpoint) } else { try await push.disconnect(from: endpoint) }
            late = try await self.receiveRest(pull, together: transport == .inproc)
            await pull.close()
            await push.close(within: .zero)
        }
        return (late, ())
    }

    /// Receives until nobody is left that could send, or if they stay together all the same, as over inproc, until
    /// nothing comes; returns how many came.
    private func receiveRest(_ pull: PullSocket, together: Bool = false) async throws -> Int {
        var count = 0
        while true {
            if try await pull.receive(within: .milliseconds(50)) != nil {
                count += 1
            } else if together || !pull.snapshot().peers.contains(where: { $0.state == .connected }) {
                return count
            }
        }
    }

    @Test("when sockets part in good order, whoever does what", arguments: Transport.allCases, End.allCases)
    func orderly(transport: Transport, end: End) async throws {
        var random = SeededGenerator(seed: 7)
        for senderBinds in [true, false] {
            for _ in 0..<3 { try await self.round(over: transport, end, senderBinds: senderBinds, &random) }
        }
    }

    @Test("when a peer cuts the connection in the middle of a message: one is unknown, no more")
    func cut() async throws {
        var random = SeededGenerator(seed: 11)
        // Larger than what the system holds for both sides, so that the one that is read is the one being written.
        let size = 8 << 20
        for _ in 0..<4 {
            let whole = Int.random(in: 0...1, using: &random)
            let rest = Int.random(in: 1...60_000, using: &random)
            try await withSockets { context in
                let push = try context.makePushSocket()
                let endpoint = try await push.bind(to: "tcp://127.0.0.1:*")
                let peer = try await ScriptedPeer.connect(to: endpoint, receiveBuffer: 4096)
                try await peer.shakeHands(as: .pull)
                #expect(try await eventually { push.snapshot().peers.first?.state == .connected })
                for _ in 0..<4 { try await push.send(Message(size: size)) }
                for _ in 0..<whole { _ = try await peer.receive(size + 9) }
                _ = try await peer.receive(rest)
                await peer.close()
                #expect(try await eventually { push.snapshot().peers.isEmpty })
                let totals = push.snapshot().totals
                #expect(totals.sentMessages == 4)
                #expect(totals.unknown == 1)
                #expect(totals.dropped.byReason.map(\.reason) == [.peerGone])
                #expect(totals.sentMessages == whole + totals.dropped.total + totals.unknown)
            }
        }
    }

    @Test("when a peer closes its side and hears the rest: it gets all that is not counted as dropped")
    func halfClosed() async throws {
        var random = SeededGenerator(seed: 13)
        for size in [1, 100, 5000, 200_000] {
            let count = 3_000_000 / (size + 100)
            let before = Int.random(in: 1...count * size, using: &random)
            try await withSockets { context in
                let push = try context.makePushSocket(.marks(sending: nil, receiving: nil))
                let endpoint = try await push.bind(to: "tcp://127.0.0.1:*")
                let peer = try await ScriptedPeer.connect(to: endpoint, receiveBuffer: 4096)
                try await peer.shakeHands(as: .pull)
                #expect(try await eventually { push.snapshot().peers.first?.state == .connected })
                for _ in 0..<count { #expect(try push.trySend(Message(size: size))) }
                let first = try await peer.receive(before)
                try await peer.closeWriting()
                let octets = try await first.count + peer.receiveUntilClosed().count
                #expect(try await eventually { push.snapshot().peers.isEmpty })
                let totals = push.snapshot().totals
                let frame = size + (size > 255 ? 9 : 2)
                #expect(octets % frame == 0, "the last message is whole")
                #expect(totals.sentMessages == count)
                #expect(totals.unknown == 0)
                #expect(totals.sentMessages == octets / frame + totals.dropped[.peerGone])
            }
        }
    }
}
