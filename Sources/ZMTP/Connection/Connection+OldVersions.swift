// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import struct NIOCore.ByteBuffer

// Peers that speak ZMTP 2.0 (RFC 15) or 1.0 (RFC 13), where the configuration lets them in. They have no mechanism, no
// metadata, no commands, so no heartbeats; subscriptions are messages. Frames of 2.0 equal those of 3.x, those of 1.0 are
// turned into them and back.

extension Connection {
    /// RFC 37, "Detecting ZMTP 1.0 and 2.0 Peers": a 1.0 peer takes our signature for the header of our identity.
    mutating func readSignature() throws(ZMTPError) -> ConnectionEvent? {
        guard let isUnversioned = Introduction.isUnversioned(self.inbound) else {
            self.phase = .signature
            return nil
        }
        guard isUnversioned else {
            self.ourGreeting.writeMajor(into: &self.output)
            return try self.readOpening()
        }
        self.version = .v10
        self.output.writeBytes(self.configuration.announcedIdentity ?? [])
        return try self.readIntroduction()
    }

    /// The peer has named an older version behind its signature.
    mutating func stepDown(to version: ProtocolVersion) throws(ZMTPError) -> ConnectionEvent? {
        self.version = version
        self.inbound.moveReaderIndex(forwardBy: Greeting.openingLength)
        let identity = self.configuration.announcedIdentity ?? []
        if version >= .v20 {
            Introduction.writeSecond(self.configuration.socketType, identity, into: &self.output)
        } else {
            var frame = ByteBuffer()
            FrameHeader.write(into: &frame, flags: 0, bodyLength: identity.count)
            frame.writeBytes(identity)
            self.output.writeImmutableBuffer(OldFrameWriter.translate(frame).frames)
        }
        return try self.readIntroduction()
    }

    mutating func readIntroduction() throws(ZMTPError) -> ConnectionEvent? {
        let introduction =
            self.version >= .v20
            ? try Introduction.readSecond(from: &self.inbound) : try Introduction.readFirst(from: &self.inbound)
        guard let introduction else {
            self.phase = .introduction
            return nil
        }
        let peer = try self.check(Self.properties(of: introduction))
        let rest = exchange(&self.inbound, with: ByteBuffer())
        if self.version >= .v20 {
            self.decoder.append(rest)
        } else {
            var frames = OldFrameReader()
            self.decoder.append(frames.translate(rest))
            self.oldFrames = frames
            // Subscribers of that age may not send what they want, but filter what they get (libzmq does this too).
            self.owesSubscription = self.configuration.socketType.hasSubscribers
        }
        return self.becomeReady(peer)
    }

    /// What READY would have said.
    private static func properties(of introduction: Introduction) throws(ZMTPError) -> PeerProperties {
        var properties = PeerProperties()
        if let type = introduction.socketType {
            try properties.add(ConnectionConfiguration.socketTypeName, type.wireName)
        }
        try properties.add(ConnectionConfiguration.identityName, introduction.identity)
        return properties
    }

    /// Whether messages that leave must go through ``framed(_:_:)``: they are encoded as 3.x and 2.0 want them.
    package var reframes: Bool { self.version < .v20 }

    /// Canonical frames, and what follows them in a buffer of its own, as the peer's version wants them.
    package func framed(_ frames: ByteBuffer, _ payload: ByteBuffer?) -> (frames: ByteBuffer, payload: ByteBuffer?) {
        guard self.reframes else { return (frames, payload) }
        let (translated, lacksBody) = OldFrameWriter.translate(frames)
        guard let payload, !lacksBody else { return (translated, payload) }
        return (translated, OldFrameWriter.translate(payload).frames)
    }
}

extension ZMTPError {
    static var commandForOldVersion: ZMTPError {
        ZMTPError(.malformedFrame, "frame flags: expected bits 2 to 7 to be zero (RFC 15, Framing)")
    }
}
