// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore

/// Turns received octets, cut anywhere, into whole messages and commands (RFC 37, "Framing").
///
/// Duties: framing rules, limits on announced sizes, whole messages only, each as one slice of what was received.
/// Not its duty: what a command means.
///
/// `input` is the buffer being read, never written to. A message that ends in a later buffer is collected in `carry`,
/// which takes from the input just the octets that the message lacks, so that memory grows as octets arrive and never
/// by what a peer announces; or, if it lacks many, is lent out to be completed where it lies. A command between the frames of one message, which the grammar hardly allows and peers
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
    /// Where it began when it was appended.
    private var inputStart = 0
    private var carry = ByteBuffer()
    private var progress = Progress()
    /// How many octets the last frame in the input lacks, if the input ends within a message; otherwise 0. One, if it
    /// lacks its header.
    private var missing = 0
    /// The message ends with that frame.
    private var isLast = false
    /// How many octets each of the messages found last has, on average, if that is many; otherwise 0.
    package private(set) var usualSize = 0

    /// How far the message at the beginning of the carry or the input has been looked through.
    private struct Progress {
        var offset = 0
        var parts = 0
        var bodyBytes = 0
    }

    package init(limits: FrameLimits) {
        self.limits = limits
    }

    /// Whether octets wait that were not decoded.
    package var hasBufferedBytes: Bool { self.input.readableBytes > 0 || self.carry.readableBytes > 0 }

    package mutating func append(_ buffer: ByteBuffer) {
        if self.input.readableBytes > 0, self.missing > 0 { self.moveRestToCarry() }
        self.missing = 0
        if self.input.readableBytes == 0 {
            self.input = buffer
            self.inputStart = buffer.readerIndex
        } else {
            self.input.writeImmutableBuffer(buffer)
        }
    }

    /// Nothing else lies in what was appended last than the beginning of a message.
    package var holdsOnlyUnfinished: Bool { self.missing > 0 && self.input.readerIndex == self.inputStart }

    /// Less than this is copied together, if what has come is no more than that either.
    private static let smallestLent = 4096
    /// Messages of fewer octets are not worth caring where a read ends.
    private static let smallestUsual = 16_384
    /// How many times as much memory as octets have come a buffer is made.
    private static let growth = 16

    /// A message that has begun lacks much, or those that came last were large.
    package var isLarge: Bool { self.missing >= Self.smallestLent || self.usualSize > 0 }

    /// Gives out the beginning of a message that lacks much, in a buffer with room for the rest, to be appended again.
    package mutating func lendUnfinished(_ makeBuffer: (Int) -> ByteBuffer) -> ByteBuffer? {
        guard self.missing > 1, self.carry.readableBytes == 0 else { return nil }
        let received = self.input.readableBytes
        guard max(self.missing, received) >= Self.smallestLent else { return nil }
        let room = min(self.missing, Self.growth * received)
        self.missing = 0
        // Perhaps it lies in such a buffer already. What is behind the reader index is of no use to anybody.
        let fits = self.input.modifyIfUniquelyOwned { $0.writableBytes >= room }
        if fits == true { return exchange(&self.input, with: ByteBuffer()) }
        var buffer = makeBuffer(received + room)
        // Not beyond the end, where the next message begins, which would have to be moved in its turn.
        if self.isLast { buffer.limitRoom(to: received + room) }
        buffer.writeImmutableBuffer(self.input)
        self.input = ByteBuffer()
        return buffer
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
            case .incomplete(let missing, let isLast):
                self.missing = missing
                self.isLast = isLast
                return .needsMoreBytes
            case .limitReached:
                return .limitReached
            case .command(let header):
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
        case incomplete(missing: Int, isLast: Bool)
        case limitReached
        case command(FrameHeader)
        case failed(ZMTPError)
    }

    /// Looks for the ends of messages in the input, all of it in one go, and passes them on as one run: the hot loop
    /// of receiving (benchmark rows PUSH/PULL).
    private mutating func scan(into queue: inout MessageQueue, limit: Int) -> ScanResult {
        var progress = self.progress
        var start = 0
        var found = 0
        let room = limit - queue.count
        let result = unsafe self.input.withUnsafeReadableBytes { bytes in
            unsafe Self.scan(bytes, self.limits, self.maxCommandSize, room, &progress, start: &start, found: &found)
        }
        if found > 0, let run = self.input.readSlice(length: start) {
            queue.append(framesIn: run, count: found)
            self.usualSize = start >= Self.smallestUsual * found ? start / found : 0
        }
        self.progress = progress
        return result
    }

    private static func scan(
        _ bytes: UnsafeRawBufferPointer, _ limits: FrameLimits, _ maxCommandSize: Int, _ room: Int,
        _ progress: inout Progress, start: inout Int, found: inout Int
    ) -> ScanResult {
        guard let base = bytes.baseAddress else { return .incomplete(missing: 0, isLast: false) }
        let end = bytes.count
        let longestShort = limits.maxMessageSize == nil ? min(255, limits.maxFrameSize ?? 255) : -1
        let mostParts = limits.maxParts ?? FrameLimits.mostParts
        var place = start + progress.offset
        while true {
            // Frames with a short header first, which most are.
            while found < room, end - place >= FrameHeader.shortLength {
                let head = unsafe UInt16(littleEndian: (base + place).loadUnaligned(as: UInt16.self))
                let length = Int(head >> 8)
                guard head & 0xFE == 0, length <= longestShort, progress.parts < mostParts else { break }
                guard end - place >= FrameHeader.shortLength + length else { break }
                place += FrameHeader.shortLength + length
                guard head & 1 == 0 else {
                    progress.parts += 1
                    progress.bodyBytes += length
                    continue
                }
                found += 1
                start = place
                if progress.parts > 0 { progress = Progress() }
            }
            progress.offset = place - start
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[place..<end])
            let header: FrameHeader
            switch unsafe FrameHeader.parse(rest) {
            case .header(let parsed): header = parsed
            // A header is short: not worth lending anything.
            case .missing: return .incomplete(missing: end > start ? 1 : 0, isLast: false)
            case .invalid(let error): return .failed(error)
            }
            if header.isCommand {
                if header.bodyLength > maxCommandSize { return .failed(.commandTooLarge(header.bodyLength)) }
                return rest.count < header.frameLength
                    ? .incomplete(missing: header.frameLength - rest.count, isLast: true) : .command(header)
            }
            if progress.offset == 0, found >= room { return .limitReached }
            if let error = limits.check(header, parts: progress.parts, bodyBytes: progress.bodyBytes) {
                return .failed(error)
            }
            if rest.count < header.frameLength {
                return .incomplete(missing: header.frameLength - rest.count, isLast: !header.hasMore)
            }
            place += header.frameLength
            progress.parts += 1
            progress.bodyBytes += header.bodyLength
            if header.hasMore { continue }
            found += 1
            start = place
            progress = Progress()
        }
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
            queue.append(framesIn: self.carry, count: 1)
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

extension ByteBuffer {
    /// Leaves an empty buffer room for so many octets, at its end.
    package mutating func limitRoom(to count: Int) {
        let start = max(0, self.capacity - count)
        self.moveWriterIndex(to: start)
        self.moveReaderIndex(to: start)
    }
}

extension FrameLimits {
    /// As many as can be counted.
    static let mostParts = Int(Int32.max) - 1

    /// What is wrong with a message frame of this announced size, if anything.
    @inline(__always)
    func check(_ header: FrameHeader, parts: Int, bodyBytes: Int) -> ZMTPError? {
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
        if parts >= self.maxParts ?? Self.mostParts {
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
