// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

// The octets of ZMTP 3.1 (RFC 37), put together and taken apart by hand.

extension ScriptedPeer {
    /// A greeting of 64 octets.
    public static func greeting(
        major: UInt8 = 3,
        minor: UInt8 = 1,
        mechanism: String = "NULL",
        isServer: Bool = false
    ) -> [UInt8] {
        let name = mechanism.utf8.prefix(20)
        return [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, major, minor] + name
            + Array(repeating: 0, count: 20 - name.count) + [isServer ? 1 : 0] + Array(repeating: 0, count: 31)
    }

    /// A frame with a part of a message, or the header of one that is to follow.
    ///
    /// - Parameters:
    ///   - body: The octets behind the header.
    ///   - more: Whether other parts follow.
    ///   - announcing: The size to announce, if it shall not be that of the body.
    /// - Returns: The octets to send.
    public static func frame(_ body: [UInt8], more: Bool = false, announcing: Int? = nil) -> [UInt8] {
        Self.frame(body, flags: more ? 1 : 0, size: announcing ?? body.count)
    }

    /// A frame with a command.
    public static func command(_ name: String, _ body: [UInt8] = []) -> [UInt8] {
        let content = [UInt8(name.utf8.count)] + Array(name.utf8) + body
        return Self.frame(content, flags: 4, size: content.count)
    }

    private static func frame(_ body: [UInt8], flags: UInt8, size: Int) -> [UInt8] {
        guard size > 255 else { return [flags, UInt8(size)] + body }
        return [flags | 2] + (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) } + body
    }

    /// The command READY of the NULL mechanism.
    ///
    /// - Parameters:
    ///   - type: The name of a socket type, in capitals, or anything else.
    ///   - identity: The octets of the routing id; nil leaves the property out.
    /// - Returns: The octets to send.
    public static func ready(_ type: String, identity: [UInt8]? = nil) -> [UInt8] {
        let announced = Self.property("Socket-Type", Array(type.utf8))
        return Self.command("READY", announced + (identity.map { Self.property("Identity", $0) } ?? []))
    }

    private static func property(_ name: String, _ value: [UInt8]) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8)
            + (0..<4).map { UInt8(truncatingIfNeeded: value.count >> (24 - 8 * $0)) } + value
    }

    /// Goes through greeting and NULL handshake, as a socket of a certain type would.
    ///
    /// - Throws: ``Closed`` if the other side ends the connection.
    public func shakeHands(as type: SocketType, routingID: RoutingID? = nil) async throws {
        let announces = type == .req || type == .dealer || type == .router
        let identity = announces ? routingID.map { [UInt8]($0.part) } ?? [] : nil
        try await self.send(Self.greeting() + Self.ready(type.wireName, identity: identity))
        _ = try await self.receive(64)
        let answer = try await self.receiveFrame()
        guard answer.isCommand(named: "READY") else { throw UnexpectedFrame(frame: answer) }
    }

    /// A frame that came.
    public struct Frame: Sendable, Hashable {
        /// The first octet: MORE is 1, LONG is 2, COMMAND is 4.
        public var flags: UInt8
        /// The octets behind the header.
        public var body: [UInt8]

        /// Whether it is a command of this name.
        public func isCommand(named name: String) -> Bool {
            self.flags & 4 != 0 && self.body.starts(with: [UInt8(name.utf8.count)] + Array(name.utf8))
        }
    }

    /// Something else than READY came.
    public struct UnexpectedFrame: Error {
        /// What came.
        public let frame: Frame
    }

    /// Waits for a frame and takes it.
    ///
    /// - Throws: ``Closed`` if the connection ends before.
    public func receiveFrame() async throws -> Frame {
        let flags = try await self.receive(1)[0]
        let size = try await self.receive(flags & 2 == 0 ? 1 : 8).reduce(0) { $0 << 8 | Int($1) }
        return Frame(flags: flags, body: size == 0 ? [] : try await self.receive(size))
    }

    /// Sends a whole message.
    public func send(_ message: Message) async throws {
        let parts = message.enumerated()
        try await self.send(parts.flatMap { Self.frame([UInt8]($1), more: $0 < message.count - 1) })
    }

    /// Waits for a whole message and takes it; passes over commands.
    ///
    /// - Throws: ``Closed`` if the connection ends before.
    public func receiveMessage() async throws -> Message {
        var parts: [Message.Part] = []
        while true {
            let frame = try await self.receiveFrame()
            guard frame.flags & 4 == 0 else { continue }
            parts.append(Message.Part(frame.body))
            if frame.flags & 1 == 0 { return Message(parts: parts) }
        }
    }
}
