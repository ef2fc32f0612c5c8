// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

#if canImport(Glibc)
import Glibc
#endif

/// What the manual pages of zmq_bind, zmq_connect, zmq_unbind, zmq_disconnect and zmq_tcp promise, and the library's
/// tests test_last_endpoint, test_unbind_wildcard and test_bind_src_address look at.
@Suite("A socket's endpoints", .timeLimit(.minutes(3)))
struct EndpointClauseTests {
    @Test(
        "connected again mean nothing for DEALER, SUB, PUB and REQ, and another connection for all others",
        arguments: SocketType.allCases.filter { $0 != .pair }, Transport.wires)
    func connectedAgain(type: SocketType, transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            for _ in 0..<3 { try await socket.connect(to: endpoint) }
            let isIgnored = [.dealer, .sub, .pub, .req].contains(type)
            #expect(socket.snapshot().peers.count == (isIgnored ? 1 : 3))
        }
    }

    @Test(
        "connected again over inproc are another connection for every type",
        arguments: SocketType.allCases.filter { $0 != .pair })
    func connectedAgainOverInproc(type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            for _ in 0..<3 { try await socket.connect(to: "inproc://here") }
            #expect(socket.snapshot().peers.count == 3)
        }
    }

    @Test(
        "bound to a wildcard are remembered with their real address and unbound by that (test_unbind_wildcard)",
        arguments: [
            ("tcp://*:*", false, "tcp://0.0.0.0:"), ("tcp://*:0", false, "tcp://0.0.0.0:"),
            ("tcp://*:*", true, "tcp://[::]:"), ("tcp://[::]:*", true, "tcp://[::]:"),
            ("tcp://127.0.0.1:*", false, "tcp://127.0.0.1:"), ("ipc://*", false, "ipc:///"),
        ])
    func wildcards(wildcard: String, ipv6: Bool, prefix: String) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.ipv6 = ipv6 })
            let endpoint = try await pull.bind(to: wildcard)
            #expect(endpoint.hasPrefix(prefix))
            #expect(!endpoint.hasSuffix(":0"))
            #expect(pull.lastEndpoint == endpoint)
            await expectError(.notFound) { try await pull.unbind(from: wildcard) }
            try await pull.unbind(from: endpoint)
            #expect(pull.snapshot().boundEndpoints == [])
        }
    }

    @Test("that could not be bound or connected are not the last endpoint", arguments: Transport.allCases)
    func failures(transport: Transport) async throws {
        try await withSockets { context in
            let (first, second) = (try context.makePullSocket(), try context.makePullSocket())
            let taken = try await first.bind(to: transport.wildcard())
            let endpoint = try await second.bind(to: transport.wildcard())
            await expectError(.addressInUse) { try await second.bind(to: taken) }
            #expect(second.lastEndpoint == endpoint)
            await expectError(.invalidEndpoint) { try await second.connect(to: "tcp://127.0.0.1") }
            await expectError(.unsupportedTransport) { try await second.connect(to: "udp://127.0.0.1:5555") }
            #expect(second.lastEndpoint == endpoint)
            try await second.connect(to: taken)
            #expect(second.lastEndpoint == taken)
        }
    }

    @Test("are unbound as they were given, and as they were resolved", arguments: [true, false])
    func names(asGiven: Bool) async throws {
        let port = try #require(try await Transport.tcp.fresh().split(separator: ":").last)
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let given = "tcp://localhost:\(port)"
            let resolved = try await pull.bind(to: given)
            #expect(resolved == "tcp://127.0.0.1:\(port)")
            try await pull.unbind(from: asGiven ? given : resolved)
            await expectError(.notFound) { try await pull.unbind(from: asGiven ? resolved : given) }
        }
    }

    @Test("may be bound and connected in any mix", arguments: [SocketType.dealer, .router])
    func mixed(type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            var others: [AnySocket] = []
            for transport in Transport.allCases + Transport.allCases {
                others += [try context.makeSocket(.dealer), try context.makeSocket(.dealer)]
                try await join(socket, others[others.count - 2], over: transport)
                try await join(others[others.count - 1], socket, over: transport)
            }
            for (number, other) in others.enumerated() {
                try await other.send(Message(number: number))
                let message = try await socket.receive()
                #expect(message.last == Message.Part("\(number)"))
                guard type == .router else { continue }
                try await socket.send(message)
                #expect(try await other.receive().number == number)
            }
        }
    }

    @Test("of ipc may be relative to the working directory")
    func relativePath() async throws {
        let name = Fresh.name()
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            #expect(try await pull.bind(to: "ipc://\(name)") == "ipc://\(name)")
            let path = "\(FileManager.default.currentDirectoryPath)/\(name)"
            #expect(FileManager.default.fileExists(atPath: path))
            try await push.connect(to: "ipc://\(name)")
            try await push.send("relative")
            #expect(try await pull.receive() == "relative")
            await pull.close()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("dial from the address before the semicolon (test_bind_src_address)", arguments: ["*", "0"])
    func sourceAddress(port: String) async throws {
        #if os(Linux)
        let sources = ["127.0.0.9", "lo"]
        #else
        let sources = ["127.0.0.1", "lo0"]
        #endif
        for source in sources {
            try await withSockets { context in
                let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
                let log = EventLog(pull)
                let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
                try await push.connect(to: "tcp://\(source):\(port);\(endpoint.dropFirst("tcp://".count))")
                let peer = try #require(try await log.wait(for: .handshakeSucceeded).peer)
                #expect(peer.address.hasPrefix(source.hasPrefix("lo") ? "tcp://127.0.0.1:" : "tcp://\(source):"))
                keepOpen(push)
            }
        }
    }

    @Test("are bound at the address of a network interface by its name")
    func interface() async throws {
        #if os(Linux)
        let name = "lo"
        #else
        let name = "lo0"
        #endif
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            let endpoint = try await pull.bind(to: "tcp://\(name):*")
            #expect(endpoint.hasPrefix("tcp://127.0.0.1:"))
            try await push.connect(to: endpoint)
            try await push.send("through the interface")
            #expect(try await pull.receive() == "through the interface")
        }
    }

    @Test("of tcp have connections without delay (TCP_NODELAY), on both sides")
    func noDelay() async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            let endpoint = try await pull.bind(to: try await Transport.tcp.fresh())
            try await push.connect(to: endpoint, waitUntil: .handshaken)
            let both = OpenSocket.accepted(at: endpoint) + OpenSocket.dialled(to: endpoint)
            #expect(both.count >= 2)
            #expect(both.allSatisfy { $0.option(CInt(IPPROTO_TCP), TCP_NODELAY) == 1 })
            keepOpen(pull, push)
        }
    }
}
