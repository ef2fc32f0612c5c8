// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

#if !os(iOS) && !os(tvOS) && !os(watchOS) && !os(visionOS)
/// Each of these runs in a process of its own, whose descriptors it may use up.
@Suite("Without file descriptors", .timeLimit(.minutes(1)))
struct DescriptorTests {
    @Test("a listener reports that it cannot accept, does not spin, and recovers")
    func accepting() async {
        await #expect(processExitsWith: .success) { try await withSocketsOnLoop(Self.accept) }
    }

    @Sendable
    private static func accept(_ context: Context) async throws {
        let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
        var events = pull.events.makeAsyncIterator()
        let endpoint = try await join(pull, push, over: .tcp)
        try await push.send("before")
        try #require(try await pull.receive() == "before")
        // The first of them opens what all of them need.
        try await ScriptedPeer.connect(to: endpoint).close()
        // The next one finds a descriptor for itself, and none is left for the other side.
        var hoard = DescriptorHoard(limit: 200)
        hoard.takeAll()
        hoard.release(1)
        let begin = ContinuousClock.now
        let peer = try await ScriptedPeer.connect(to: endpoint)
        for _ in 0..<5 {
            let failure = try await events.next(.acceptFailed)
            try #require(failure.error?.code == .tooManyFiles)
        }
        // The attempts keep their distance, however slow the machine is.
        try #require(ContinuousClock.now - begin >= .milliseconds(200))
        // Peers that are there go on meanwhile.
        try await push.send("meanwhile")
        try #require(try await pull.receive() == "meanwhile")
        hoard.release()
        try await peer.shakeHands(as: .push)
        try await peer.send("after" as Message)
        try #require(try await pull.receive() == "after")
        await peer.close()
    }

    @Test("binding is an error, and works once there are some")
    func binding() async {
        await #expect(processExitsWith: .success) { try await withSocketsOnLoop(Self.bind) }
    }

    @Sendable
    private static func bind(_ context: Context) async throws {
        let pull = try context.makePullSocket()
        var hoard = DescriptorHoard(limit: 200)
        hoard.takeAll()
        var errors: [ZeroMQError] = []
        for endpoint in ["tcp://127.0.0.1:*", "ipc://@\(Fresh.name())", "ipc:///tmp/\(Fresh.name())"] {
            do { try await pull.bind(to: endpoint) } catch let error as ZeroMQError { errors.append(error) }
        }
        hoard.release()
        try #require(errors.map(\.code) == [.tooManyFiles, .tooManyFiles, .tooManyFiles], "\(errors)")
        try #require(errors.allSatisfy { $0.message.contains("descriptor") }, "\(errors)")
        for transport in Transport.wires { try await pull.bind(to: transport.wildcard()) }
    }

    @Test("connecting over tcp is tried again, and works once there are some")
    func connectingTCP() async {
        await #expect(processExitsWith: .success) {
            try await withSocketsOnLoop { try await Self.connect(over: .tcp, $0) }
        }
    }

    @Test("connecting over ipc is tried again, and works once there are some")
    func connectingIPC() async {
        await #expect(processExitsWith: .success) {
            try await withSocketsOnLoop { try await Self.connect(over: .ipc, $0) }
        }
    }

    private static func connect(over transport: Transport, _ context: Context) async throws {
        let (push, pull) = (try context.makePushSocket(.with { $0.reconnect = .quick }), try context.makePullSocket())
        var events = push.events.makeAsyncIterator()
        let endpoint = try await pull.bind(to: transport.wildcard())
        var hoard = DescriptorHoard(limit: 200)
        hoard.takeAll()
        try await push.connect(to: endpoint)
        var failures: [SocketEvent] = []
        for _ in 0..<3 { failures.append(try await events.next(.connectFailed)) }
        hoard.release()
        try #require(failures.allSatisfy { $0.error?.code == .tooManyFiles && $0.retryIn != nil }, "\(failures)")
        try await send(0..<100, to: push)
        for number in 0..<100 { try #require(try await pull.receive().number == number) }
    }
}
#endif
