// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("inproc pipes", .timeLimit(.minutes(3)))
struct InprocTests {
    @Test("to the same name twice are two", arguments: [SocketType.push, .dealer])
    func twice(type: SocketType) async throws {
        try await withSockets { context in
            let sender = try context.makeSocket(type, .marks(sending: 1, receiving: 1))
            let receiver = try context.makeSocket(type.counterpart, .marks(sending: 1, receiving: 2))
            let endpoint = try await receiver.bind(to: Transport.inproc.wildcard())
            for _ in 0..<2 { try await sender.connect(to: endpoint) }
            #expect(receiver.snapshot().peers.count == 2)
            for number in 0..<6 { #expect(try sender.trySend(Message(number: number))) }
            #expect(try sender.trySend("one too many") == false)
            try await expect(0..<6, from: receiver)
        }
    }

    @Test("end for good when the bound socket closes; what was queued is still received")
    func boundCloses() async throws {
        try await withSockets { context in
            let (bound, connected) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            let endpoint = try await join(bound, connected, over: .inproc)
            try await send(0..<5, to: bound)
            await bound.close()
            #expect(try connected.trySend("nobody") == false)
            // Whoever binds the name then is somebody else.
            let next = try context.makeDealerSocket()
            try await next.bind(to: endpoint)
            #expect(try connected.trySend("nobody") == false)
            #expect(try next.trySend("nobody") == false)
            try await expect(0..<5, from: connected)
            #expect(try connected.tryReceive() == nil)
            try await connected.connect(to: endpoint)
            try await connected.send("connected anew")
            #expect(try await next.receive() == "connected anew")
        }
    }

    @Test("end when the connected socket closes; what was queued is still received")
    func connectedCloses() async throws {
        try await withSockets { context in
            let (bound, connected) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            try await join(bound, connected, over: .inproc)
            try await send(0..<5, to: connected)
            await connected.close()
            #expect(try bound.trySend("nobody") == false)
            try await expect(0..<5, from: bound)
            #expect(try bound.tryReceive() == nil)
        }
    }

    @Test("end when they are disconnected: the other side reads what is queued, then sees its peer gone")
    func disconnected() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerMandatory = true
                    $0.disconnectMessage = "gone"
                })
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            let endpoint = try await join(router, dealer, over: .inproc)
            try await send(0..<3, to: dealer)
            try await router.send("to ann", to: "ann")
            try await dealer.disconnect(from: endpoint)
            #expect(try dealer.trySend("nobody") == false)
            await expectError(.unroutable) { try await router.send("to nobody", to: "ann") }
            for number in 0..<3 { #expect(try await router.receive().message.number == number) }
            let gone = try await router.receive()
            #expect(gone.message == "gone" && gone.peer.routingID == "ann")
            #expect(try router.tryReceive() == nil)
        }
    }

    @Test("are no connections: ZMQ_ROUTER_NOTIFY tells nothing of them, and heartbeats mean nothing")
    func noConnections() async throws {
        try await withSockets { context in
            let options = SocketOptions.with {
                $0.routerNotify = [.connect, .disconnect]
                $0.heartbeatInterval = .milliseconds(1)
                $0.heartbeatTTL = .milliseconds(100)
            }
            let (router, dealer) = (try context.makeRouterSocket(options), try context.makeDealerSocket(options))
            try await join(router, dealer, over: .inproc)
            try await dealer.send("message")
            #expect(try await router.receive().message == "message")
            await dealer.close()
            #expect(try router.tryReceive() == nil)
        }
    }

    @Test("pass on a message by reference, to one peer and to many")
    func byReference() async throws {
        let message = Message(size: 100_000)
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: .inproc)
            try await push.send(message)
            #expect(try await pull.receive().address == message.address)
            let pub = try context.makePubSocket()
            let endpoint = try await pub.bind(to: Transport.inproc.wildcard())
            let subs = [try context.makeSubSocket(), try context.makeSubSocket()]
            for sub in subs {
                try sub.subscribe()
                try await sub.connect(to: endpoint)
            }
            try await pub.waitForSubscribers(2)
            try await pub.send(message)
            for sub in subs { #expect(try await sub.receive().address == message.address) }
        }
    }
}
