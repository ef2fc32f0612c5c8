// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization

/// Does something on a socket's event loop after a while, unless it is taken back before.
///
/// It can be taken back at any time. To cancel what `scheduleTask` returns needs the loop, which may have ended with the
/// context by the time that a call which waited is told so.
struct CallTimer: Sendable {
    private let callback: NIOScheduledCallback

    /// Nil if the loop has ended.
    init?(on loop: any EventLoop, in delay: TimeAmount, _ action: @escaping @Sendable () -> Void) {
        guard let callback = try? loop.scheduleCallback(in: delay, handler: Handler(action: action)) else { return nil }
        self.callback = callback
    }

    func cancel() { self.callback.cancel() }

    private struct Handler: NIOScheduledCallbackHandler, Sendable {
        let action: @Sendable () -> Void

        func handleScheduledCallback(eventLoop: some EventLoop) { self.action() }
    }
}

// MARK: What needs the event loop

extension SocketCore {
    /// Begins something that needs the event loop from outside it. The socket is not closed before `endErrand`; false if
    /// it is closed already, and its loop perhaps gone.
    func beginErrand() -> Bool {
        self.state.withLock { state in
            if case .closed = state.phase { return false }
            state.openErrands += 1
            return true
        }
    }

    func endErrand() {
        self.state.withLock { $0.openErrands -= 1 }
        self.finishIfClosed()
    }

    /// Nil if the socket is closed: who waits is told so and needs no timer.
    func startTimer(in delay: TimeAmount, _ action: @escaping @Sendable () -> Void) -> CallTimer? {
        // Under the lock, so that the loop is sure to be there.
        self.state.withLock { state in
            if case .closed = state.phase { return nil }
            return CallTimer(on: self.loop, in: delay, action)
        }
    }
}
