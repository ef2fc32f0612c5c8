// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization

/// Foreign peers that other tests have done with: to start a process takes longer than most tests do.
///
/// A process serves one test at a time, with sockets of its own. They end with the standard input that this program
/// holds for them.
enum PeerPool {
    private static let idle = Mutex<[ForeignPeer.Library: [ForeignPeer]]>([:])

    /// A peer that nobody uses, or a new one.
    static func take(_ library: ForeignPeer.Library) async throws -> ForeignPeer {
        while let peer = Self.idle.withLock({ $0[library]?.popLast() }) {
            // Its time begins anew, unless that was over.
            if (try? await peer.reset()) != nil { return peer }
        }
        return try ForeignPeer(library)
    }

    /// Keeps a peer for another test, unless it has ended or a socket of it is still at work; then it is killed.
    static func giveBack(_ peer: ForeignPeer, _ library: ForeignPeer.Library) async {
        do {
            try await peer.reset()
            Self.idle.withLock { $0[library, default: []].append(peer) }
        } catch {
            peer.kill()
        }
    }
}
