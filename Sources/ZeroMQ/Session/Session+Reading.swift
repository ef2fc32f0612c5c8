// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

// From the network to the pipe without the event loop: where a peer's messages and a task's answers follow each other
// closely, the task that receives reads the connection itself. Otherwise each batch wakes the loop's thread, which wakes
// the task's (benchmark rows echo and latency).
//
// The loop lends the right to read and looks for octets no longer. Whatever else it has to do with what reading touches,
// it takes the right back first, and does so too if nobody has looked within a millisecond. Anything that is not just
// messages a task leaves to the loop.

/// The right to read a connection, and what is needed for it.
///
/// While it is lent, the session's `connection`, `batch` and `pipe` belong to who holds its lock.
struct ReadingRight: Sendable {
    var isLent = false
    fileprivate var socket: SocketCopy?
    fileprivate var buffer: ByteBuffer?
    fileprivate var memory: ReceiveMemory?
    /// Counts how often somebody has looked.
    fileprivate var looks: UInt = 0
}

extension Session: DirectSource {
    private static let glance = TimeAmount.milliseconds(1)

    // MARK: The event loop's side

    /// Lends reading to the socket's tasks if one of them wants it.
    func lendReading(_ context: ChannelHandlerContext) {
        guard !self.isLending, !self.isPaused, !self.isDrained, !self.isLeaving, !self.isOver,
            self.allowsDirectWriting != false, let end = self.end, end.owner.wantsReading(from: end.peer)
        else { return }
        // What the connection has to say leaves first: nobody would write it meanwhile, nor may a sender cut into it.
        guard context.channel.isWritable, self.rest == nil, !self.connection.needsCare else { return }
        self.allowDirectWriting()
        guard self.allowsDirectWriting == true, let socket = self.socketCopy else { return }
        self.pauseReading(context)
        self.isLending = true
        self.reading.withLock { right in
            right.isLent = true
            right.socket = socket
            right.memory = right.memory ?? ReceiveMemory()
            right.memory?.keep(self.memory.take())
        }
        guard end.owner.lendReading(self, from: end.peer) else { return self.takeReadingBack() }
        self.watchReading()
    }

    /// Waits for a task that is reading; after that none will.
    func takeReadingBack() {
        guard self.isLending else { return }
        self.isLending = false
        self.reading.withLock { right in
            right.isLent = false
            right.socket = nil
            if let buffer = right.buffer.take() { self.memory.keep(buffer) }
            // Who waits has no memory.
            if let memory = right.memory { self.memory.takeAll(from: memory) }
        }
        if !self.isOver, !self.isPaused { self.context?.read() }
    }

    /// A task cannot hold the right for longer than a while without reading.
    private func watchReading() {
        guard !self.isReadingWatched else { return }
        self.isReadingWatched = true
        let looks = self.reading.withLock { $0.looks }
        self.loop.assumeIsolated().scheduleTask(in: Self.glance) { [weak self] in
            guard let self else { return }
            self.isReadingWatched = false
            guard self.isLending else { return }
            if self.reading.withLock({ $0.looks }) == looks { self.takeReadingBack() } else { self.watchReading() }
        }
    }

    // MARK: From any thread

    func returnReading() {
        // Under the lock, so that the loop is sure to be there: it takes the right back before the session's end.
        self.reading.withLock { right in
            guard exchange(&right.isLent, with: false) else { return }
            self.loop.execute { self.takeReadingBack() }
        }
    }

    func read() -> DirectReading {
        var signal = PipeSignal.none
        // Where another task reads there is nothing to be had.
        let outcome = self.reading.withLockIfAvailable { right -> DirectReading in
            guard right.isLent else { return .over }
            let outcome = self.read(&right, &signal)
            if case .over = outcome {
                right.isLent = false
                // Under the lock, as when it is returned.
                self.loop.execute { self.finishReading() }
            }
            return outcome
        }
        signal.deliver()
        return outcome ?? .nothing
    }

    private func read(_ right: inout ReadingRight, _ signal: inout PipeSignal) -> DirectReading {
        guard let socket = right.socket, let memory = right.memory, let pipe = self.pipe else { return .over }
        right.looks &+= 1
        var buffer = right.buffer.take() ?? memory.take()
        guard let count = socket.read(into: &buffer) else {
            right.buffer = buffer
            return .nothing
        }
        // Of an end or an error the channel tells; of a flood it reads more at a time.
        guard count > 0 else { return .over }
        let isFull = buffer.writableBytes == 0
        self.connection.receive(memory.hold(buffer))
        var mustStop = isFull
        // The connection tells the loop of its error again.
        do throws(ZMTPError) { try self.decodeMessages() } catch { mustStop = true }
        // In any case: before the loop comes to it, the connection may have ended.
        let isWhole = !self.batch.isEmpty
        if isWhole { signal = pipe.inbound.push(&self.batch) }
        if mustStop || self.connection.needsCare || pipe.inbound.waitForRoom() { return .over }
        return isWhole ? .some : .nothing
    }

    /// Does what a task has left.
    private func finishReading() {
        self.takeReadingBack()
        guard !self.isOver, let context = self.context else { return }
        _ = self.process(context, readingOn: false)
    }
}
