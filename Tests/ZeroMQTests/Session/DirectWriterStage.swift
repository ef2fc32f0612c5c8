// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import NIOCore
import Synchronization
import ZMTP
import ZeroMQ

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A socket with one peer and nothing but a queue for it.
final class QueueOwner: PipeOwner {
    private struct State: ~Copyable {
        var queue = OutgoingQueue(limit: nil)
        var whenTaken: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init() {
        var state = State()
        _ = state.queue.attach()
        self.state = Mutex(state)
    }

    var end: PipeEnd { PipeEnd(owner: self, peer: PeerID(index: 0, generation: 0)) }
    var waiting: Int { self.state.withLock { $0.queue.count } }

    /// True if a flush is due.
    func offer(_ message: Message) -> Bool {
        self.state.withLock { $0.queue.offer(message) == .acceptedFlushDue }
    }

    func drain() -> Bool { self.state.withLock { $0.queue.startDraining() } }

    /// Has something happen between the taking of the next segment and what follows.
    func whenTaken(_ action: @escaping @Sendable () -> Void) { self.state.withLock { $0.whenTaken = action } }

    func takeOutgoing(for peer: PeerID) -> OutgoingQueue.Taken {
        let taken = self.state.withLock { $0.queue.take() }
        let action = self.state.withLock { state in
            defer { state.whenTaken = nil }
            return state.whenTaken
        }
        action?()
        return taken
    }

    func recycle(_ segment: OutgoingQueue.Segment, of peer: PeerID) {
        self.state.withLock { $0.queue.recycle(segment) }
    }

    func conclude(_ segment: OutgoingQueue.Segment, of peer: PeerID) -> Bool {
        self.state.withLock { $0.queue.conclude(segment) }
    }

    func pipeIsReadable(_ peer: PeerID) {}
    func pipeIsWritable(_ peer: PeerID) {}
    func settle() { self.state.withLock { _ in } }
    func attach(_ transport: any PipeTransport, to peer: PeerID) {}
    func detach(from peer: PeerID) {}
    func setFlooded(_ isFlooded: Bool, of peer: PeerID) -> (taken: Int, isDue: Bool)? { nil }
    func startDraining(_ peer: PeerID) {}
    func noteRoundTrip(_ time: Duration, of peer: PeerID) {}
    func countDropped(_ count: Int, _ reason: DropReason, from peer: PeerID) {}
    func wantsReading(from peer: PeerID) -> Bool { false }
    func lendReading(_ source: any DirectSource, from peer: PeerID) -> Bool { false }
    func outgoingCount(for peer: PeerID) -> Int { self.waiting }
}

/// A writer that expectations can be had of, which copy what they are about.
final class WriterProbe: Sendable {
    private let writer = DirectWriter()

    func open(_ socket: SocketCopy, for end: PipeEnd) { self.writer.open(socket, for: end) }
    func write() -> Bool { self.writer.write() }
    func claim() -> DirectWriter.Rest? { self.writer.claim() }
    func unclaim() { self.writer.unclaim() }
    func takeRest() -> DirectWriter.Rest? { self.writer.takeRest() }
    func close() -> DirectWriter.Rest? { self.writer.close() }
}

extension DirectWriter.Rest {
    var octets: [UInt8] {
        Array(self.frames.readableBytesView) + (self.payload.map { Array($0.readableBytesView) } ?? [])
    }
}

/// What an event loop does beside the senders, on whichever thread, one at a time; it writes until all is written.
final class LoopStandIn: Sendable {
    let writer = WriterProbe()
    private let sockets: SocketPair
    private let queue: QueueOwner
    private let turn = Mutex<Void>(())

    init(_ sockets: SocketPair, _ queue: QueueOwner) {
        self.sockets = sockets
        self.queue = queue
    }

    /// Writes all that waits.
    func flush() {
        self.turn.withLock { _ in
            if let rest = self.writer.takeRest() { self.sockets.write(rest.octets) }
            while case .segment(let segment, _) = self.queue.takeOutgoing(for: self.queue.end.peer) {
                self.sockets.write(segment.octets)
                self.queue.recycle(segment, of: self.queue.end.peer)
            }
        }
    }

    /// Writes something of the loop's own.
    func say(_ message: Message) {
        self.turn.withLock { _ in
            if let rest = self.writer.claim() { self.sockets.write(rest.octets) }
            self.sockets.write(wire(message))
            self.writer.unclaim()
        }
    }
}

/// Two connected sockets: one to write to, as a channel would, and one to read from.
final class SocketPair: Sendable {
    private let writing: Mutex<CInt>
    private let reading: Mutex<CInt>

    /// - Parameter buffer: How many octets the system shall hold, roughly.
    /// - Throws: What the system says.
    init(buffer: Int? = nil) throws {
        var descriptors: [CInt] = [-1, -1]
        #if canImport(Glibc)
        let type = CInt(SOCK_STREAM.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        guard unsafe socketpair(AF_UNIX, type, 0, &descriptors) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        if let buffer {
            var size = CInt(buffer)
            _ = unsafe setsockopt(
                descriptors[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        }
        self.writing = Mutex(descriptors[0])
        self.reading = Mutex(descriptors[1])
    }

    deinit {
        self.closeWriter()
        self.closeReader()
    }

    func copy() throws -> SocketCopy {
        let original = self.writing.withLock { $0 }
        guard let copy = SocketCopy(of: original) else { throw IOError(errnoCode: errno, reason: "dup") }
        return copy
    }

    func closeWriter() { Self.close(self.writing) }
    func closeReader() { Self.close(self.reading) }

    private static func close(_ descriptor: borrowing Mutex<CInt>) {
        descriptor.withLock { descriptor in
            #if canImport(Darwin)
            if descriptor >= 0 { _ = Darwin.close(descriptor) }
            #elseif canImport(Glibc)
            if descriptor >= 0 { _ = Glibc.close(descriptor) }
            #elseif canImport(Musl)
            if descriptor >= 0 { _ = Musl.close(descriptor) }
            #endif
            descriptor = -1
        }
    }

    /// Writes all octets, however long that takes.
    func write(_ octets: [UInt8]) {
        let descriptor = self.writing.withLock { $0 }
        var rest = octets[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 { rest = rest.dropFirst(count) } else { Self.wait(for: descriptor, CInt(POLLOUT)) }
        }
    }

    /// The octets that are there.
    func read() -> [UInt8] {
        let descriptor = self.reading.withLock { $0 }
        var heard: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return heard }
            heard += piece.prefix(count)
        }
    }

    /// Whether nothing will ever come.
    var isAtEnd: Bool {
        var octet: UInt8 = 0
        let descriptor = self.reading.withLock { $0 }
        return unsafe recv(descriptor, &octet, 1, 0) == 0
    }

    private static func wait(for descriptor: CInt, _ events: CInt) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        _ = unsafe poll(&entry, 1, -1)
    }

    /// Reads until so many messages are there. On a thread of its own: the tests' may not be kept waiting.
    func readMessages(_ count: Int) async throws -> [Message] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try self.readMessagesBlocking(count) }) }
        }
    }

    private func readMessagesBlocking(_ count: Int) throws -> [Message] {
        let descriptor = self.reading.withLock { $0 }
        var decoder = MessageDecoder(limits: FrameLimits())
        var queue = MessageQueue()
        while queue.count < count {
            Self.wait(for: descriptor, CInt(POLLIN))
            decoder.append(ByteBuffer(bytes: self.read()))
            _ = try decoder.decode(into: &queue, limit: Int.max)
        }
        return queue.takeAll()
    }
}
