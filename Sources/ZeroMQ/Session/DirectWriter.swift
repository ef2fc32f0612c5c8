// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore
import Synchronization

/// A connection's way round its event loop: who has sent something writes it on the spot.
///
/// To have the loop do it takes until its thread is awake, which is most of the time that a message takes to a peer
/// that waits for it (benchmark rows latency). Whoever is told that a flush is due is the only one who may flush
/// (``OutgoingQueue``), so that a sender writes in place of the loop, never beside it. What the protocol itself has to
/// say is the loop's to write at any time: it claims the connection for that, and senders then leave theirs to it.
///
/// Isolation: any thread, by its own lock, which is taken before a socket's. A sender writes under it; nothing that
/// could wait is done there.
package struct DirectWriter: ~Copyable, Sendable {
    /// What a sender took from the queue and the system did not take at once. Goes before everything else.
    package struct Rest: Sendable {
        /// To be recycled once the system has all of it.
        package let segment: OutgoingQueue.Segment
        package let frames: ByteBuffer
        package var payload: ByteBuffer? { self.segment.payload }
    }

    private let state = Mutex<DirectLine?>(nil)

    package init() {}

    // MARK: The event loop's side

    /// From now on senders may write.
    package borrowing func open(_ socket: SocketCopy, for end: PipeEnd) {
        let line = DirectLine(socket, end)
        self.state.withLock { $0 = line }
    }

    /// Keeps senders from writing until `unclaim`, and says what one of them has left.
    package borrowing func claim() -> Rest? {
        self.state.withLock { line in
            line?.isClaimed = true
            return line?.takeRest()
        }
    }

    package borrowing func unclaim() {
        self.state.withLock { $0?.isClaimed = false }
    }

    package borrowing func takeRest() -> Rest? {
        self.state.withLock { $0?.takeRest() }
    }

    /// Waits for a sender that is writing; after that none will. Says what one has left, which nobody is to write now.
    package borrowing func close() -> Rest? {
        let line = self.state.withLock { line in
            defer { line = nil }
            return line
        }
        return line?.takeRest()
    }

    // MARK: The sender's side

    /// Writes what waits, for whom a flush is due. False if it still is, and is the loop's to do.
    package borrowing func write() -> Bool {
        let (isDone, hasRoom) = self.state.withLock { line -> (Bool, PipeEnd?) in
            guard let line, !line.isClaimed, line.rest == nil else { return (false, nil) }
            return line.write()
        }
        if let hasRoom { hasRoom.owner.pipeIsWritable(hasRoom.peer) }
        return isDone
    }
}

/// What there is once a writer is open.
final class DirectLine: @unchecked Sendable {
    // @unchecked: reached only while the writer's lock is held, or by `close`, which has taken it out under that lock.
    private let socket: SocketCopy
    private let end: PipeEnd
    /// The channel has octets that the kernel has not taken, or is about to.
    fileprivate var isClaimed = false
    fileprivate var rest: DirectWriter.Rest?

    fileprivate init(_ socket: SocketCopy, _ end: PipeEnd) {
        self.socket = socket
        self.end = end
    }

    fileprivate func takeRest() -> DirectWriter.Rest? {
        defer { self.rest = nil }
        return self.rest
    }

    /// Whether all is written, and whose senders must be told of room.
    fileprivate func write() -> (isDone: Bool, hasRoom: PipeEnd?) {
        switch self.end.owner.takeOutgoing(for: self.end.peer) {
        case .nothing:
            return (true, nil)
        case .drained:
            // The loop is told the same and closes.
            return (false, nil)
        case .segment(let segment, let makesRoom):
            let hasRoom = makesRoom ? self.end : nil
            // A large part takes its time wherever it is written.
            let written = segment.payload == nil ? self.write(segment.frames) : 0
            if segment.payload == nil, written == segment.frames.count {
                return (!self.end.owner.conclude(segment, of: self.end.peer), hasRoom)
            }
            self.rest = DirectWriter.Rest(segment, behind: written)
            return (false, hasRoom)
        }
    }

    private func write(_ frames: borrowing RawBuffer) -> Int {
        unsafe frames.withUnsafeBytes { unsafe self.socket.write($0) }
    }
}

extension DirectWriter.Rest {
    fileprivate init(_ segment: OutgoingQueue.Segment, behind written: Int) {
        var frames = segment.frames.buffer
        frames.moveReaderIndex(forwardBy: written)
        self.init(segment: segment, frames: frames)
    }
}

/// How many connections of a socket may have a second descriptor. Isolation: the event loop.
final class DirectWriterBudget: @unchecked Sendable {
    // @unchecked: touched on the event loop only, of which a socket has one for all its connections.
    private var left = 8

    func take() -> Bool {
        guard self.left > 0 else { return false }
        self.left -= 1
        return true
    }

    func giveBack() { self.left += 1 }
}
