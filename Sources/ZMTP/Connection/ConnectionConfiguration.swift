// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// What this side of a connection is, says of itself, and puts up with.
public struct ConnectionConfiguration: Sendable, Hashable {
    /// The type of the socket that the connection belongs to.
    public var socketType: SocketType

    /// How ROUTER peers shall call this socket; `nil` leaves it to them.
    ///
    /// Announced by REQ, DEALER and ROUTER only (RFC 37, "The Identity Property"). Twin of `ZMQ_ROUTING_ID`.
    public var routingID: RoutingID?

    /// The mechanism that both sides must demand. Default NULL.
    public var mechanism: SecurityMechanism = .null

    /// The oldest version of ZMTP that a peer may speak; by default 3.0.
    ///
    /// With 2.0 or 1.0, peers of these versions are met in theirs, though only if the mechanism is NULL: they know no
    /// other (RFC 37, "Backwards Interoperability"). With 1.0 almost anything that comes first may be the beginning of a
    /// peer's address, so that other protocols are not told apart as soon.
    public var oldestVersion = ProtocolVersion.v30

    /// What else to tell the peer, under names that begin with `X-`. Twin of `ZMQ_METADATA`.
    ///
    /// `Socket-Type` and `Identity` follow from the fields above; entries with these names are left out.
    public var properties = PeerProperties()

    /// The most octets that one part of a received message may have; `nil`, the default, is no limit.
    ///
    /// Checked when the size is announced. A larger part ends the connection. Twin of `ZMQ_MAXMSGSIZE`.
    public var maxFrameSize: Int?

    /// The most octets that all parts of a received message may have together; `nil`, the default, is no limit.
    public var maxMessageSize: Int?

    /// The most parts that a received message may have; `nil`, the default, is no limit.
    public var maxParts: Int?

    /// Whether PINGs are sent, and when a silent peer is given up; by default never.
    public var heartbeat = HeartbeatSettings()

    /// The configuration of a socket's connection, with no limits, no heartbeats and the mechanism NULL.
    public init(socketType: SocketType, routingID: RoutingID? = nil) {
        self.socketType = socketType
        self.routingID = routingID
    }

    package var limits: FrameLimits {
        FrameLimits(maxFrameSize: self.maxFrameSize, maxMessageSize: self.maxMessageSize, maxParts: self.maxParts)
    }
}

extension ConnectionConfiguration {
    /// RFC 37, "Security Considerations": guard against downgrade attacks.
    var oldestAccepted: ProtocolVersion { self.mechanism == .null ? self.oldestVersion : max(self.oldestVersion, .v30) }

    static let socketTypeName = "Socket-Type"
    static let identityName = "Identity"

    /// The octets of `Identity`, or `nil` for types that do not announce it.
    var announcedIdentity: [UInt8]? {
        guard self.socketType.announcesRoutingID else { return nil }
        return self.routingID.map { [UInt8]($0.part) } ?? []
    }

    /// All that READY tells of this side (RFC 37, "Connection Metadata").
    func announcedProperties() throws(ZMTPError) -> PeerProperties {
        var announced = PeerProperties()
        try announced.add(Self.socketTypeName, self.socketType.wireName)
        if let identity = self.announcedIdentity { try announced.add(Self.identityName, identity) }
        for property in self.properties where !Self.isReserved(property.name) {
            try announced.add(property.name, property.value)
        }
        return announced
    }

    private static func isReserved(_ name: String) -> Bool {
        [self.socketTypeName, self.identityName].contains { PeerProperties.areEqual($0, name) }
    }
}
