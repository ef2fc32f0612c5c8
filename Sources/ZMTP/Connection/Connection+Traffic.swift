// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import struct NIOCore.ByteBuffer

extension Connection {
    /// While so much output waits, PING gets no PONG: who does not read gets no more to read.
    static let maxWaitingOutput = 4096

    /// Decodes what was fed until the queue holds `limit` messages, something else happens, or more octets are needed.
    ///
    /// Before the connection is ready it goes on with the handshake and reports that as events.
    ///
    /// - Throws: When the peer breaks a rule. The queue keeps what was decoded before.
    package mutating func receiveMessages(
        into queue: inout MessageQueue,
        limit: Int
    ) throws(ZMTPError) -> TrafficOutcome {
        guard case .ready = self.phase.stage else {
            return try self.nextEvent().map(TrafficOutcome.event) ?? .needsMoreBytes
        }
        if exchange(&self.owesSubscription, with: false) { return .event(.subscribed(ByteBuffer())) }
        do throws(ZMTPError) {
            while true {
                switch try self.decoder.decode(into: &queue, limit: limit) {
                case .needsMoreBytes:
                    if let failure = self.oldFrames?.failure { throw failure }
                    return .needsMoreBytes
                case .limitReached: return .limitReached
                case .command(let body):
                    guard self.version >= .v30 else { throw .commandForOldVersion }
                    if let event = try self.receive(Command(body: body)) { return .event(event) }
                }
            }
        } catch {
            throw self.fail(error)
        }
    }

    /// Gives out the beginning of a message that lacks much, in a buffer with room for the rest: read to its end and
    /// feed it again, so that nothing has to be copied together. Nil when there is no such message.
    package mutating func lendUnfinished(_ makeBuffer: (Int) -> ByteBuffer) -> ByteBuffer? {
        // What a 1.0 peer sends is not what is decoded.
        guard case .ready = self.phase.stage, self.oldFrames == nil else { return nil }
        return self.decoder.lendUnfinished(makeBuffer)
    }

    /// How many octets each of the messages that came last has, if that is many and the network carries them as they are
    /// decoded; otherwise 0.
    package var usualSize: Int {
        guard case .ready = self.phase.stage, self.oldFrames == nil else { return 0 }
        return self.decoder.usualSize
    }

    /// Nothing else lies in what was fed last than the beginning of a message, which may be lent again as it is.
    package var holdsOnlyUnfinished: Bool { self.decoder.holdsOnlyUnfinished }

    /// Something is to be done beside handing on messages: output waits, or the clock is to be looked at, or a message is
    /// so large that a buffer should be lent for it.
    package var needsCare: Bool { self.output.readableBytes > 0 || self.wantsTick || self.decoder.isLarge }

    /// The octets that tell the peer of subscriptions: commands, or messages if it speaks 3.0 or less (RFC 37, "The
    /// Publish-Subscribe Pattern").
    package func encode(_ subscriptions: [Subscription]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for subscription in subscriptions {
            subscription.write(asCommand: self.version >= .v31, into: &buffer)
        }
        return self.framed(buffer, nil).frames
    }

    /// A command between messages.
    private mutating func receive(_ command: Command) throws(ZMTPError) -> ConnectionEvent? {
        switch command {
        case .ping(let timeToLive, let context):
            self.heartbeat.pingCame(timeToLive: timeToLive)
            self.answerPing(context: context)
            return nil
        case .pong(let context):
            self.heartbeat.pongCame(context)
            return nil
        case .subscribe(let topic):
            return self.configuration.socketType.hasSubscribers ? .subscribed(topic) : nil
        case .cancel(let topic):
            return self.configuration.socketType.hasSubscribers ? .cancelled(topic) : nil
        case .error(let reason):
            throw .refused(reason)
        case .ready:
            throw ZMTPError(
                .unexpectedCommand,
                "traffic: READY came a second time (RFC 37, The NULL Security Mechanism)"
            )
        case .unknown:
            // RFC 37, "Commands": mechanisms and extensions have commands of their own; those unknown mean nothing.
            return nil
        }
    }

    /// RFC 37, "Connection Heartbeating": PONG echoes the context.
    private mutating func answerPing(context: ByteBuffer) {
        guard self.output.readableBytes < Self.maxWaitingOutput else { return }
        Command.pong(context: context).write(into: &self.output)
    }
}

extension SocketType {
    /// Whether subscriptions come to sockets of this type.
    var hasSubscribers: Bool { self == .pub || self == .xpub }
}
