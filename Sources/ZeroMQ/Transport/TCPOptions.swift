// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// What the system is told about TCP connections, dialled and accepted ones alike.
///
/// Part of ``SocketOptions``. The defaults leave everything to the system. What the system refuses makes a bind throw;
/// a dial reports it as an event and is tried again.
public struct TCPOptions: Sendable, Hashable {
    /// Whether the system itself finds out about peers that have vanished; nil, the default, leaves it to the system.
    ///
    /// Twin of `ZMQ_TCP_KEEPALIVE` (there −1, 0, 1).
    public var keepAlive: Bool?

    /// How many probes without an answer end a connection: 1 to 127. Nil, the default, leaves it to the system.
    ///
    /// Of use with ``keepAlive``. Twin of `ZMQ_TCP_KEEPALIVE_CNT`.
    public var keepAliveCount: Int?

    /// After how long a silence the system sends the first probe: 1 to 32,767 seconds, rounded up to whole ones. Nil,
    /// the default, leaves it to the system.
    ///
    /// Of use with ``keepAlive``. Twin of `ZMQ_TCP_KEEPALIVE_IDLE`.
    public var keepAliveIdle: Duration?

    /// The time between two probes: 1 to 32,767 seconds, rounded up to whole ones. Nil, the default, leaves it to the
    /// system.
    ///
    /// Of use with ``keepAlive``. Twin of `ZMQ_TCP_KEEPALIVE_INTVL`.
    public var keepAliveInterval: Duration?

    /// How long sent octets may stay unacknowledged before the system ends the connection: 1 ms to 2^31 ms, rounded up
    /// to whole ones. Nil, the default, leaves it to the system.
    ///
    /// `TCP_USER_TIMEOUT` on Linux; whole seconds (`TCP_RXT_CONNDROPTIME`) on Apple's systems. Twin of
    /// `ZMQ_TCP_MAXRT`.
    public var maxRetransmissionTime: Duration?

    /// The type of service, or differentiated services and congestion bits, of the packets: 0 to 255.
    ///
    /// `IP_TOS`, and `IPV6_TCLASS` where IPv6 is used. 0, the default, leaves it to the system. Twin of `ZMQ_TOS`.
    public var typeOfService = 0

    /// The priority of the packets in this machine's own queues, `SO_PRIORITY`: 0 to 2^31 − 1, above 6 with special
    /// rights only.
    ///
    /// Has nothing to do with the order in which peers are served. 0, the default, leaves it to the system. Linux only.
    /// Twin of `ZMQ_PRIORITY`.
    public var priority = 0

    /// The network interface, or VRF, to which endpoints are tied: its name, 1 to 15 octets.
    ///
    /// Packets come and go through it alone, `SO_BINDTODEVICE`; older kernels want special rights. Nil, the default,
    /// is any. Linux only. Twin of `ZMQ_BINDTODEVICE`.
    public var device: String?

    /// How long the system may look at the network card for octets before it sleeps: 0 to 2^31 − 1 µs.
    ///
    /// `SO_BUSY_POLL`. 0, the default, leaves it to the system; raising it wants special rights. Linux only. Twin of
    /// `ZMQ_BUSY_POLL`, whose number the kernel also takes for microseconds.
    public var busyPoll: Duration = .zero

    /// Whose connections are let in at bound endpoints, by their addresses; empty, the default, is everybody's.
    ///
    /// Others are closed before their handshake, which is an event (``SocketEvent/acceptFailed(endpoint:error:)``). An
    /// address can be forged where an attacker is on the way: this is no authentication. Twin of
    /// `ZMQ_TCP_ACCEPT_FILTER`.
    public var acceptedRanges: [AddressRange] = []

    /// The defaults.
    public init() {}
}

extension TCPOptions {
    /// Throws for a value outside its limits, or an option that this platform does not have.
    func check() throws(ZeroMQError) {
        let none = "the system's own"
        let seconds = Duration.seconds(1)...Duration.seconds(32_767)
        try OptionRule.check("tcp.keepAliveCount (ZMQ_TCP_KEEPALIVE_CNT)", self.keepAliveCount, in: 1...127, none: none)
        try OptionRule.check("tcp.keepAliveIdle (ZMQ_TCP_KEEPALIVE_IDLE)", self.keepAliveIdle, in: seconds, none: none)
        try OptionRule.check(
            "tcp.keepAliveInterval (ZMQ_TCP_KEEPALIVE_INTVL)", self.keepAliveInterval, in: seconds, none: none)
        try OptionRule.check(
            "tcp.maxRetransmissionTime (ZMQ_TCP_MAXRT)", self.maxRetransmissionTime,
            in: .milliseconds(1)...Self.most(.milliseconds(1)), none: none)
        try OptionRule.check("tcp.typeOfService (ZMQ_TOS)", self.typeOfService, in: 0...255)
        try OptionRule.check("tcp.priority (ZMQ_PRIORITY)", self.priority, in: 0...Int(CInt.max))
        try OptionRule.check(
            "tcp.busyPoll (ZMQ_BUSY_POLL)", self.busyPoll, in: .zero...Self.most(.microseconds(1)), none: none)
        if let device = self.device, !(1...15).contains(device.utf8.count) || device.utf8.contains(0) {
            throw OptionRule.error(
                "tcp.device (ZMQ_BINDTODEVICE): expected the name of a network interface, 1 to 15 octets, "
                    + "got \(device.utf8.count)")
        }
        let isLinux = SystemOption.hasLinuxOptions
        try OptionRule.check("tcp.device (ZMQ_BINDTODEVICE)", isUsed: self.device != nil, worksHere: isLinux)
        try OptionRule.check("tcp.priority (ZMQ_PRIORITY)", isUsed: self.priority != 0, worksHere: isLinux)
        try OptionRule.check("tcp.busyPoll (ZMQ_BUSY_POLL)", isUsed: self.busyPoll != .zero, worksHere: isLinux)
    }

    /// The longest time that the system can be told in such units.
    private static func most(_ unit: Duration) -> Duration { unit * Int(CInt.max) }
}
