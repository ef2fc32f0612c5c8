// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ
import ZeroMQServices

/// The broker: one ROUTER socket that answers each worker by name.
///
/// A worker says that it is free and waits. All who are free stand in a queue; whoever has been used least recently gets
/// the next task. When the time is up the answer is `Fired!`, and when everyone has had that, the broker is done.
struct Broker: Sendable {
    let socket: RouterSocket
    /// Where the workers find it.
    let endpoint: String
    /// How many workers to fire before going home.
    let workers: Int
    /// When the work is over.
    let closing: ContinuousClock.Instant

    /// A worker that is free, and what came before the body of its message: the envelope its answer needs.
    private struct Applicant: Hashable {
        let peer: Peer
        let envelope: [Message.Part]

        init(_ request: RoutedMessage) {
            self.peer = request.peer
            self.envelope = Array(request.message.dropLast())
        }
    }

    /// Hands out work until all are fired; returns the number of tasks.
    func run() async throws -> Int {
        var free = LeastRecentlyUsedQueue<Applicant>()
        var tasks = 0
        var fired = 0
        while fired < workers {
            free.add(Applicant(try await socket.receive()))
            while let another = try socket.tryReceive() { free.add(Applicant(another)) }

            while let next = free.take() {
                let isOpen = ContinuousClock.now < closing
                try await answer(next, isOpen ? "Work harder" : "Fired!")
                if isOpen { tasks += 1 } else { fired += 1 }
            }
        }
        return tasks
    }

    private func answer(_ applicant: Applicant, _ body: Message.Part) async throws {
        try await socket.send(Message(parts: applicant.envelope + [body]), to: applicant.peer)
    }
}
