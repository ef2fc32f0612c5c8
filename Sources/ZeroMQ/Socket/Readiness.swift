// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization

/// One task that waits until one of several sockets can be read or written, taking nothing from any.
///
/// Isolation: its own lock. Fires once.
final class Readiness: Sendable {
    private struct State: Sendable {
        var hasFired = false
        var continuation: Wakeup?
    }

    private let state = Mutex(State())

    func fire() {
        let continuation = self.state.withLock { state -> Wakeup? in
            state.hasFired = true
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume()
    }

    /// Returns once fired, or once the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await Wakeup.suspend { continuation in
                let isOver = self.state.withLock { state in
                    if !state.hasFired { state.continuation = continuation }
                    return state.hasFired
                }
                if isOver { continuation.resume() } else if Task.isCancelled { self.fire() }
            }
        } onCancel: {
            self.fire()
        }
    }
}

extension Readiness {
    /// Returns once one of the sockets could be used, the time is up, or the task is cancelled.
    ///
    /// `uses` are the sockets, each with what it is waited for; `readiness` is fired by others too.
    static func wait(
        for uses: [(engine: any SocketEngine, interest: SocketInterest)],
        until deadline: ContinuousClock.Instant? = nil,
        as readiness: Readiness = Readiness()
    ) async {
        let timer = deadline.flatMap { instant in
            uses.first?.engine.startTimer(in: TimeAmount(max(.zero, instant - .now))) { readiness.fire() }
        }
        for use in uses where use.engine.watch(readiness, for: use.interest) { readiness.fire() }
        await readiness.wait()
        timer?.cancel()
        for use in uses { use.engine.unwatch(readiness) }
    }
}
