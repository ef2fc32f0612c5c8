// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Runs the same loop once for each of several sockets, all at once, and gathers what they say.
///
/// Each socket is closed when its share is done, waiting until all that it has sent is handed over.
func withPeers<S: Socket, Result: Sendable>(
    _ peers: Int,
    sharing load: PerfLoad,
    makeSocket: () throws -> S,
    endpoint: String,
    _ loop: @escaping @Sendable (_ socket: S, _ count: Int) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: Result.self) { group in
        for peer in 0..<min(peers, load.count) {
            let socket = try makeSocket()
            try await Endpoints.connect(socket, to: endpoint, argument: "CONNECT-TO")
            let share = load.share(of: peer, among: peers)
            group.addTask {
                let result = try await load.run(on: socket) { try await loop(socket, share) }
                await socket.close()
                return result
            }
        }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
