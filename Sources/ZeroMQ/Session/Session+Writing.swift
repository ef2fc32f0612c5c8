// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

// From the pipe to the network: one write at a time, by the loop or, where that is worth it, by who sends.

extension Session {
    /// How many segments are written before other connections of the loop get their turn.
    private static let segmentsPerTurn = 16

    /// Whether the kernel has all that was written.
    private func isIdle(_ context: ChannelHandlerContext) -> Bool { context.channel.isWritable && self.rest == nil }

    /// Sends what the protocol itself has to say, unless the peer does not read.
    func writeOutput(_ context: ChannelHandlerContext) {
        guard !self.isDrained, !self.isLending, self.isIdle(context), let output = self.connection.takeOutput() else {
            return
        }
        self.takeRest(context)
        context.writeAndFlush(self.wrapOutboundOut(output), promise: nil)
        if self.allowsDirectWriting == true, self.isIdle(context) { self.direct.unclaim() }
    }

    func continueWriting(_ context: ChannelHandlerContext) {
        guard self.isIdle(context), !self.isFlushing, !self.isOver else { return }
        self.finishWriting()
        if self.isLeaving { return self.close(.closedByPeer) }
        if self.allowsDirectWriting == true { self.direct.unclaim() }
        self.writeOutput(context)
        self.flushNow()
    }

    func startFlushing() {
        self.isFlushDue = true
        self.flushNow()
    }

    private func flushNow() {
        guard self.isFlushDue, !self.isFlushing, !self.isOver, !self.isLeaving, let context = self.context,
            let end = self.end
        else { return }
        self.isFlushing = true
        defer { self.isFlushing = false }
        if self.allowsDirectWriting == true, let rest = self.direct.takeRest() {
            self.write(rest, context)
            if self.isIdle(context) { self.finishWriting() }
        }
        for _ in 0..<Self.segmentsPerTurn {
            guard self.isIdle(context) else { return }
            switch end.owner.takeOutgoing(for: end.peer) {
            case .segment(let segment, let makesRoom):
                if segment.isFull { self.expectFlood() }
                self.write(segment, context)
                // Senders may fill the next segment while the kernel copies this one.
                if makesRoom { end.owner.pipeIsWritable(end.peer) }
                context.flush()
                if context.channel.isWritable { self.finishWriting() }
            case .nothing:
                self.isFlushDue = false
                return
            case .drained:
                self.isFlushDue = false
                self.closeOutput(context)
                return
            }
        }
        self.flush()
    }

    private func write(_ segment: OutgoingQueue.Segment, _ context: ChannelHandlerContext) {
        self.takeReadingBack()
        self.written = segment
        guard segment.subscriptions.isEmpty else {
            return context.write(self.wrapOutboundOut(self.connection.encode(segment.subscriptions)), promise: nil)
        }
        let (frames, payload) = self.connection.framed(segment.frames.buffer, segment.payload)
        if frames.readableBytes > 0 { context.write(self.wrapOutboundOut(frames), promise: nil) }
        if let payload { context.write(self.wrapOutboundOut(payload), promise: nil) }
    }

    /// Keeps senders from writing, and writes what one of them has left.
    func takeRest(_ context: ChannelHandlerContext) {
        if self.allowsDirectWriting == true, let rest = self.direct.claim() { self.write(rest, context) }
    }

    /// Writes what a sender has left. Says itself when that is done: of a single octet the channel says nothing.
    private func write(_ rest: DirectWriter.Rest, _ context: ChannelHandlerContext) {
        self.rest = rest.segment
        let promise = self.loop.makePromise(of: Void.self)
        // If it fails the channel closes.
        promise.futureResult.assumeIsolated().whenSuccess {
            self.recycle(self.rest.take())
            self.continueWriting(context)
        }
        context.write(self.wrapOutboundOut(rest.frames), promise: rest.payload == nil ? promise : nil)
        if let payload = rest.payload { context.write(self.wrapOutboundOut(payload), promise: promise) }
        context.flush()
    }

    /// Lets senders write, the first time one wants to.
    func allowDirectWriting() {
        guard self.allowsDirectWriting == nil, !self.isOver, let context = self.context, let end = self.end
        else { return }
        self.allowsDirectWriting = false
        // What senders encode must be what the peer is to read.
        guard !self.connection.reframes, self.directWriters.take() else { return }
        let channel = context.channel.pipeline.syncOperations
        // No descriptor, or none to spare: the loop goes on writing everything.
        if let original = try? channel.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self, { $0 }),
            let copy = SocketCopy(of: original)
        {
            self.direct.open(copy, for: end)
            self.socketCopy = copy
            self.allowsDirectWriting = true
        } else {
            self.directWriters.giveBack()
        }
    }

    /// The kernel has all that was written; the memory can be used again.
    private func finishWriting() {
        self.recycle(self.written.take())
    }

    private func recycle(_ segment: OutgoingQueue.Segment?) {
        if let segment, let end = self.end { end.owner.recycle(segment, of: end.peer) }
    }
}
