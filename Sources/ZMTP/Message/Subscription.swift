// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import struct NIOCore.ByteBuffer

/// A wish for messages that begin with certain octets, or its end (RFC 29; RFC 37, "The Publish-Subscribe Pattern").
///
/// XPUB receives subscriptions as messages and XSUB sends them so: one part, an octet 1 for the wish and 0 for its end,
/// and the topic behind it. This type reads and makes such messages:
///
/// ```swift
/// if let subscription = Subscription(message), !subscription.isCancellation {
///     print("somebody wants \(String(subscription.topic))")
/// }
/// ```
///
/// Peers that speak ZMTP 3.1 are sent commands instead, which nobody sees.
public struct Subscription: Sendable, Hashable {
    /// What the first parts of messages must begin with; empty matches all.
    public var topic: Message.Part
    /// Whether the subscription ends.
    public var isCancellation: Bool

    /// A subscription to a topic, or the end of one.
    public init(_ topic: Message.Part, isCancellation: Bool = false) {
        self.topic = topic
        self.isCancellation = isCancellation
    }

    /// Reads a message as a subscription; `nil` if it is none: if it has several parts, or begins with another octet.
    public init?(_ message: Message) {
        guard !message.isMultipart else { return nil }
        self.init(part: Message.Part(bytes: message.bytes))
    }

    /// Reads one part of a message as a subscription.
    package init?(part: Message.Part) {
        guard let kind = part.first, kind <= 1 else { return nil }
        self.init(Message.Part(bytes: part.bytes.slice(at: 1, length: part.count - 1)), isCancellation: kind == 0)
    }

    /// The message that says so.
    public var message: Message { Message(Message.Part(buffer: self.buffer)) }

    private var buffer: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(1 + self.topic.count)
        self.write(into: &buffer)
        return buffer
    }

    /// Appends the body of the message: a kind and the topic.
    private func write(into buffer: inout ByteBuffer) {
        buffer.writeInteger(self.isCancellation ? 0 as UInt8 : 1)
        unsafe self.topic.withUnsafeBytes { _ = unsafe buffer.writeBytes($0) }
    }

    /// Appends the frame that tells a peer: a command in 3.1, a message before.
    package func write(asCommand: Bool, into buffer: inout ByteBuffer) {
        if asCommand {
            let command = self.isCancellation ? Command.cancel(self.topic.buffer) : .subscribe(self.topic.buffer)
            return command.write(into: &buffer)
        }
        let length = self.topic.count + 1
        if length <= UInt8.max {
            buffer.writeInteger(0 as UInt8)
            buffer.writeInteger(UInt8(length))
        } else {
            buffer.writeInteger(FrameHeader.long)
            buffer.writeInteger(UInt64(length))
        }
        self.write(into: &buffer)
    }
}

extension Subscription: CustomStringConvertible {
    /// What it is and the size of its topic, never the topic.
    public var description: String {
        "\(self.isCancellation ? "cancellation" : "subscription") of \(self.topic.count) octets"
    }
}
