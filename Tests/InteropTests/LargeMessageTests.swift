// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("64 MiB", .serialized, .timeLimit(.minutes(4)), .enabled(if: ForeignPeer.isAvailable))
struct LargeMessageTests {
    static let message: Message = Message.octets(5, 64 << 20, 0)
    static let sizes = [5, 64 << 20, 0]

    /// Some pairs, such that each side sends and each binds, over both transports.
    static let scenarios = [
        Scenario(pair: .init(.push, .pull), binder: .we, transport: .tcp, library: .libzmq),
        Scenario(pair: .init(.pull, .push), binder: .we, transport: .ipc, library: .libzmq),
        Scenario(pair: .init(.dealer, .dealer), binder: .they, transport: .tcp, library: .libzmq),
        Scenario(pair: .init(.pair, .pair), binder: .they, transport: .ipc, library: .libzmq),
        Scenario(pair: .init(.pub, .sub), binder: .we, transport: .ipc, library: .libzmq),
        Scenario(pair: .init(.sub, .pub), binder: .they, transport: .tcp, library: .libzmq),
        Scenario(pair: .init(.dealer, .dealer), binder: .we, transport: .tcp, library: .omq),
        Scenario(pair: .init(.xpub, .xsub), binder: .they, transport: .ipc, library: .omq),
    ].filter { ForeignPeer.libraries.contains($0.library) }

    @Test("arrive unchanged", arguments: Self.scenarios)
    func arrive(scenario: Scenario) async throws {
        try await withConversation(scenario) { ours, theirs in
            if scenario.pair.ours != .pull && scenario.pair.ours != .sub {
                async let sizes = theirs.socket.receiveSizes()
                try await ours.send(Self.message)
                #expect(try await sizes == Self.sizes)
            }
            guard scenario.isTwoWay || scenario.pair.ours == .pull || scenario.pair.ours == .sub else { return }
            async let sent: Void = theirs.socket.send(sizes: Self.sizes)
            #expect(try await ours.receive() == Self.message)
            try await sent
        }
    }
}
