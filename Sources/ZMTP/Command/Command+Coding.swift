// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import struct NIOCore.ByteBuffer

extension Command {
    /// Reads the body of a command frame.
    ///
    /// Names count in capitals only, as every implementation sends them.
    package init(body: ByteBuffer) throws(ZMTPError) {
        var data = body
        let name = try Self.readName(from: &data)
        switch name {
        case "READY": self = .ready(try PeerProperties(decoding: data))
        case "ERROR": self = .error(reason: try Self.readReason(from: data))
        case "PING": self = try Self.readPing(from: data)
        case "PONG": self = .pong(context: Self.context(data))
        case "SUBSCRIBE": self = .subscribe(data)
        case "CANCEL": self = .cancel(data)
        default: self = .unknown(name: name)
        }
    }

    /// The name in front: a length from 1 to 255 and letters. No separator follows, whatever RFC 37's prose says.
    private static func readName(from data: inout ByteBuffer) throws(ZMTPError) -> String {
        guard let length = data.readInteger(as: UInt8.self), length > 0 else {
            throw ZMTPError(
                .malformedCommand,
                "command name: expected 1 to 255 letters, got none (RFC 37, Formal Grammar)"
            )
        }
        guard let octets = data.readBytes(length: Int(length)) else {
            throw ZMTPError(
                .malformedCommand,
                "command name: expected \(length) letters, got \(data.readableBytes) octets (RFC 37, Formal Grammar)"
            )
        }
        guard octets.allSatisfy(\.isASCIILetter) else {
            throw ZMTPError(
                .malformedCommand,
                "command name: expected letters only, got other octets (RFC 37, Formal Grammar)"
            )
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// The reason of ERROR: its length and so many octets. What follows is let pass, as libzmq does.
    private static func readReason(from data: ByteBuffer) throws(ZMTPError) -> String {
        var data = data
        guard let length = data.readInteger(as: UInt8.self), let reason = data.readBytes(length: Int(length)) else {
            throw ZMTPError(
                .malformedCommand,
                "ERROR: expected a length and as many octets of reason (RFC 37, The NULL Security Mechanism)"
            )
        }
        return printable(reason)
    }

    private static func readPing(from data: ByteBuffer) throws(ZMTPError) -> Command {
        var data = data
        guard let timeToLive = data.readInteger(as: UInt16.self) else {
            throw ZMTPError(
                .malformedCommand,
                "PING: expected 2 octets of time to live, got \(data.readableBytes) (RFC 37, Connection Heartbeating)"
            )
        }
        return .ping(timeToLive: timeToLive, context: Self.context(data))
    }

    /// Too long a context is cut, as libzmq does, rather than fatal.
    private static func context(_ data: ByteBuffer) -> ByteBuffer {
        data.getSlice(at: data.readerIndex, length: min(data.readableBytes, Self.maxContextLength)) ?? ByteBuffer()
    }

    /// Writes the command as one frame, in the shortest form (RFC 37, "Formal Grammar": command).
    package func write(into buffer: inout ByteBuffer) {
        var body = ByteBuffer()
        body.writeInteger(UInt8(truncatingIfNeeded: self.name.utf8.count))
        body.writeString(self.name)
        self.writeData(into: &body)
        if body.readableBytes <= 255 {
            buffer.writeInteger(FrameHeader.command)
            buffer.writeInteger(UInt8(body.readableBytes))
        } else {
            buffer.writeInteger(FrameHeader.command | FrameHeader.long)
            buffer.writeInteger(UInt64(body.readableBytes))
        }
        buffer.writeBuffer(&body)
    }

    private func writeData(into body: inout ByteBuffer) {
        switch self {
        case .ready(let properties):
            properties.write(into: &body)
        case .error(let reason):
            let octets = reason.utf8.prefix(255)
            body.writeInteger(UInt8(octets.count))
            body.writeBytes(octets)
        case .ping(let timeToLive, let context):
            body.writeInteger(timeToLive)
            body.writeImmutableBuffer(context)
        case .pong(let octets), .subscribe(let octets), .cancel(let octets):
            body.writeImmutableBuffer(octets)
        case .unknown:
            break
        }
    }
}

extension UInt8 {
    /// ALPHA of the grammar.
    var isASCIILetter: Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
    }
}
