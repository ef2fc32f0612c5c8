// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if os(Linux)
import Glibc
import Testing
import ZeroMQ
import ZeroMQTesting

/// What systems do to the descriptors of apps in the background.
@Suite("A descriptor that is taken away", .timeLimit(.minutes(3)))
struct LostDescriptorTests {
    /// The descriptor of the connected socket at a local port.
    private func descriptor(at port: UInt16) -> CInt? {
        (3..<65_536).first { descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let hasName = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(descriptor, $0, &length) == 0
                }
            }
            guard hasName, address.sin_family == sa_family_t(AF_INET), UInt16(bigEndian: address.sin_port) == port,
                // Other tests have this port at other addresses.
                UInt32(bigEndian: address.sin_addr.s_addr) == INADDR_LOOPBACK
            else { return false }
            var peer = sockaddr_in()
            return unsafe withUnsafeMutablePointer(to: &peer) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getpeername(descriptor, $0, &length) == 0
                }
            }
        }
    }

    /// Takes away the descriptor of a dialled connection; the log of what follows.
    private func run(
        _ options: SocketOptions = .with { $0.reconnect = .quick }, _ takeAway: @Sendable (CInt) -> Void,
        _ body: (PushSocket, PullSocket, EventLog) async throws -> Void
    ) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let push = try context.makePushSocket(options)
            let log = EventLog(push)
            try await push.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"), waitUntil: .handshaken)
            let ready = try await log.wait(for: .handshakeSucceeded)
            let address = try #require(ready.connection?.localAddress)
            let port = try #require(UInt16(address.split(separator: ":").last ?? ""))
            takeAway(try #require(self.descriptor(at: port)))
            try await body(push, pull, log)
            keepOpen(push, pull)
        }
    }

    @Test("by shutdown is an ordinary disconnect")
    func shutdown() async throws {
        try await self.run {
            _ = Glibc.shutdown($0, CInt(SHUT_RDWR))
        } _: { push, pull, log in
            try await log.wait(for: .disconnected)
            try await log.wait(for: .handshakeSucceeded, count: 2)
            try await send(0..<10, to: push)
            try await expect(0..<10, from: pull)
        }
    }

    @Test("and replaced by another file, which takes all that is written, is found out by heartbeats")
    func heartbeats() async throws {
        let options = SocketOptions.with {
            $0.reconnect = .quick
            $0.heartbeatInterval = .milliseconds(50)
            $0.heartbeatTimeout = .milliseconds(500)
        }
        try await self.run(options) { descriptor in
            let null = unsafe open("/dev/null", O_RDWR)
            _ = dup2(null, descriptor)
            close(null)
        } _: { push, pull, log in
            let end = try await log.wait(for: .disconnected)
            #expect(end.reason?.isHeartbeatTimeout == true, "\(end)")
            #expect(end.retryIn != nil)
            try await log.wait(for: .handshakeSucceeded, count: 2)
            try await send(0..<10, to: push)
            try await expect(0..<10, from: pull)
        }
    }

    @Test("and replaced by another file, is given up when the socket is suspended, and nothing traps")
    func replaced() async throws {
        try await self.run { descriptor in
            let null = unsafe open("/dev/null", O_RDWR)
            _ = dup2(null, descriptor)
            _ = close(null)
        } _: { push, pull, log in
            #expect(try await eventually { pull.snapshot().peers.isEmpty })
            // The system takes whatever is written there.
            try await send(0..<3, to: push)
            try await push.suspend()
            try await log.wait(for: .disconnected)
            try await push.resume()
            try await log.wait(for: .handshakeSucceeded, count: 2)
            #expect(log.count(of: .disconnected) == 1)
            try await send(10..<20, to: push)
            try await expect(10..<20, from: pull)
        }
    }

    /// The descriptor that listens at a tcp port.
    private func listeningDescriptor(at endpoint: String) -> CInt? {
        (3..<65_536).first { descriptor in
            var isListening = CInt(0)
            var size = socklen_t(MemoryLayout<CInt>.size)
            guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening == 1
            else { return false }
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let hasName = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(descriptor, $0, &length) == 0
                }
            }
            return hasName && address.sin_family == sa_family_t(AF_INET)
                && UInt32(bigEndian: address.sin_addr.s_addr) == INADDR_LOOPBACK
                && endpoint == "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        }
    }

    // Over ipc NIO asserts that accept(2) fails on a listener that was shut down, which Linux does not.
    @Test("from a listener: it is bound again, those who were connected stay, and others come")
    func listener() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.reconnect = .quick })
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let early = try context.makePushSocket()
            try await early.connect(to: endpoint, waitUntil: .handshaken)
            for round in 1...3 {
                let descriptor = try #require(self.listeningDescriptor(at: endpoint))
                #expect(Glibc.shutdown(descriptor, CInt(SHUT_RDWR)) == 0)
                try await log.wait(for: .closed, count: round)
                try await log.wait(for: .listening, count: round + 1)
                let late = try context.makePushSocket()
                try await late.connect(to: endpoint, waitUntil: .handshaken)
                try await late.send(Message(number: round))
                #expect(try await pull.receive() == Message(number: round))
                await late.close()
            }
            try await early.send("still here")
            #expect(try await pull.receive() == "still here")
            #expect(log.count(of: .closed) == 3)
        }
    }

    @Test("from a listener that is closed meanwhile, or may not try again: its end is told once")
    func abandonedListener() async throws {
        try await withSockets { context in
            let policies = [
                nil, ReconnectPolicy(initialDelay: .seconds(3600), maxDelay: .seconds(3600), jitter: .none),
            ]
            for policy in policies {
                let pull = try context.makePullSocket(.with { $0.reconnect = policy })
                let log = EventLog(pull)
                let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
                #expect(Glibc.shutdown(try #require(self.listeningDescriptor(at: endpoint)), CInt(SHUT_RDWR)) == 0)
                try await log.wait(for: .closed)
                // It is free for others.
                let other = try context.makePullSocket()
                try await other.bind(to: endpoint)
                await pull.close()
                #expect(log.count(of: .closed) == 1)
                #expect(log.count(of: .listening) == 1)
                await other.close()
            }
        }
    }
}
#endif
