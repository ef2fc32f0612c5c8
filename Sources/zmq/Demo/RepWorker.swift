// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// A strictly synchronous worker: a REP socket, which takes one request and gives one reply, in turn.
///
/// The socket keeps the address and the delimiter to itself; the worker sees only the body.
struct RepWorker: ServerWorker {
    let socket: RepSocket
    let account: Account
    let hours: OpeningHours

    func run() async throws {
        while let request = try await hours.next(from: socket) {
            try await hours.pretendToWork()
            try await socket.send(request)
            account.replySent()
            account.requestServed()
        }
        await socket.close()
    }
}
