// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

/// One connection: the only handler in its channel, between octets and a pipe.
///
/// Feeds what arrives to a ``ZMTP/Connection``, moves decoded batches into the pipe, takes encoded segments out of it
/// and writes them, one at a time. Reads only while the pipe has room. Decides nothing about the protocol.
///
/// Isolation: its event loop, but for `flush`, `resumeReading`, `drain` and `abort`, which go there, and `write` and
/// `read`, which may do without.
final class Session: ChannelInboundHandler, PipeTransport, PeerLink, @unchecked Sendable {
    // @unchecked: all mutable state is touched on the event loop only; other threads reach it through `loop.execute`, and
    // `direct`, which has a lock of its own. While reading is lent, `connection` and `batch` are touched, and `pipe` is
    // read, under the lock of `reading` only: whatever the loop does with them begins with `takeReadingBack`, or is left
    // while `isLending` says so (`writeOutput`).
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How many buffers are filled before other connections of the loop get their turn.
    private static let readsPerTurn = 4
    /// How long a peer may take to close its side after this side has.
    private static let closingTime = TimeAmount.seconds(10)

    let loop: any EventLoop
    private let delegate: any SessionDelegate
    private let handshakeTimeout: Duration?
    let memory: ReceiveMemory
    private let allocator = ReceiveAllocator()
    let direct = DirectWriter()
    let directWriters: DirectWriterBudget

    var connection: Connection
    var context: ChannelHandlerContext?
    private(set) var pipe: Pipe?
    /// The socket's side of the pipe.
    private(set) var end: PipeEnd?
    /// The time that the socket was told last.
    var notedRoundTrip: Duration?
    var batch = MessageQueue()
    /// The one that runs: of the handshake, then of heartbeats, then of closing.
    var timer: Scheduled<Void>?
    /// When the heartbeat's timer fires.
    var nextTick: NIODeadline?
    /// How many octets waited for the system at the last tick.
    var unwritten = 0
    private var reason: DisconnectReason?

    private var hasBegun = false
    var isPaused = false
    /// The channel reads into a buffer that holds the beginning of a message.
    private var hasLent = false
    var isDrained = false
    /// The peer sends no more, and only what is being written still leaves.
    private(set) var isLeaving = false
    var isOver = false

    // What follows is `Session+Writing.swift`'s, and `Session+Flood.swift`'s.

    /// The right to flush is the loop's, until nothing is left to be.
    var isFlushDue = false
    var isFlushing = false
    /// Senders may write, or could not be let; nil before the first one wants to.
    var allowsDirectWriting: Bool?
    /// The second descriptor, as long as senders may write.
    var socketCopy: SocketCopy?
    /// Set while so much comes that it is worth looking how much.
    var flood: FloodGauge?
    /// What the channel writes from, until the kernel has all of it.
    var written: OutgoingQueue.Segment?
    /// The same, of what a sender has left.
    var rest: OutgoingQueue.Segment?

    // What follows is `Session+Reading.swift`'s.

    /// Set while tasks read what comes.
    let reading = Mutex(ReadingRight())
    /// The loop's own knowledge of that; a task that has given the right up has told it so.
    var isLending = false
    var isReadingWatched = false

    init(host: any SessionHost, delegate: any SessionDelegate) {
        self.loop = host.loop
        self.delegate = delegate
        self.handshakeTimeout = host.options.handshakeTimeout
        self.memory = host.memory
        self.directWriters = host.directWriters
        self.connection = Connection(host.connectionConfiguration)
    }

    /// The channel's addresses, for events.
    var addresses: (local: SocketAddress?, remote: SocketAddress?) {
        (self.context?.localAddress, self.context?.remoteAddress)
    }

    /// The name of the security mechanism.
    var mechanism: String { self.connection.mechanism }

    /// Whether messages can flow. Isolation: the event loop.
    var isReady: Bool { self.pipe != nil }

    // MARK: From any thread

    func flush() {
        self.loop.execute { self.startFlushing() }
    }

    func write() {
        if self.loop.inEventLoop {
            // For one write the channel takes several times what this does (benchmark rows latency on the loop).
            self.allowDirectWriting()
            if !self.direct.write() { self.startFlushing() }
            return
        }
        guard !self.direct.write() else { return }
        self.loop.execute {
            self.allowDirectWriting()
            self.startFlushing()
        }
    }

    func resumeReading() {
        self.loop.execute { self.resumeReadingNow() }
    }

    func drain() {
        self.loop.execute { self.drainNow() }
    }

