// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// What listens at an endpoint, as far as it tells without being disturbed; see ``Context/probe(_:within:ipv6:)``.
public struct ProbeReport: Sendable {
    /// The endpoint that was asked.
    public internal(set) var endpoint = ""
    /// The address that answered.
    public internal(set) var address: String?
    /// The version of ZMTP that the peer announces, whatever is spoken here.
    public internal(set) var version: ProtocolVersion
    /// The security mechanism that it demands; nil before ZMTP 3.0, which has none.
    public internal(set) var mechanism: String?
    /// Whether it takes the server's part in the security handshake; libzmq says no in any case.
    public internal(set) var isServer: Bool?
    /// The type of its socket as it names it; nil if the security mechanism hides it.
    public internal(set) var socketType: String?
    /// The routing id that it announces, if any.
    public internal(set) var routingID: RoutingID?
    /// All that it says of itself.
    public internal(set) var properties = PeerProperties()
    /// How long the transport took to connect.
    public internal(set) var connectTime: Duration?
    /// How long after that the peer had told all of the above.
    public internal(set) var handshakeTime: Duration?
    /// How long it took to answer a PING; nil if it was not asked, which ``remark`` explains.
    public internal(set) var roundTripTime: Duration?
    /// Why something is missing.
    public internal(set) var remark: String?

    init(version: ProtocolVersion) {
        self.version = version
    }
}
