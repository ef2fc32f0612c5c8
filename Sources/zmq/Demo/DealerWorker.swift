// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// A worker that replies when and as often as it likes: no time, and up to four times, to each request.
struct DealerWorker: ServerWorker {
    let socket: DealerSocket
    let account: Account
    let hours: OpeningHours

    func run() async throws {
        while let request = try await hours.next(from: socket) {
            for _ in 0..<replies(to: request) {
                try await hours.pretendToWork()
                // The request itself is the reply: the client's id in front finds the way back, the body is the last part.
                try await socket.send(request)
                account.replySent()
            }
            account.requestServed()
        }
        await socket.close()
    }

    /// Up to four; but exactly one where an empty part before the body shows that a REQ socket asks: it waits for a
    /// reply, and would take a second one for the reply to its next request.
    private func replies(to request: Message) -> Int {
        let isLockstep = request.count > 2 && request[request.count - 2].isEmpty
        return isLockstep ? 1 : Int.random(in: 0...4)
    }
}
