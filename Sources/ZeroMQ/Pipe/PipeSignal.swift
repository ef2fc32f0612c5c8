// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A socket, as its pipes and their connections see it. Isolation: any thread, no lock of a pipe held.
package protocol PipeOwner: AnyObject, Sendable {
    /// Messages wait where there were none, or the pipe has ended.
    func pipeIsReadable(_ peer: PeerID)
    /// There is room again for who was refused it.
    func pipeIsWritable(_ peer: PeerID)
    /// Returns once whatever was under way has been done, and what comes next will see what the caller did before.
    func settle()

    // The connection's side of what the socket has to send to a peer: see ``OutgoingQueue``.

    func attach(_ transport: any PipeTransport, to peer: PeerID)
    /// What was taken and not recycled is unknown from now on.
    func detach(from peer: PeerID)
    func takeOutgoing(for peer: PeerID) -> OutgoingQueue.Taken
    func recycle(_ segment: OutgoingQueue.Segment, of peer: PeerID)
    func conclude(_ segment: OutgoingQueue.Segment, of peer: PeerID) -> Bool
    /// See ``OutgoingQueue/setFlooded(_:)``. Nil if it never is.
    func setFlooded(_ isFlooded: Bool, of peer: PeerID) -> (taken: Int, isDue: Bool)?
    func startDraining(_ peer: PeerID)
    func outgoingCount(for peer: PeerID) -> Int
    /// How long the peer took to answer the last PING.
    func noteRoundTrip(_ time: Duration, of peer: PeerID)
    /// Counts messages of the peer that its connection has thrown away.
    func countDropped(_ count: Int, _ reason: DropReason, from peer: PeerID)
    /// Whether a task would read the peer's connection itself.
    func wantsReading(from peer: PeerID) -> Bool
    /// Tasks may read the connection from now on. False if none of them comes to do so by itself.
    func lendReading(_ source: any DirectSource, from peer: PeerID) -> Bool
}

/// What carries a pipe's octets, as the pipe sees it. Isolation: any thread, no pipe's lock held.
package protocol PipeTransport: AnyObject, Sendable {
    /// Take what waits and write it. Said once until nothing was found.
    func flush()
    /// The same, before this returns if that is possible.
    func write()
    /// There is room again for received messages.
    func resumeReading()
}

/// One end of a pipe: the socket and the number it knows the pipe by.
package struct PipeEnd: Sendable {
    package let owner: any PipeOwner
    package let peer: PeerID

    package init(owner: any PipeOwner, peer: PeerID) {
        self.owner = owner
        self.peer = peer
    }
}

/// Who must be told of a change in a queue, once its lock is released.
package enum PipeSignal: Sendable {
    case none
    case readable(PipeEnd)
    case writable(PipeEnd)
    case flush(any PipeTransport)
    case write(any PipeTransport)
    case resumeReading(any PipeTransport)
    /// See ``InboundQueue/settle()``.
    case settle(InboundQueue)

    package func deliver() {
        switch self {
        case .none: break
        case .readable(let end): end.owner.pipeIsReadable(end.peer)
        case .writable(let end): end.owner.pipeIsWritable(end.peer)
        case .flush(let transport): transport.flush()
        case .write(let transport): transport.write()
        case .resumeReading(let transport): transport.resumeReading()
        case .settle(let queue): queue.settle()
        }
    }
}

/// What became of a message that was offered to an inward queue.
package enum Admission: Sendable {
    case accepted(PipeSignal)
    /// No room; the writer will be told when there is.
    case full
    case closed
}
