// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// Runs a test with a context of ours and a foreign peer, which is killed at the end if that comes by an error.
func withPeer(
    _ library: ForeignPeer.Library = .libzmq,
    _ body: (Context, ForeignPeer) async throws -> Void
) async throws {
    let peer = try await PeerPool.take(library)
    do {
        try await withContext(shutdownWithin: .seconds(5)) { context in
            try await body(context, peer)
        }
        await PeerPool.giveBack(peer, library)
    } catch {
        peer.kill()
        throw error
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
        try await scenario.settle(ours, theirs)
        try await body(ours, theirs)
    }
}

extension Scenario {
    /// Sees to it that the publisher knows of the subscription, or the beginning would be missed.
    func settle(_ ours: OurEnd, _ theirs: TheirEnd) async throws {
        if let publisher = ours.socket as? any PublishingSocket {
            try await publisher.waitForSubscribers(within: OurEnd.patience)
            if self.pair.ours == .xpub { #expect(try await ours.receive() == Message([1])) }
            return
        }
        switch self.pair.theirs {
        case .xpub: #expect(try await theirs.receive() == Message([1]))
        case .pub: try await theirs.publishUntilHeard(by: ours)
        default: break
        }
    }
}

extension TheirEnd {
    /// Publishes until our end hears it, since a PUB says nothing of its subscribers; then all that was published is
    /// received.
    fileprivate func publishUntilHeard(by ours: OurEnd) async throws {
        let isHeard = try await eventually {
            try await self.send("probe")
            return try await ours.receive(within: .milliseconds(10)) != nil
        }
        #expect(isHeard, "no subscription reached the publisher")
        // What omq published last may stay there until it publishes again.
        let isOver = try await eventually {
            let last = Message("last \(Fresh.number())")
            try await self.send(last)
            while let message = try await ours.receive(within: .seconds(2)) { if message == last { return true } }
            return false
        }
        #expect(isOver, "the publisher is heard no more")
    }
}

extension Message {
    /// The parts as text, for expectations that can be read when they fail.
    var text: [String] { self.map { String($0) } }
}
