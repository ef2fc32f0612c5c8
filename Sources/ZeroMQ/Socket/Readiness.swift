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
    static func wait(
        for engines: [any SocketEngine], _ interest: SocketInterest,
        until deadline: ContinuousClock.Instant?, on loop: any EventLoop
    ) async {
        let readiness = Readiness()
        let timer = deadline.map { instant in
            loop.scheduleTask(in: TimeAmount(max(.zero, instant - .now))) { readiness.fire() }
        }
        var registered = 0
        for engine in engines {
            registered += 1
            if engine.watch(readiness, for: interest) {
                readiness.fire()
                break
            }
        }
        await readiness.wait()
        timer?.cancel()
        for engine in engines.prefix(registered) { engine.unwatch(readiness) }
    }
}
