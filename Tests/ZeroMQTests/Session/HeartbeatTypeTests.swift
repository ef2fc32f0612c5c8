// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("RFC 37, Connection Heartbeating, whatever the socket type", .timeLimit(.minutes(3)))
struct HeartbeatTypeTests {
    @Test(
        "PING is answered by every type, one-way types too, and its context comes back", arguments: SocketType.allCases)
    func answers(type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            let peer = try await ScriptedPeer.connect(to: try await socket.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: type.counterpart)
            for context in [[], [7], Array(1...16)] as [[UInt8]] {
                try await peer.send(ScriptedPeer.command("PING", [0, 0] + context))
                #expect(try await peer.receiveFrame().body == [4] + Array("PONG".utf8) + context)
            }
            await peer.close()
            keepOpen(socket)
        }
    }

    @Test("PING is sent by every type, whichever side dialled", arguments: SocketType.allCases, [true, false])
    func sends(type: SocketType, dials: Bool) async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let socket = try context.makeSocket(
                type,
                .with {
                    $0.heartbeatInterval = .milliseconds(10)
                    $0.heartbeatTimeout = .seconds(3600)
                })
            let peer: ScriptedPeer
            if dials {
                try await socket.connect(to: listener.endpoint)
                peer = try await listener.accept()
            } else {
                peer = try await ScriptedPeer.connect(to: try await socket.bind(to: "tcp://127.0.0.1:*"))
            }
            try await peer.shakeHands(as: type.counterpart)
            for _ in 0..<3 {
                let ping = try await peer.receiveFrame()
                #expect(ping.isCommand(named: "PING"))
                try await peer.send(ScriptedPeer.command("PONG", Array(ping.body.dropFirst(7))))
            }
            await peer.close()
            keepOpen(socket)
        }
        await listener.close()
    }

    @Test("without options nobody is probed, and no time to live is asked for")
    func defaults() {
        let options = SocketOptions()
        #expect(options.heartbeatInterval == nil)
        #expect(options.heartbeatTimeout == nil)
        #expect(options.heartbeatTTL == .zero)
    }
}
