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
        _ takeAway: @Sendable (CInt) -> Void, _ body: (PushSocket, PullSocket, EventLog) async throws -> Void
    ) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
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
}
#endif