    func abort() {
        self.loop.execute { self.close(.closedHere) }
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.allocator.session = self
        do {
            try context.channel.syncOptions?.setOption(.recvAllocator, value: self.allocator)
            // One read, then whatever else the loop has to do.
            try context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            // What is being written when the peer has closed its side shall get there: the peer counts it.
            try context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        } catch {
            self.close(DisconnectReason(error))
        }
        if context.channel.isActive { self.begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.begin(context)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        self.delegate.sessionDidConnect(self)
        if let limit = self.handshakeTimeout {
            self.timer = self.loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) { [weak self] in
                self?.close(.handshakeTimedOut)
            }
        }
        self.connection.start()
        self.writeOutput(context)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.takeReadingBack()
        var next: ByteBuffer? = self.unwrapInboundIn(data)
        guard !self.isOver else {
            self.hasLent = false
            return
        }
        // Already now, so that the rest is read even if the answer to this cannot be written.
        context.read()
        var reads = 1
        while let buffer = next.take() {
            let isFull = buffer.writableBytes == 0
            let isLarge = self.hasLent && buffer.readableBytes >= ReceiveMemory.copiedSize
            self.hasLent = false
            self.connection.receive(isLarge ? buffer : self.memory.hold(buffer))
            let readsOn = self.process(context, readingOn: isFull && reads < Self.readsPerTurn)
            // While a large message grows, nobody else may have its buffer, or all of it would be copied for each read.
            if isLarge, !self.connection.holdsOnlyUnfinished { self.memory.keep(buffer) }
            guard readsOn else { return self.lendReading(context) }
            next = self.readOn(context)
            reads += 1
        }
        if !self.isOver { _ = self.process(context, readingOn: false) }
    }

