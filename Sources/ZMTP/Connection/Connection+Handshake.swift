// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import struct NIOCore.ByteBuffer

extension Connection {
    /// Goes one step from the first octet to ready.
    ///
    /// - Returns: What happened, or `nil` when more octets are needed or the connection is ready already.
    /// - Throws: When the peer breaks a rule or does not fit. Send what ``takeOutput()`` gives, then close.
    public mutating func nextEvent() throws(ZMTPError) -> ConnectionEvent? {
        if case .failed(let error) = self.phase.stage { throw error }
        do throws(ZMTPError) {
            return try self.step(exchange(&self.phase, with: .idle))
        } catch {
            // RFC 37, "The Socket-Type Property": SHOULD return ERROR, then disconnect.
            // Older versions have no commands.
            if self.version >= .v30, let reason = Self.reason(toTellOf: error.code) {
                Command.error(reason: reason).write(into: &self.output)
            }
            throw self.fail(error)
        }
    }

    /// Every path out of a phase sets the next one or throws.
    private mutating func step(_ phase: consuming Phase) throws(ZMTPError) -> ConnectionEvent? {
        switch consume phase {
        case .idle:
            return nil
        case .signature:
            return try self.readSignature()
        case .opening:
            return try self.readOpening()
        case .introduction:
            return try self.readIntroduction()
        case .greeting:
            return try self.readGreeting()
        case .handshake(let handshake):
            return try self.readHandshake(handshake)
        case .ready:
            self.phase = .ready
            return nil
        case .failed(let error):
            throw error
        }
    }

    // MARK: Greeting

    var ourGreeting: Greeting {
        let mechanism = self.configuration.mechanism
        return Greeting(version: .v31, mechanism: mechanism.name, isServer: mechanism.isServer)
    }

    /// RFC 37, "Detecting ZMTP 2.0 Peers": the rest of our greeting waits for the peer's major version.
    mutating func readOpening() throws(ZMTPError) -> ConnectionEvent? {
        guard try Greeting.checkOpening(self.inbound, oldest: self.configuration.oldestAccepted) else {
            self.phase = .opening
            return nil
        }
        if let major = self.inbound.getInteger(at: self.inbound.readerIndex + Greeting.signatureLength, as: UInt8.self),
            major < 3
        {
            return try self.stepDown(to: Greeting.version(ofMajor: major))
        }
        self.ourGreeting.writeRest(into: &self.output)
        return try self.readGreeting()
    }

    private mutating func readGreeting() throws(ZMTPError) -> ConnectionEvent? {
        guard let greeting = try Greeting(reading: &self.inbound) else {
            self.phase = .greeting
            return nil
        }
        let mechanism = self.configuration.mechanism.name
        // RFC 37, "Authentication and Confidentiality": no exact match, no connection.
        guard greeting.mechanism == mechanism else {
            throw ZMTPError(
                .mechanismMismatch,
                "mechanism: expected \(mechanism), got \"\(greeting.mechanism)\" "
                    + "(RFC 37, Authentication and Confidentiality)"
            )
        }
        self.version = ProtocolVersion.v31.negotiated(with: greeting.version)
        guard self.version >= self.configuration.oldestAccepted else {
            throw ZMTPError(
                .unsupportedVersion,
                "version: expected \(self.configuration.oldestAccepted) or more, got \(greeting.version) "
                    + "(RFC 37, Version Negotiation)"
            )
        }
        try self.startHandshake()
        return .greeted(greeting)
    }

    private mutating func startHandshake() throws(ZMTPError) {
        let properties = try self.configuration.announcedProperties()
        var handshake = SecurityHandshake(self.configuration.mechanism, properties: properties)
        handshake.start()?.write(into: &self.output)
        self.decoder.append(exchange(&self.inbound, with: ByteBuffer()))
        self.phase = .handshake(handshake)
    }

    // MARK: Mechanism

    private mutating func readHandshake(
        _ handshake: consuming SecurityHandshake
    ) throws(ZMTPError) -> ConnectionEvent? {
        var none = MessageQueue()
        switch try self.decoder.decode(into: &none, limit: 0) {
        case .needsMoreBytes:
            self.phase = .handshake(handshake)
            return nil
        case .limitReached:
            throw ZMTPError(
                .unexpectedMessage,
                "handshake: expected a command, got a message (RFC 37, Formal Grammar)"
            )
        case .command(let body):
            switch try handshake.receive(body) {
            case .finish(let properties):
                let peer = try self.check(properties)
                self.heartbeat = Heartbeat(self.configuration.heartbeat)
                // A topic may be as long as a message.
                if self.configuration.socketType.hasSubscribers {
                    self.decoder.maxCommandSize = max(
                        self.decoder.maxCommandSize, self.configuration.maxFrameSize ?? .max)
                }
                return self.becomeReady(peer)
            }
        }
    }

    mutating func becomeReady(_ peer: ConnectionEvent.Peer) -> ConnectionEvent {
        self.peer = peer
        self.phase = .ready
        return .ready(peer)
    }

    /// What the peer says of itself, if it fits.
    func check(_ properties: PeerProperties) throws(ZMTPError) -> ConnectionEvent.Peer {
        let type = try self.checkSocketType(properties.text(ConnectionConfiguration.socketTypeName))
        var routingID: RoutingID?
        // RFC 37, "The Identity Property": ignored unless it comes from one of three types.
        if type?.announcesRoutingID ?? true,
            let identity = properties[ConnectionConfiguration.identityName], !identity.isEmpty
        {
            routingID = try RoutingID(identity)
        }
        return ConnectionEvent.Peer(
            socketType: type,
            routingID: routingID,
            version: self.version,
            properties: properties
        )
    }

    /// RFC 37, "The Socket-Type Property". A peer SHOULD tell its type; one that does not is taken as it is.
    private func checkSocketType(_ name: String?) throws(ZMTPError) -> SocketType? {
        guard let name else { return nil }
        guard let type = SocketType(wireName: name), self.configuration.socketType.canTalk(to: type) else {
            throw ZMTPError(
                .incompatibleSocketType,
                "Socket-Type: \(self.configuration.socketType.wireName) cannot talk to "
                    + "\"\(printable(name.utf8.prefix(20)))\" (RFC 37, The Socket-Type Property)"
            )
        }
        return type
    }

    /// The reason for ERROR, visible characters without blanks (RFC 37: VCHAR), or `nil` where ERROR does not help.
    private static func reason(toTellOf code: ZMTPError.Code) -> String? {
        switch code {
        case .incompatibleSocketType: "incompatible-Socket-Type"
        case .invalidRoutingID: "invalid-Identity"
        case .malformedMetadata: "malformed-metadata"
        default: nil
        }
    }
}
