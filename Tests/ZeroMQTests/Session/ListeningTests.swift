// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

#if canImport(Darwin)
private let datagram = SOCK_DGRAM
#else
private let datagram = CInt(SOCK_DGRAM.rawValue)
#endif

@Suite("Descriptors that listen", .timeLimit(.minutes(3)))
struct ListeningTests {
    // MARK: ZMQ_USE_FD

    @Test("ZMQ_USE_FD adopts a TCP socket that listens, and closes it with the endpoint")
    func adoptTCP() async throws {
        let descriptor = try OpenSocket.tcpListener()
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*", adopting: descriptor)
            #expect(pull.lastEndpoint == endpoint)
            let push = try context.makePushSocket()
            try await push.connect(to: endpoint)
            try await push.send("through an adopted socket")
            #expect(try await pull.receive() == "through an adopted socket")
            let accepted = try #require(OpenSocket.accepted(at: endpoint).first)
            #expect(accepted.option(6, TCP_NODELAY) == 1)
            try await pull.unbind(from: endpoint)
            #expect(OpenSocket.listener(at: endpoint) == nil)
        }
    }

    @Test("ZMQ_USE_FD adopts a Unix socket and leaves its file")
    func adoptIPC() async throws {
        let path = "/tmp/\(Fresh.name())"
        let descriptor = try UnixSocket.listening(at: UnixAddress(path: path), backlog: 5)
        defer { unsafe unlink(path) }
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let endpoint = try await pull.bind(to: "ipc://\(path)", adopting: descriptor)
            #expect(endpoint == "ipc://\(path)")
            let push = try context.makePushSocket()
            try await push.connect(to: endpoint)
            try await push.send("through an adopted socket")
            #expect(try await pull.receive() == "through an adopted socket")
            try await pull.unbind(from: endpoint)
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("ZMQ_USE_FD refuses what does not listen, and leaves it open")
    func adoptNothing() async throws {
        let (silent, packets) = (socket(AF_INET, OpenSocket.stream, 0), socket(AF_INET, datagram, 0))
        let (file, tcp) = (unsafe open("/dev/null", O_RDONLY), try OpenSocket.tcpListener())
        defer { for descriptor in [silent, packets, file, tcp] { close(descriptor) } }
        try await withSockets { context in
            let pull = try context.makePullSocket()
            for descriptor in [silent, packets, file, -1, 1_000_000] {
                let error = await expectError(.invalidOption) {
                    try await pull.bind(to: "tcp://127.0.0.1:*", adopting: descriptor)
                }
                #expect(error?.message.contains("ZMQ_USE_FD") == true)
            }
            await expectError(.invalidOption) { try await pull.bind(to: "ipc:///tmp/x", adopting: tcp) }
            await expectError(.notSupported) { try await pull.bind(to: "inproc://x", adopting: tcp) }
            for descriptor in [silent, packets, file, tcp] { #expect(fcntl(descriptor, F_GETFD) >= 0) }
        }
    }

    // MARK: ZMQ_BACKLOG

    #if os(Linux)
    @Test("ZMQ_BACKLOG is how many Unix connections may wait", arguments: [1, 7, 200], [true, false])
    func backlog(size: Int, isAdopted: Bool) async throws {
        let path = "/tmp/\(Fresh.name())"
        defer { unsafe unlink(path) }
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.backlog = size })
            if isAdopted {
                let descriptor = try UnixSocket.listening(at: UnixAddress(path: path), backlog: 50)
                try await pull.bind(to: "ipc://\(path)", adopting: descriptor)
            } else {
                try await pull.bind(to: "ipc://\(path)")
            }
            let obstacle = Obstacle(on: pull)
            await obstacle.isInPlace()
            // Nobody accepts now, so the system counts for us; it takes one more than it was told.
            let waiting = Self.connections(to: path, atMost: 300)
            for descriptor in waiting { close(descriptor) }
            obstacle.remove()
            #expect(waiting.count == size + 1)
            keepOpen(pull)
        }
    }

    private static func connections(to path: String, atMost limit: Int) -> [CInt] {
        var descriptors: [CInt] = []
        while descriptors.count < limit, let descriptor = try? UnixSocket.connected(to: UnixAddress(path: path)) {
            descriptors.append(descriptor)
        }
        return descriptors
    }
    #endif
}

/// Keeps a socket's event loop busy, so that it accepts nothing.
private final class Obstacle: Sendable {
    private let began = AsyncStream.makeStream(of: Void.self)
    private let end = DispatchSemaphore(value: 0)

    init(on socket: some Socket) {
        Task(executorPreference: socket.executor) { self.block() }
    }

    private func block() {
        self.began.continuation.finish()
        self.end.wait()
    }

    func isInPlace() async {
        for await _ in self.began.stream {}
    }

    func remove() { self.end.signal() }
}
