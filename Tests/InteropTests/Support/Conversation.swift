// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

/// Runs a test with a context of ours and a foreign peer, which is killed at the end however that comes.
func withPeer(
    _ library: ForeignPeer.Library = .libzmq,
    _ body: (Context, ForeignPeer) async throws -> Void
) async throws {
    let peer = try ForeignPeer(library)
    defer { peer.kill() }
    try await withContext(shutdownWithin: .seconds(5)) { context in
        try await body(context, peer)
    }
}

/// Runs a test with our end and theirs, bound and connected as the scenario says.
func withConversation(_ scenario: Scenario, _ body: (OurEnd, TheirEnd) async throws -> Void) async throws {
    try await withPeer(scenario.library) { context, peer in
        let ours = try OurEnd(scenario.pair.ours, facing: scenario.pair.theirs, in: context)
        let theirs = try await TheirEnd(scenario.pair.theirs, facing: scenario.pair.ours, in: peer)
        switch scenario.binder {
        case .we:
            let endpoint = try await ours.socket.bind(to: scenario.transport.wildcard())
            try await theirs.socket.connect(to: endpoint)
        case .they:
            let endpoint = try await theirs.socket.bind(to: scenario.transport.wildcard())
            try await ours.socket.connect(to: endpoint)
        }
        try await body(ours, theirs)
    }
}

extension Message {
    /// The parts as text, for expectations that can be read when they fail.
    var text: [String] { self.map { String($0) } }
}
