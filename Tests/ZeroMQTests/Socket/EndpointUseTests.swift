// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Binding and connecting", .timeLimit(.minutes(3)))
struct EndpointUseTests {
    @Test("resolve the endpoint, and remember the last one", arguments: Transport.allCases)
    func resolved(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            #expect(pull.lastEndpoint == nil)
            let wildcard = transport.wildcard()
            let endpoint = try await pull.bind(to: wildcard)
            #expect((endpoint == wildcard) == (transport == .inproc))
            #expect(!endpoint.contains("*"))
            #expect(pull.lastEndpoint == endpoint)
            try await push.connect(to: endpoint)
            #expect(push.lastEndpoint == endpoint)
        }
    }

    @Test("of an endpoint that is taken fails, and nothing else is lost", arguments: Transport.allCases)
    func inUse(transport: Transport) async throws {
        try await withSockets { context in
            let (first, second) = (try context.makePullSocket(), try context.makePullSocket())
            let log = EventLog(second)
            let endpoint = try await first.bind(to: transport.wildcard())
            let error = await expectError(.addressInUse) { try await second.bind(to: endpoint) }
            #expect(error?.message.contains(endpoint) == true)
            if transport != .inproc { try await log.wait(for: .bindFailed) }
            await expectError(.addressInUse) { try await first.bind(to: endpoint) }
            let push = try context.makePushSocket()
            try await push.connect(to: endpoint)
            try await push.send("first")
            #expect(try await first.receive() == "first")
            let other = try await second.bind(to: transport.wildcard())
            #expect(other != endpoint)
        }
    }

    @Test("several times, of all transports, works for one socket")
    func several() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let transports = Transport.allCases + Transport.allCases
            for (number, transport) in transports.enumerated() {
                let push = try context.makePushSocket()
                try await push.connect(to: try await pull.bind(to: transport.wildcard()))
                try await push.send(Message(number: number))
                #expect(try await pull.receive().number == number)
            }
        }
    }

    @Test("can be repeated two hundred times at the same endpoint, right after closing", arguments: Transport.allCases)
    func rebind(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            for number in 0..<200 {
                let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
                try await pull.bind(to: endpoint)
                try await push.connect(to: endpoint)
                try await push.send(Message(number: number))
                #expect(try await pull.receive().number == number)
                // The binder closes first, which leaves the connection in the state that keeps ports busy.
                await pull.close()
                await push.close(within: .zero)
            }
        }
    }

    @Test(
        "of a second connection to the same endpoint means nothing for DEALER and REQ, and counts for others",
        arguments: Transport.wires)
    func connectTwice(transport: Transport) async throws {
        try await withSockets { context in
            for type in [SocketType.dealer, .req, .push, .router] {
                let endpoint = try await transport.fresh()
                let socket = try context.makeSocket(type, .with { $0.sendHighWaterMark = 1 })
                for _ in 0..<3 { try await socket.connect(to: endpoint) }
                try await socket.disconnect(from: endpoint)
                await expectError(.notFound) { try await socket.disconnect(from: endpoint) }
                guard type == .dealer || type == .push else { continue }
                for _ in 0..<3 { try await socket.connect(to: endpoint) }
                var room = 0
                while try socket.trySend("waits") { room += 1 }
                #expect(room == (type == .dealer ? 1 : 3))
            }
        }
    }

    @Test("through IPv6, a host name and a source address works")
    func otherAddresses() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.ipv6 = true })
            let six = try await pull.bind(to: "tcp://[::1]:*")
            #expect(six.hasPrefix("tcp://[::1]:"))
            let four = try await pull.bind(to: "tcp://127.0.0.1:*")
            let port = try #require(four.split(separator: ":").last)
            let any = try await pull.bind(to: "tcp://*:*")
            #expect(any.hasPrefix("tcp://[::]:"))
            let anyPort = try #require(any.split(separator: ":").last)
            let dials = [
                six, "tcp://localhost:\(port)", "tcp://127.0.0.1:0;127.0.0.1:\(port)",
                "tcp://127.0.0.1:\(anyPort)", "tcp://[::1]:\(anyPort)",
            ]
            for (number, endpoint) in dials.enumerated() {
                let push = try context.makePushSocket(.with { $0.ipv6 = true })
                try await push.connect(to: endpoint)
                try await push.send(Message(number: number))
                #expect(try await pull.receive().number == number)
            }
        }
    }

    @Test("to IPv6 while it is off is an error")
    func ipv6Off() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            await expectError(.addressNotAvailable) { try await pull.bind(to: "tcp://[::1]:*") }
            await expectError(.addressNotAvailable) { try await pull.connect(to: "tcp://[::1]:5555") }
        }
    }

    @Test("to an address of another machine, or a name that does not exist, is an error")
    func notOurs() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            await expectError(.addressNotAvailable) { try await pull.bind(to: "tcp://192.0.2.77:*") }
            await expectError(.resolutionFailed) { try await pull.bind(to: "tcp://no-such-host.invalid:*") }
            // Connecting checks the form only; the event tells the rest.
            let log = EventLog(pull)
            try await pull.connect(to: "tcp://no-such-host.invalid:5555")
            let event = try await log.wait(for: .connectFailed)
            #expect(event.error?.code == .resolutionFailed)
            #expect(event.retryIn != nil)
        }
    }
}
