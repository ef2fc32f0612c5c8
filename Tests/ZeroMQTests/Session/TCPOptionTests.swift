// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Asks the system, on the descriptors of real connections.
@Suite("TCP options", .timeLimit(.minutes(3)))
struct TCPOptionTests {
    private static let tcp = CInt(6)
    private static let ip = CInt(0)
    private static let ipv6 = CInt(41)

    /// The descriptors of two sockets that have exchanged a message.
    private struct Line {
        let listener: OpenSocket
        let accepted: OpenSocket
        let dialled: OpenSocket

        var ends: [OpenSocket] { [self.accepted, self.dialled] }
        var all: [OpenSocket] { [self.listener] + self.ends }
    }

    private func withLine(
        _ options: SocketOptions, at wildcard: String = "tcp://127.0.0.1:*", _ body: (Line) throws -> Void
    ) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(options), try context.makePushSocket(options))
            let endpoint = try await pull.bind(to: wildcard)
            try await push.connect(to: endpoint)
            try await push.send("hello")
            #expect(try await pull.receive() == "hello")
            try body(
                Line(
                    listener: try #require(OpenSocket.listener(at: endpoint)),
                    accepted: try #require(OpenSocket.accepted(at: endpoint).first),
                    dialled: try #require(OpenSocket.dialled(to: endpoint).first)))
            keepOpen(push, pull)
        }
    }

    @Test("ZMQ_TCP_KEEPALIVE switches it on, and off where the system has it on", arguments: [true, false])
    func keepAlive(isOn: Bool) async throws {
        try await withLine(.with { $0.tcp.keepAlive = isOn }) { line in
            for end in line.ends { #expect(end.option(SOL_SOCKET, SO_KEEPALIVE).map { $0 != 0 } == isOn) }
        }
    }

    @Test("ZMQ_TCP_KEEPALIVE_CNT, _IDLE and _INTVL")
    func keepAliveTimes() async throws {
        let options = SocketOptions.with {
            $0.tcp.keepAlive = true
            $0.tcp.keepAliveCount = 3
            $0.tcp.keepAliveIdle = .seconds(77)
            $0.tcp.keepAliveInterval = .seconds(11)
        }
        #if canImport(Darwin)
        let idle = TCP_KEEPALIVE
        #else
        let idle = TCP_KEEPIDLE
        #endif
        try await withLine(options) { line in
            for end in line.ends {
                #expect(end.option(Self.tcp, TCP_KEEPCNT) == 3)
                #expect(end.option(Self.tcp, idle) == 77)
                #expect(end.option(Self.tcp, TCP_KEEPINTVL) == 11)
            }
        }
    }

    @Test("ZMQ_TOS over IPv4")
    func typeOfService() async throws {
        try await withLine(.with { $0.tcp.typeOfService = 0x28 }) { line in
            for end in line.all { #expect(end.option(Self.ip, IP_TOS) == 0x28) }
        }
    }

    @Test("ZMQ_TOS over IPv6")
    func trafficClass() async throws {
        let options = SocketOptions.with {
            $0.ipv6 = true
            $0.tcp.typeOfService = 0x28
        }
        try await withLine(options, at: "tcp://[::1]:*") { line in
            for end in line.all { #expect(end.option(Self.ipv6, IPV6_TCLASS) == 0x28) }
        }
    }

    @Test("ZMQ_SNDBUF and ZMQ_RCVBUF", arguments: ["tcp://127.0.0.1:*", "ipc://*"])
    func buffers(endpoint: String) async throws {
        let options = SocketOptions.with {
            $0.sendBuffer = 30_000
            $0.receiveBuffer = 40_000
        }
        #if os(Linux)
        let factor = 2
        #else
        let factor = 1
        #endif
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(options), try context.makePushSocket(options))
            let bound = try await pull.bind(to: endpoint)
            try await push.connect(to: bound)
            try await push.send("hello")
            #expect(try await pull.receive() == "hello")
            let accepted = try #require(OpenSocket.accepted(at: bound).first)
            let dialled = try #require(OpenSocket.dialled(to: bound).first)
            for end in [accepted, dialled] {
                #expect(end.option(SOL_SOCKET, SO_SNDBUF) == 30_000 * factor)
                #expect(end.option(SOL_SOCKET, SO_RCVBUF) == 40_000 * factor)
            }
            keepOpen(push, pull)
        }
    }

    #if os(Linux)
    @Test("ZMQ_TCP_MAXRT")
    func maximumRetransmissionTime() async throws {
        try await withLine(.with { $0.tcp.maxRetransmissionTime = .milliseconds(12_345) }) { line in
            for end in line.ends { #expect(end.option(Self.tcp, TCP_USER_TIMEOUT) == 12_345) }
        }
    }

    @Test("ZMQ_PRIORITY")
    func priority() async throws {
        try await withLine(.with { $0.tcp.priority = 5 }) { line in
            for end in line.all { #expect(end.option(SOL_SOCKET, SO_PRIORITY) == 5) }
        }
    }

    @Test("ZMQ_BUSY_POLL", .enabled(if: getuid() == 0, "raising it wants special rights"))
    func busyPoll() async throws {
        try await withLine(.with { $0.tcp.busyPoll = .microseconds(30) }) { line in
            for end in line.all { #expect(end.option(SOL_SOCKET, SO_BUSY_POLL) == 30) }
        }
    }

    @Test("ZMQ_BINDTODEVICE")
    func device() async throws {
        try await withLine(.with { $0.tcp.device = "lo" }) { line in
            for end in line.all { #expect(end.device == "lo") }
        }
    }

    @Test("a refused option makes bind throw, and says which it is")
    func refusedBind() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.tcp.device = "no-such-device" })
            let error = await expectError(.addressNotAvailable) { try await pull.bind(to: "tcp://127.0.0.1:*") }
            #expect(error?.message.contains("tcp.device (ZMQ_BINDTODEVICE) = no-such-device") == true)
            #expect(error?.message.contains("tcp://127.0.0.1") == true)
        }
    }

    @Test("a refused option is an event of a dial, which is tried again")
    func refusedDial() async throws {
        let endpoint = try await Transport.tcp.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.tcp.device = "no-such-device"
                    $0.reconnect = .quick
                })
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            let failure = try await log.wait(for: .connectFailed, count: 3)
            #expect(failure.error?.code == .addressNotAvailable)
            #expect(failure.error?.message.contains("tcp.device (ZMQ_BINDTODEVICE)") == true)
            #expect(failure.retryIn != nil)
        }
    }
    #endif

    @Test("one source port serves for several peers")
    func sharedSource() async throws {
        let source = try await Transport.tcp.fresh().dropFirst("tcp://".count)
        try await withSockets { context in
            let pulls = [try context.makePullSocket(), try context.makePullSocket()]
            let push = try context.makePushSocket()
            let log = EventLog(push)
            for pull in pulls {
                let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*").dropFirst("tcp://".count)
                try await push.connect(to: "tcp://\(source);\(endpoint)")
            }
            try await log.wait(for: .handshakeSucceeded, count: 2)
            let port = source.split(separator: ":").last.map(String.init)
            #expect(OpenSocket.all.count { $0.remote != nil && $0.local == port } == 2)
            keepOpen(push, pulls[0], pulls[1])
        }
    }
}
