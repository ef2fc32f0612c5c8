// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization

/// The account of a run. Every figure is counted where it happens, by whoever does it, and none is derived from another.
final class Account: Sendable {
    private struct Figures: Sendable {
        var requestsSent = 0
        var requestsServed = 0
        var repliesSent = 0
        var repliesReceived = 0
    }

    private let figures = Mutex(Figures())

    /// A client has sent a request.
    func requestSent() { figures.withLock { $0.requestsSent += 1 } }
    /// A worker has sent all its replies to a request.
    func requestServed() { figures.withLock { $0.requestsServed += 1 } }
    /// A worker has sent a reply.
    func replySent() { figures.withLock { $0.repliesSent += 1 } }
    /// A client has received a reply.
    func replyReceived() { figures.withLock { $0.repliesReceived += 1 } }

    /// What has been sent and not arrived: 0 if nothing was lost.
    var unaccounted: Int {
        figures.withLock { ($0.requestsSent - $0.requestsServed) + ($0.repliesSent - $0.repliesReceived) }
    }

    /// Whether every request is served and every reply received.
    var isSettled: Bool {
        figures.withLock { $0.requestsSent == $0.requestsServed && $0.repliesSent == $0.repliesReceived }
    }

    /// Whether as many replies have come as requests went out.
    var isAnsweredOnceEach: Bool {
        figures.withLock { $0.requestsSent == $0.repliesReceived }
    }

    /// The lines that close the demo.
    var lines: String {
        let figures = figures.withLock { $0 }
        return """
            requests sent: \(figures.requestsSent)
            requests served: \(figures.requestsServed)
            replies sent: \(figures.repliesSent)
            replies received: \(figures.repliesReceived)
            unaccounted: \(unaccounted)
            """
    }
}
