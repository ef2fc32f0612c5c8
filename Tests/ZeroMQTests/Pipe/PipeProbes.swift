// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP
import ZeroMQ

/// Whom a queue wants told, for comparison.
enum Told: Equatable {
    case nobody
    case readable(Int)
    case writable(Int)
    case flush(String)
    case write(String)
    case resumeReading(String)
    case settle
}

extension PipeSignal {
    var told: Told {
        switch self {
        case .none: .nobody
        case .readable(let end): .readable(end.peer.index)
        case .writable(let end): .writable(end.peer.index)
        case .flush(let transport): .flush((transport as? TransportProbe)?.name ?? "?")
        case .write(let transport): .write((transport as? TransportProbe)?.name ?? "?")
        case .resumeReading(let transport): .resumeReading((transport as? TransportProbe)?.name ?? "?")
        case .settle: .settle
        }
    }
}

/// What became of an offer, for comparison.
enum Offered: Equatable {
    case accepted(Told)
    case full
    case closed
}

extension Admission {
    var outcome: Offered {
        switch self {
        case .accepted(let signal): .accepted(signal.told)
        case .full: .full
        case .closed: .closed
        }
    }
}

/// A socket that has nothing to send over a connection.
protocol ConnectionlessOwner: PipeOwner {}

extension ConnectionlessOwner {
    func attach(_ transport: any PipeTransport, to peer: PeerID) {}
    func detach(from peer: PeerID) {}
    func takeOutgoing(for peer: PeerID) -> OutgoingQueue.Taken { .nothing }
    func recycle(_ segment: OutgoingQueue.Segment, of peer: PeerID) {}
    func conclude(_ segment: OutgoingQueue.Segment, of peer: PeerID) -> Bool { false }
    func setFlooded(_ isFlooded: Bool, of peer: PeerID) -> (taken: Int, isDue: Bool)? { nil }
    func startDraining(_ peer: PeerID) {}
    func outgoingCount(for peer: PeerID) -> Int { 0 }
    func noteRoundTrip(_ time: Duration, of peer: PeerID) {}
    func countDropped(_ count: Int, _ reason: DropReason, from peer: PeerID) {}
    func wantsReading(from peer: PeerID) -> Bool { false }
    func lendReading(_ source: any DirectSource, from peer: PeerID) -> Bool { false }
}

/// A socket that writes down what it is told.
final class OwnerProbe: ConnectionlessOwner {
    private let log = Mutex<[Told]>([])

    var heard: [Told] { self.log.withLock { $0 } }

    func pipeIsReadable(_ peer: PeerID) { self.log.withLock { $0.append(.readable(peer.index)) } }
    func pipeIsWritable(_ peer: PeerID) { self.log.withLock { $0.append(.writable(peer.index)) } }

    func settle() { self.log.withLock { $0.append(.settle) } }

    /// The end of a pipe that this socket knows by a number.
    func end(_ index: Int) -> PipeEnd { PipeEnd(owner: self, peer: PeerID(index: index, generation: 0)) }
}

/// A connection that writes down what it is told.
final class TransportProbe: PipeTransport {
    let name: String
    private let log = Mutex<[Told]>([])

    init(_ name: String = "connection") {
        self.name = name
    }

    var heard: [Told] { self.log.withLock { $0 } }

    func flush() { self.log.withLock { $0.append(.flush(self.name)) } }
    func write() { self.log.withLock { $0.append(.write(self.name)) } }
    func resumeReading() { self.log.withLock { $0.append(.resumeReading(self.name)) } }
}

extension MessageQueue {
    init(_ messages: [Message]) {
        self.init()
        for message in messages { self.append(message) }
    }

    mutating func takeAll() -> [Message] {
        var all: [Message] = []
        while let message = self.popFirst() { all.append(message) }
        return all
    }
}

extension InboundQueue {
    /// Adds a batch; who is told.
    func push(_ messages: Message...) -> Told {
        self.push(messages)
    }

    func push(_ messages: [Message]) -> Told {
        var batch = MessageQueue(messages)
        return self.push(&batch).told
    }

    /// A refill of a reader that has nothing left.
    func read(consumed: Int = 0) -> (messages: [Message], told: Told, hasEnded: Bool) {
        var local = MessageQueue()
        let refill = self.refill(&local, consumed: consumed)
        return (local.takeAll(), refill.signal.told, refill.hasEnded)
    }
}

/// What one `take` gave out, for comparison.
enum Took: Equatable {
    case segment(octets: [UInt8], messages: Int, makesRoom: Bool)
    case nothing
    case drained
}

extension OutgoingQueue {
    /// One that has a connection, and memory.
    static func connected(limit: Int? = nil) -> OutgoingQueue {
        var queue = OutgoingQueue(limit: limit)
        _ = queue.attach()
        // The first messages make the queue grow, and what it takes turns with.
        for _ in 0..<3 {
            _ = queue.offer(Message(Message.Part(size: 10_000)))
            _ = queue.takeAndRecycle()
            _ = queue.takeAndRecycle()
        }
        return queue
    }

    mutating func offer(_ message: Message) -> Admission {
        self.offer(message, behind: nil)
    }

    /// Takes the next segment, reads it and gives it back.
    mutating func takeAndRecycle() -> Took {
        switch self.take() {
        case .segment(let segment, let makesRoom):
            let took = Took.segment(octets: segment.octets, messages: segment.messages, makesRoom: makesRoom)
            self.recycle(segment)
            return took
        case .nothing: return .nothing
        case .drained: return .drained
        }
    }

    /// Takes all segments.
    mutating func takeSegments() -> [Segment] {
        var segments: [Segment] = []
        while case .segment(let segment, _) = self.take() { segments.append(segment) }
        return segments
    }
}

extension OutgoingQueue.Segment {
    var frameOctets: [UInt8] { unsafe self.frames.withUnsafeBytes { unsafe Array($0) } }

    /// All that is to be written, the payload included.
    var octets: [UInt8] { self.frameOctets + (self.payload.map { Array($0.readableBytesView) } ?? []) }
}

extension ByteBuffer {
    /// Where the readable octets are.
    var address: UInt? {
        unsafe self.withUnsafeReadableBytes { unsafe $0.baseAddress.map { UInt(bitPattern: $0) } }
    }
}

extension Message {
    /// Where the octets of a large message are.
    var address: UInt? {
        if case .shared(let buffer) = self.bytes { buffer.trimmed.address } else { nil }
    }
}

/// The octets of messages on the wire (RFC 37, "Framing").
func wire(_ messages: [Message]) -> [UInt8] {
    messages.flatMap { message in
        message.enumerated().flatMap { index, part -> [UInt8] in
            let more: UInt8 = index < message.count - 1 ? 1 : 0
            let body = unsafe part.withUnsafeBytes { unsafe Array($0) }
            if part.count <= 255 { return [more, UInt8(part.count)] + body }
            return [more | 2] + (0..<8).map { UInt8(truncatingIfNeeded: part.count >> (56 - 8 * $0)) } + body
        }
    }
}

func wire(_ messages: Message...) -> [UInt8] { wire(messages) }

/// Octets that differ from place to place.
func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
