// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// Runs tasks on an event loop, where the octets of its sockets arrive.
///
/// A task there receives and sends without waking another thread, which on most machines is most of the latency.
/// Code that may block does not belong there: it holds up every connection of the loop.
final class LoopExecutor: TaskExecutor {
    /// What an event loop takes of the system: one to wait at, one to be woken by, one for time.
    static let descriptorsPerLoop = 3

    private let loop: any EventLoop
    private let busyWait: BusyWait?

    init(_ loop: any EventLoop, busyWait: Duration) {
        self.loop = loop
        self.busyWait = busyWait > .zero ? BusyWait(busyWait) : nil
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if let busyWait, self.loop.inEventLoop { busyWait.noteWork(on: self.loop) }
        self.loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
