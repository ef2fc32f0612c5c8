// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// A dialler's place among those that dial the same endpoint; see ``DialQueue``.
///
/// Isolation: the dialler's event loop.
final class DialPlace: @unchecked Sendable {
    // @unchecked: mutable state is touched on the event loop only, where its dialler calls it and its timer fires; the
    // queue's word, which comes from any thread, goes there.
    private enum State {
        case none
        case waiting(Scheduled<Void>)
        case held
    }

    /// If nothing comes of all those in front, one that waits must not suffer for it.
    private static let longestWait = TimeAmount.seconds(1)

    private let host: any SessionHost
    private let endpoint: String
    private var state = State.none

    init(_ endpoint: String, host: any SessionHost) {
        self.endpoint = endpoint
        self.host = host
    }

    private var queue: DialQueue { self.host.dialQueue }

    /// Begins now, or once there is a place, or without one when that takes too long.
    func take(_ begin: @escaping @Sendable () -> Void) {
        let loop = self.host.loop
        let isHeld = self.queue.enter(self.endpoint, ObjectIdentifier(self)) {
            // From any thread: the socket may be closed, and its loop gone.
            guard self.host.beginErrand() else { return self.queue.leave(self.endpoint) }
            defer { self.host.endErrand() }
            loop.execute { self.didGet(begin) }
        }
        if isHeld {
            self.state = .held
            return begin()
        }
        let timer = loop.assumeIsolated().scheduleTask(in: Self.longestWait) {
            guard self.queue.giveUp(self.endpoint, ObjectIdentifier(self)) else { return }
            self.state = .none
            begin()
        }
        self.state = .waiting(timer)
    }

    private func didGet(_ begin: () -> Void) {
        // Somebody who has left meanwhile needs it no more.
        guard case .waiting(let timer) = self.state else { return self.queue.leave(self.endpoint) }
        timer.cancel()
        self.state = .held
        begin()
    }

    /// Gives the place back, or waits for none any more.
    func leave() {
        switch exchange(&self.state, with: .none) {
        case .none: break
        case .held: self.queue.leave(self.endpoint)
        case .waiting(let timer):
            timer.cancel()
            // If it was given just now, it is given back when word of it comes.
            _ = self.queue.giveUp(self.endpoint, ObjectIdentifier(self))
        }
    }
}
