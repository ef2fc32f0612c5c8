// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A socket, as its pipes see it. Isolation: any thread, no pipe's lock held.
protocol PipeOwner: AnyObject, Sendable {
    /// Messages wait where there were none, or the pipe has ended.
    func pipeIsReadable(_ peer: PeerID)
    /// There is room again for who was refused it.
    func pipeIsWritable(_ peer: PeerID)
}

/// What carries a pipe's octets, as the pipe sees it. Isolation: any thread, no pipe's lock held.
protocol PipeTransport: AnyObject, Sendable {
    /// Take what waits and write it.
    func flush()
    /// There is room again for received messages.
    func resumeReading()
}

/// One end of a pipe: the socket and the number it knows the pipe by.
struct PipeEnd: Sendable {
    let owner: any PipeOwner
    let peer: PeerID
}

/// Who must be told of a change in a queue, once its lock is released.
enum PipeSignal: Sendable {
    case none
    case readable(PipeEnd)
    case writable(PipeEnd)
    case flush(any PipeTransport)
    case resumeReading(any PipeTransport)

    func deliver() {
        switch self {
        case .none: break
        case .readable(let end): end.owner.pipeIsReadable(end.peer)
        case .writable(let end): end.owner.pipeIsWritable(end.peer)
        case .flush(let transport): transport.flush()
        case .resumeReading(let transport): transport.resumeReading()
        }
    }
}

/// What became of a message that was offered to a queue.
enum Admission: Sendable {
    case accepted(PipeSignal)
    /// No room; the writer will be told when there is.
    case full
    case closed
}
