// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore

/// Turns received octets, cut anywhere, into whole messages and commands (RFC 37, "Framing").
///
/// Duties: framing rules, limits on announced sizes, whole messages only, each as one slice of what was received.
/// Not its duty: what a command means.
///
/// `input` is the buffer being read, never written to. A message that ends in a later buffer is collected in `carry`,
/// which takes from the input just the octets that the message lacks, so that memory grows as octets arrive and never
/// by what a peer announces. A command between the frames of one message, which the grammar hardly allows and peers
/// may still send, is lifted out of the carry.
package struct MessageDecoder: ~Copyable {
    package enum Outcome {
        /// All that was received is decoded, but for the beginning of a message.
        case needsMoreBytes
        /// The queue holds as many messages as it may; with a limit of 0: a message comes next.
        case limitReached
        /// The body of one command frame; decoding goes on with another call.
        case command(ByteBuffer)
    }

    package var limits: FrameLimits
    /// The largest body of a command.
    package var maxCommandSize = 65_536

    private var input = ByteBuffer()
    private var carry = ByteBuffer()
    private var progress = Progress()

    /// How far the message at the beginning of the carry or the input has been looked through.
    private struct Progress {
        var offset = 0
        var parts: Int32 = 0
        var bodyBytes = 0
    }

    package init(limits: FrameLimits) {
        self.limits = limits
    }

    /// Whether octets wait that were not decoded.
    package var hasBufferedBytes: Bool { self.input.readableBytes > 0 || self.carry.readableBytes > 0 }

    package mutating func append(_ buffer: ByteBuffer) {
        if self.input.readableBytes == 0 {
            self.input = buffer
        } else {
            self.input.writeImmutableBuffer(buffer)
        }
    }

    /// Appends whole messages to the queue until it holds `limit` of them or a command or the end of the input is met.
    package mutating func decode(
        into queue: inout MessageQueue, limit: Int
    ) throws(ZMTPError) -> Outcome {
        while true {
            if self.carry.readableBytes > 0 {
                switch try self.completeCarry(into: &queue, limit: limit) {
                case .some(let outcome): return outcome
                case .none: continue
                }
            }
            switch self.scan(into: &queue, limit: limit) {
            case .incomplete(let consumed):
                self.input.moveReaderIndex(forwardBy: consumed)
                self.moveRestToCarry()
                return .needsMoreBytes
            case .limitReached(let consumed):
                self.input.moveReaderIndex(forwardBy: consumed)
                return .limitReached
            case .command(let consumed, let header):
                self.input.moveReaderIndex(forwardBy: consumed)
                guard self.progress.offset == 0 else {
                    self.moveMessageBeginningToCarry()
                    continue
                }
                self.input.moveReaderIndex(forwardBy: header.headerLength)
                return .command(self.input.readSlice(length: header.bodyLength) ?? ByteBuffer())
            case .failed(let error):
                throw error
            }
        }
    }

    // MARK: The input

    private enum ScanResult {
        case incomplete(consumed: Int)
        case limitReached(consumed: Int)
        case command(consumed: Int, FrameHeader)
        case failed(ZMTPError)
    }

    /// Decodes from the input, all of it in one go: the hot loop of receiving (benchmark rows PUSH/PULL tcp).
    private mutating func scan(into queue: inout MessageQueue, limit: Int) -> ScanResult {
        let input = self.input
        let limits = self.limits
        let maxCommandSize = self.maxCommandSize
        var progress = self.progress
        defer { self.progress = progress }
        return unsafe input.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return .incomplete(consumed: 0) }
            let end = bytes.count
            let longestInPlace = min(
                InlineBytes.capacity, limits.maxFrameSize ?? .max, limits.maxMessageSize ?? .max)
            var start = 0
            while true {
                // Short single-part messages first: two octets of header, a body that is stored in place.
                if progress.offset == 0 {
                    while queue.count < limit, end - start >= FrameHeader.shortLength + InlineBytes.capacity {
                        let head = unsafe UInt16(littleEndian: (base + start).loadUnaligned(as: UInt16.self))
                        let length = Int(head >> 8)
                        guard head & 0xFF == 0, length <= longestInPlace else { break }
                        let body = unsafe InlineBytes(wordsAt: base + (start + FrameHeader.shortLength), count: length)
                        queue.append(Message(bytes: .inline(body), partCount: 1))
                        start += FrameHeader.shortLength + length
                    }
                }
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[(start + progress.offset)..<end])
                let header: FrameHeader
                switch unsafe FrameHeader.parse(rest) {
                case .header(let parsed): header = parsed
                case .missing: return .incomplete(consumed: start)
                case .invalid(let error): return .failed(error)
                }
                if header.isCommand {
                    if header.bodyLength > maxCommandSize { return .failed(.commandTooLarge(header.bodyLength)) }
                    if rest.count < header.frameLength { return .incomplete(consumed: start) }
                    return .command(consumed: start, header)
                }
                if progress.offset == 0, queue.count >= limit { return .limitReached(consumed: start) }
                if let error = limits.check(header, parts: progress.parts, bodyBytes: progress.bodyBytes) {
                    return .failed(error)
                }
                if rest.count < header.frameLength { return .incomplete(consumed: start) }
                progress.offset += header.frameLength
                progress.parts += 1
                progress.bodyBytes += header.bodyLength
                if header.hasMore { continue }
                queue.append(
                    Self.message(in: input, at: input.readerIndex + start, progress: progress, last: header))
                start += progress.offset
                progress = Progress()
            }
        }
    }

    private static func message(
        in buffer: ByteBuffer, at index: Int, progress: Progress, last header: FrameHeader
    ) -> Message {
        let skipped = progress.parts == 1 ? header.headerLength : 0
        let slice = buffer.getSlice(at: index + skipped, length: progress.offset - skipped) ?? ByteBuffer()
        return Message(bytes: Bytes(slice), partCount: progress.parts)
    }

    // MARK: The carry

    private mutating func moveRestToCarry() {
        guard self.input.readableBytes > 0 else { return }
        // What was looked through stays looked through: offsets count from the message's beginning.
        self.carry.writeImmutableBuffer(self.input)
        self.input = ByteBuffer()
    }

    private mutating func moveMessageBeginningToCarry() {
        guard let beginning = self.input.readSlice(length: self.progress.offset) else { return }
        self.carry.writeImmutableBuffer(beginning)
    }

    /// Takes from the input what the message in the carry lacks. Nil when the carry was emptied.
    private mutating func completeCarry(
        into queue: inout MessageQueue, limit: Int
    ) throws(ZMTPError) -> Outcome? {
        while true {
            let parsed = unsafe self.carry.withUnsafeReadableBytes { bytes in
                unsafe FrameHeader.parse(UnsafeRawBufferPointer(rebasing: bytes[self.progress.offset...]))
            }
            let header: FrameHeader
            switch parsed {
            case .header(let complete): header = complete
            case .invalid(let error): throw error
            case .missing(let count):
                guard self.pull(count) else { return .needsMoreBytes }
                continue
            }
            if header.isCommand, header.bodyLength > self.maxCommandSize {
                throw .commandTooLarge(header.bodyLength)
            }
            if !header.isCommand {
                if self.progress.offset == 0, queue.count >= limit { return .limitReached }
                let error = self.limits.check(
                    header, parts: self.progress.parts, bodyBytes: self.progress.bodyBytes)
                if let error { throw error }
            }
            let missing = header.frameLength - (self.carry.readableBytes - self.progress.offset)
            if missing > 0 {
                guard self.pull(missing) else { return .needsMoreBytes }
                continue
            }
            if header.isCommand {
                return .command(self.liftCommand(header))
            }
            self.progress.offset += header.frameLength
            self.progress.parts += 1
            self.progress.bodyBytes += header.bodyLength
            if header.hasMore { continue }
            queue.append(
                Self.message(
                    in: self.carry, at: self.carry.readerIndex, progress: self.progress, last: header))
            self.progress = Progress()
            self.emptyCarry()
            return nil
        }
    }

    /// Moves up to `count` octets from the input to the carry; false if the input had fewer.
    private mutating func pull(_ count: Int) -> Bool {
        guard let piece = self.input.readSlice(length: min(count, self.input.readableBytes)) else { return false }
        self.carry.writeImmutableBuffer(piece)
        return piece.readableBytes == count
    }

    /// Takes a command out from behind the frames of an unfinished message; the carry ends with it.
    private mutating func liftCommand(_ header: FrameHeader) -> ByteBuffer {
        let start = self.carry.readerIndex + self.progress.offset
        let body = self.carry.getSlice(at: start + header.headerLength, length: header.bodyLength) ?? ByteBuffer()
        if self.progress.offset == 0 {
            self.emptyCarry()
        } else {
            self.carry.moveWriterIndex(to: start)
        }
        return body
    }

    /// Keeps the carry's memory only if it is small; `clear` allocates anew if a message still refers to it.
    private mutating func emptyCarry() {
        if self.carry.capacity > 4096 {
            self.carry = ByteBuffer()
        } else {
            self.carry.clear()
        }
    }
}

extension FrameLimits {
    /// What is wrong with a message frame of this announced size, if anything.
    @inline(__always)
    func check(_ header: FrameHeader, parts: Int32, bodyBytes: Int) -> ZMTPError? {
        if let limit = self.maxFrameSize, header.bodyLength > limit {
            return ZMTPError(
                .frameTooLarge,
                "part of a message: expected at most \(limit) octets, got \(header.bodyLength) (ZMQ_MAXMSGSIZE)")
        }
        if let limit = self.maxMessageSize {
            let (total, overflow) = bodyBytes.addingReportingOverflow(header.bodyLength)
            if overflow || total > limit {
                return ZMTPError(.messageTooLarge, "message: expected at most \(limit) octets in all parts")
            }
        }
        if parts >= self.maxParts ?? (Int(Int32.max) - 1) {
            return ZMTPError(.tooManyParts, "message: expected at most \(parts) parts")
        }
        return nil
    }
}

extension ZMTPError {
    static func commandTooLarge(_ size: Int) -> ZMTPError {
        ZMTPError(.frameTooLarge, "command: \(size) octets announced, more than this side accepts")
    }
}