    /// Reads without the channel what the system has at once; nil if that is nothing.
    ///
    /// Where a read has filled its buffer more waits already. To read it now saves a turn of the loop, and waking the
    /// receiver for each buffer (benchmark rows PUSH/PULL on the loop, 128 B and 64 KiB).
    private func readOn(_ context: ChannelHandlerContext) -> ByteBuffer? {
        var buffer = self.nextBuffer()
        do {
            let count = try context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                of: NIOBSDSocket.Handle.self
            ) { try SocketReading.read($0, into: &buffer) }
            if count ?? 0 > 0 { return buffer }
        } catch {
            // What has come before goes first.
            _ = self.process(context, readingOn: false)
            self.close(DisconnectReason(error))
            return nil
        }
        // It belongs to who has lent it. Of the end the channel tells.
        if self.hasLent { self.connection.receive(buffer) } else { self.memory.keep(buffer) }
        self.hasLent = false
        return nil
    }

    /// Where the channel shall read to: behind the beginning of a large message, or somewhere.
    func nextBuffer() -> ByteBuffer {
        self.takeReadingBack()
        if self.hasLent {
            // A read was announced and brought nothing. The beginning of the message is gone with its buffer.
            self.close(.failed(ZeroMQError(.io, "the system announced octets that were not there")))
        }
        let unfinished = self.connection.lendUnfinished { self.memory.take($0) }
        self.hasLent = unfinished != nil
        return unfinished ?? self.memory.take(for: self.connection.usualSize)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.continueWriting(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { self.inputClosed(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.close(DisconnectReason(error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish(context)
    }

    // MARK: Receiving

    /// Handles what was read. Where `readingOn`, messages may wait for what is read next: then true, and that is to
    /// happen at once.
    func process(_ context: ChannelHandlerContext, readingOn: Bool) -> Bool {
        do throws(ZMTPError) {
            if self.pipe == nil { try self.shakeHands(context) }
            if let pipe = self.pipe {
                try self.decodeMessages()
                self.handOn(to: pipe, context)
                if readingOn, !self.isPaused, !self.isDrained { return true }
            }
            self.writeOutput(context)
            if self.connection.wantsTick { self.tick() }
        } catch {
            if let pipe = self.pipe, !self.batch.isEmpty { pipe.inbound.push(&self.batch).deliver() }
            // An ERROR command for the peer may be waiting, if the rules allow to tell it.
            self.writeOutput(context)
            self.countOversize(error)
            self.close(.protocolViolation(error))
        }
        return false
    }

    /// The message that broke a limit is lost.
    private func countOversize(_ error: ZMTPError) {
        switch error.code {
        case .frameTooLarge, .messageTooLarge, .tooManyParts: break
        default: return
        }
        if let end = self.end { end.owner.countDropped(1, .oversize, from: end.peer) }
    }

    private func shakeHands(_ context: ChannelHandlerContext) throws(ZMTPError) {
        while self.pipe == nil, !self.isOver, let event = try self.connection.nextEvent() {
            guard case .ready(let peer) = event else { continue }
            self.writeOutput(context)
            // Writing can tell that the peer has gone; nobody would ever end what began now.
            guard !self.isOver else { return }
            switch self.delegate.session(self, isReady: peer) {
            case .admitted(let end, let pipe):
                self.timer?.cancel()
                self.timer = nil
                self.pipe = pipe
                self.end = end
                pipe.inbound.setWriter(.transport(self))
                end.owner.attach(self, to: end.peer)
            case .refused(let why):
                self.close(.refused(why))
            }
        }
    }

    func decodeMessages() throws(ZMTPError) {
        while case .event(let event) = try self.connection.receiveMessages(into: &self.batch, limit: Int.max) {
            // Subscriptions take their place among the messages, whichever way the peer put them.
            switch event {
            case .subscribed(let topic):
                self.batch.append(Subscription(Message.Part(buffer: topic)).message)
            case .cancelled(let topic):
                self.batch.append(Subscription(Message.Part(buffer: topic), isCancellation: true).message)
            default: break
            }
        }
    }

    /// Hands on all messages that were read: they are in memory already. The mark decides whether to read more.
    private func handOn(to pipe: Pipe, _ context: ChannelHandlerContext) {
        // After the end of sending all is read, for the peer to come to its end too; but not kept without limit.
        if self.isDrained, pipe.inbound.room(atMost: 1) == 0 { return pipe.inbound.refuse(&self.batch) }
        if !self.batch.isEmpty { pipe.inbound.push(&self.batch).deliver() }
        self.isPaused = !self.isDrained && pipe.inbound.waitForRoom()
        if self.isPaused { self.pauseReading(context) }
    }

    /// Reads no more for now.
    ///
    /// The read that was asked for stays so, only that the channel no longer looks for octets: should writing fail, the
    /// channel closes by itself, and reads what the peer has said before only if that was asked for.
    func pauseReading(_ context: ChannelHandlerContext) {
        // They fail only if the channel is closed.
        try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    private func resumeReadingNow() {
        guard self.isPaused, !self.isOver, let context = self.context else { return }
        self.isPaused = false
        self.connection.excuseSilence()
        context.read()
    }

    // MARK: The end

    private func drainNow() {
        guard !self.isOver else { return }
        guard let end = self.end else { return self.close(.closedHere) }
        end.owner.startDraining(end.peer)
    }

    /// All is sent: says so to the peer, and closes once the peer has closed too, or does not within some seconds.
    ///
    /// Closing at once would reset the connection if the peer has sent something that nobody reads, and a peer that
    /// is reset may lose what it has not read yet (libzmq does, over ipc, when its queue is full).
    func closeOutput(_ context: ChannelHandlerContext) {
        guard !self.isDrained, !self.isLeaving else { return }
        self.takeReadingBack()
        self.isDrained = true
        self.reason = self.reason ?? .closedHere
        let promise = self.loop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenFailure { _ in self.close(.closedHere) }
        context.close(mode: .output, promise: promise)
        self.timer?.cancel()
        self.timer = self.loop.assumeIsolated().scheduleTask(in: Self.closingTime) { [weak self] in
            self?.close(.closedHere)
        }
        self.isPaused = false
        context.read()
    }

    /// The peer has closed its side. What is being written is finished first, if the peer takes it.
    private func inputClosed(_ context: ChannelHandlerContext) {
        guard !self.isOver, !self.isLeaving else { return }
        self.takeReadingBack()
        self.takeRest(context)
        guard self.written != nil || self.rest != nil, !self.isDrained else { return self.close(.closedByPeer) }
        self.isLeaving = true
        self.reason = self.reason ?? .closedByPeer
        self.timer?.cancel()
        self.timer = self.loop.assumeIsolated().scheduleTask(in: Self.closingTime) { [weak self] in
            self?.close(.closedByPeer)
        }
    }

    /// Closes the connection; the first reason counts.
    func close(_ reason: DisconnectReason) {
        guard !self.isOver else { return }
        self.takeReadingBack()
        if self.reason == nil { self.reason = reason }
        guard let context = self.context else { return }
        context.close(promise: nil)
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard !self.isOver else { return }
        self.timer?.cancel()
        self.isOver = true
        self.takeReadingBack()
        self.socketCopy = nil
        if self.allowsDirectWriting == true {
            _ = self.direct.close()
            self.directWriters.giveBack()
        }
        self.pipe?.inbound.setWriter(.none)
        if let end = self.end { end.owner.detach(from: end.peer) }
        self.delegate.session(
            self, didEnd: SessionEnd(reason: self.reason ?? .closedByPeer, wasReady: self.pipe != nil))
        self.written = nil
        self.rest = nil
        self.pipe = nil
        self.end = nil
        self.context = nil
    }
}
