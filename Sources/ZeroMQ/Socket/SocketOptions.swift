// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// How a socket behaves, for all its endpoints.
///
/// One struct for every type; what a type has no use for is ignored. Taken when the socket is made.
///
/// ```swift
/// var options = SocketOptions()
/// options.routingID = "worker-7"
/// options.sendHighWaterMark = 10_000
/// let socket = try context.makeDealerSocket(options)
/// ```
public struct SocketOptions: Sendable {
    /// How many messages may wait for one peer before sending to it suspends.
    ///
    /// Counts whole messages, not parts or octets. A message counts until its connection takes it to write it, which
    /// happens in portions of up to 64 KiB: so much more can be under way. From a mark of 1,000 on, up to 256 KiB may
    /// wait for a connection, however many messages that are. Below, the mark is exact; over inproc it always is. `nil` is no limit. Default 1000, as libzmq `ZMQ_SNDHWM`.
    public var sendHighWaterMark: Int? = 1000

    /// How many received messages of one peer may wait before its connection is no longer read.
    ///
    /// Counts whole messages until the application receives them. All messages of one read from the system are taken,
    /// up to 128 KiB, even if there are more than the mark: they are in memory already. From a mark of 1,000 on, up to
    /// 512 KiB of one peer may wait, however many messages that are. Over inproc the marks of both sides are added, and
    /// none on one side is none at all. `nil` is no limit. Default 1000, as libzmq `ZMQ_RCVHWM`.
    public var receiveHighWaterMark: Int? = 1000

    /// How many octets may wait for one peer before sending to it suspends, beside ``sendHighWaterMark``.
    ///
    /// A message that begins below the limit is taken whole, whatever its size; up to 64 KiB of short messages are not
    /// counted. Over inproc the connecting socket's limits count for both ways. `nil` is no limit. Default 64 MiB.
    /// libzmq has no such option: there 1,000 messages wait however large they are.
    public var sendByteLimit: Int? = 64 << 20

    /// How many received octets of one peer may wait before its connection is no longer read, beside
    /// ``receiveHighWaterMark``.
    ///
    /// What one read from the system brought, up to 128 KiB, or one message, may go beyond it. `nil` is no limit.
    /// Default 64 MiB. libzmq has no such option.
    public var receiveByteLimit: Int? = 64 << 20

    /// How long ``Socket/close()`` and ``Socket/disconnect(from:)`` wait for messages to leave.
    ///
    /// `nil`, the default, is for ever; `.zero` discards them at once. Twin of `ZMQ_LINGER`.
    public var linger: Duration?

    /// The address under which ROUTER peers know this socket; `nil`, the default, lets each of them generate one.
    ///
    /// Announced by REQ, DEALER and ROUTER (RFC 28). Twin of `ZMQ_ROUTING_ID`.
    public var routingID: RoutingID?

    /// What else to tell every peer in the handshake, over tcp and ipc: names that begin with `X-`, and texts.
    ///
    /// A name is `X-` and up to 253 letters, digits and `-`, `_`, `.`, `+`, and counts without regard to case; a text is
    /// not empty and has no zero octet. All together may take 65,000 octets, of which each costs five more than it has.
    /// Peers see them beside messages; see ``ReceivingSocket/receiveDescribed()``. Twin of `ZMQ_METADATA`.
    public var metadata: [String: String] = [:]

    /// Whether messages are queued only for peers that are connected.
    ///
    /// By default (false) a connected endpoint takes messages from the start and keeps them while its peer is away.
    /// Twin of `ZMQ_IMMEDIATE`.
    public var immediate = false

    /// When a connection that is lost or could not be made is tried again; `nil` never tries again.
    ///
    /// Default from 100 ms, doubling to 30 s, with jitter, reset by a completed handshake. Twin of
    /// `ZMQ_RECONNECT_IVL` and `ZMQ_RECONNECT_IVL_MAX`.
    public var reconnect: ReconnectPolicy? = ReconnectPolicy()

    /// After what an endpoint is not dialled again but given up; nothing by default.
    ///
    /// Twin of `ZMQ_RECONNECT_STOP`.
    public var reconnectStop: ReconnectStop = []

    /// How long a new connection may take until both sides are ready; `nil` is no limit.
    ///
    /// Default 30 seconds, as libzmq `ZMQ_HANDSHAKE_IVL`.
    public var handshakeTimeout: Duration? = .seconds(30)

    /// How long to wait for one address to answer; `nil`, the default, leaves it to the system.
    ///
    /// Twin of `ZMQ_CONNECT_TIMEOUT`.
    public var connectTimeout: Duration?

    /// How often each connection over tcp and ipc is probed with a PING, to find out that a peer is gone of which the
    /// network tells nothing; `nil`, the default, never.
    ///
    /// Whatever comes from the peer shows that it lives, not only the answer to PING. After giving a peer up, the side
    /// that dialled dials again, as after any other loss. A socket with as many messages waiting as it may have reads
    /// nothing: that is not held against its peers, but it does not answer their PINGs either. Where that may last, let
    /// both sides have an interval: its own PINGs keep such a socket alive for its peers. Twin of `ZMQ_HEARTBEAT_IVL`.
    public var heartbeatInterval: Duration?

    /// How long a peer may be silent after a PING before its connection is given up; `nil`, the default, is as long as
    /// ``heartbeatInterval``, and zero is for ever.
    ///
    /// Longer than it takes to send what may wait in front of the PING. Twin of `ZMQ_HEARTBEAT_TIMEOUT`.
    public var heartbeatTimeout: Duration?

    /// How long this side may be silent after a PING before its peers shall give it up; zero, the default, leaves that
    /// to them. Goes out with the PINGs of ``heartbeatInterval``.
    ///
    /// In tenths of a second, rounded down, at most 6,553.5 s. Above 65.5 s peers that run on libzmq (seen in 4.3.4)
    /// take it for a shorter time and give up too early. What peers ask of this side in the same way is always heeded.
    /// Twin of `ZMQ_HEARTBEAT_TTL`.
    public var heartbeatTTL = Duration.zero

    /// The oldest version of ZMTP that peers may speak over tcp and ipc; by default 3.0, which is that of ZeroMQ 4.
    ///
    /// With `.v20`, peers of ZeroMQ 3 are met in their version, with `.v10` those of ZeroMQ 2 too: NULL security only, no
    /// metadata, no heartbeats, and over 1.0 no check of socket types either. A PUB sends a 1.0 subscriber everything.
    /// With `.v10` other protocols that come to a bound port may pass for a peer with a strange address for a moment.
    /// libzmq has no such option: it meets all of them.
    public var oldestVersion = ProtocolVersion.v30

    /// The largest part that a peer may send, in octets; a larger one ends its connection before it is read.
    ///
    /// `nil`, the default, is no limit. Twin of `ZMQ_MAXMSGSIZE`.
    public var maxMessageSize: Int?

    /// How many octets the system may hold for a connection that could not be sent yet (`SO_SNDBUF`), over tcp and ipc.
    ///
    /// The system may round it, and doubles it on Linux. `nil`, the default, leaves it to the system, which then adapts
    /// it. Twin of `ZMQ_SNDBUF`.
    public var sendBuffer: Int?

    /// How many octets the system may hold for a connection that were not read yet (`SO_RCVBUF`), over tcp and ipc.
    ///
    /// The system may round it, and doubles it on Linux. `nil`, the default, leaves it to the system, which then adapts
    /// it. Twin of `ZMQ_RCVBUF`.
    public var receiveBuffer: Int?

    /// What the system is told about TCP connections: keep-alive, type of service, device and the like.
    public var tcp = TCPOptions()

    /// Through which proxy `tcp` endpoints are dialled; nil, the default, is none.
    ///
    /// ``connectTimeout``, or without it ``handshakeTimeout``, also covers what is said to the proxy. Twin of
    /// `ZMQ_SOCKS_PROXY`, `ZMQ_SOCKS_USERNAME` and `ZMQ_SOCKS_PASSWORD`.
    public var socksProxy: SOCKSProxy?

    /// Who may connect to bound `ipc` endpoints.
    public var ipc = IPCOptions()

    /// Whether IPv6 may be used: `*` then binds both families, and names may mean IPv6 addresses.
    ///
    /// Default false, as libzmq `ZMQ_IPV6`.
    public var ipv6 = false

    /// How many connections may wait at a bound tcp or ipc endpoint to be accepted.
    ///
    /// The system may lower it. Default 100, as libzmq `ZMQ_BACKLOG`.
    public var backlog = 100

    /// ROUTER: whether sending to an unknown peer is an error and to one without room waits.
    ///
    /// By default (false) such messages are dropped. Twin of `ZMQ_ROUTER_MANDATORY`.
    public var routerMandatory = false

    /// ROUTER: whether a peer with a routing id that is taken replaces who has it.
    ///
    /// By default (false) the newcomer is refused. Twin of `ZMQ_ROUTER_HANDOVER`.
    public var routerHandover = false

    /// ROUTER: whether the application receives an empty message of a peer when its connection is ready, and when that
    /// has ended.
    ///
    /// Over tcp and ipc. A peer that sends an empty message looks the same. Nothing by default. Twin of
    /// `ZMQ_ROUTER_NOTIFY`.
    public var routerNotify: RouterNotify = []

    /// DEALER, ROUTER: a message that every connection is sent first, also when it is made again; `nil`, the default,
    /// is none.
    ///
    /// Twin of `ZMQ_HELLO_MSG`.
    public var helloMessage: Message.Part?

    /// ROUTER: a message that the application receives, as if a peer had sent it, when the peer's connection has ended;
    /// `nil`, the default, is none.
    ///
    /// For connections that came in, and over inproc. Twin of `ZMQ_DISCONNECT_MSG`.
    public var disconnectMessage: Message.Part?

    /// DEALER: a message that the application receives, as if a peer had sent it, when a dialled connection was lost;
    /// `nil`, the default, is none.
    ///
    /// Left out while nothing has room because the application does not receive. Twin of `ZMQ_HICCUP_MSG`.
    public var hiccupMessage: Message.Part?

    /// PUSH, PULL, PUB, SUB, DEALER: whether only the newest message waits for each peer, and from each.
    ///
    /// A message that nobody has taken is replaced by the next one; there are no marks then, so that sending never
    /// waits for room. Messages have one part: others are refused (`.invalidMessage`). Over inproc the option of either
    /// side counts. Default false. Twin of `ZMQ_CONFLATE`.
    public var conflate = false

    /// REQ, DEALER, ROUTER: whether each new peer is sent one empty message, so that a ROUTER learns of this socket.
    ///
    /// Default false. Twin of `ZMQ_PROBE_ROUTER`.
    public var probeRouter = false

    /// REQ: whether a new request may be sent while the reply to the last one is missing, which is then given up.
    ///
    /// Default false. Use it with ``reqCorrelate``, or a late reply may be taken for the new one's. Twin of
    /// `ZMQ_REQ_RELAXED`.
    public var reqRelaxed = false

    /// REQ: whether each request carries a number that its reply must repeat.
    ///
    /// Default false. Twin of `ZMQ_REQ_CORRELATE`.
    public var reqCorrelate = false

    /// PUB, XPUB, SUB: whether messages go to those who did *not* subscribe to what they begin with.
    ///
    /// Must be the same at both ends, or SUB takes nothing. XSUB is not affected. Default false. Twin of
    /// `ZMQ_INVERT_MATCHING`.
    public var invertMatching = false

    /// XPUB: which of its subscribers' subscriptions the application is told.
    ///
    /// Default `.quiet`. Twin of `ZMQ_XPUB_VERBOSE` and `ZMQ_XPUB_VERBOSER`.
    public var xpubVerbosity = XPubVerbosity.quiet

    /// XPUB: whether subscriptions have no effect but that the application is told, which then decides by
    /// ``XPubSocket/subscribe(to:)`` and ``XPubSocket/unsubscribe(from:)``.
    ///
    /// Default false. Twin of `ZMQ_XPUB_MANUAL`.
    public var xpubManual = false

    /// XPUB: as ``xpubManual``, and the first message after a subscription was received goes only to who sent it.
    ///
    /// So that a cache can give a new subscriber the last value, which the others have had. Default false. Twin of
    /// `ZMQ_XPUB_MANUAL_LAST_VALUE`.
    public var xpubManualLastValue = false

    /// PUB, XPUB: whether sending waits as long as one of the message's subscribers has no room.
    ///
    /// By default (false) the subscriber misses the message. Twin of `ZMQ_XPUB_NODROP`.
    public var xpubNoDrop = false

    /// XPUB: a message of one part that every new connection is sent first; `nil`, the default, is none.
    ///
    /// A SUB sees it if it has subscribed to what it begins with. Twin of `ZMQ_XPUB_WELCOME_MSG`.
    public var xpubWelcomeMessage: Message.Part?

    /// XPUB, XSUB: whether only the first part of a message can be a subscription, rather than each.
    ///
    /// Default false. Twin of `ZMQ_ONLY_FIRST_SUBSCRIBE`.
    public var onlyFirstSubscribe = false

    /// XSUB: whether every cancellation is passed on, rather than the last one of a topic.
    ///
    /// Default false. Twin of `ZMQ_XSUB_VERBOSE_UNSUBSCRIBE`.
    public var xsubVerboseUnsubscribe = false

    /// The defaults.
    public init() {}
}

/// Of what a ROUTER tells the application by an empty message: see ``SocketOptions/routerNotify``.
public struct RouterNotify: OptionSet, Sendable, Hashable {
    /// The bits that libzmq uses.
    public let rawValue: Int

    /// Makes a set of the bits that libzmq uses.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// A connection is ready (`ZMQ_NOTIFY_CONNECT`).
    public static let connect = RouterNotify(rawValue: 1)
    /// A connection that was ready has ended (`ZMQ_NOTIFY_DISCONNECT`).
    public static let disconnect = RouterNotify(rawValue: 2)
}

/// Which subscriptions of its peers an XPUB is told: see ``SocketOptions/xpubVerbosity``.
@nonexhaustive
public enum XPubVerbosity: Sendable, Hashable {
    /// The first one of a topic, and the cancellation by its last subscriber.
    case quiet
    /// Every subscription, and the cancellation by the last subscriber (`ZMQ_XPUB_VERBOSE`).
    case verbose
    /// Every subscription and every cancellation (`ZMQ_XPUB_VERBOSER`).
    case verboser
}

extension SocketOptions {
    var sendMarks: SendMarks { (self.sendHighWaterMark, self.sendByteLimit) }

    var publishingRules: PublishingRules {
        var rules = PublishingRules()
        rules.inverts = self.invertMatching
        rules.verbosity = self.xpubVerbosity
        rules.isManual = self.xpubManual || self.xpubManualLastValue
        rules.sendsLastValue = self.xpubManualLastValue
        rules.waitsForAll = self.xpubNoDrop
        rules.welcome = self.xpubWelcomeMessage.map { Message($0) }
        rules.looksAtFirstPartOnly = self.onlyFirstSubscribe
        rules.repeatsCancellations = self.xsubVerboseUnsubscribe
        rules.mark = self.receiveHighWaterMark
        rules.byteMark = self.receiveByteLimit
        return rules
    }

    /// What the pattern is made with.
    var patternRules: PatternRules {
        PatternRules(
            isMandatory: self.routerMandatory,
            allowsHandover: self.routerHandover,
            isRelaxed: self.reqRelaxed,
            correlates: self.reqCorrelate,
            publishing: self.publishingRules,
            seed: UInt32.random(in: 1...UInt32.max)
        )
    }

    /// Whether messages of such a socket replace those that wait for a peer.
    func conflatesSending(as type: SocketType) -> Bool {
        self.conflate && [.push, .pub, .dealer].contains(type)
    }

    /// Whether messages from a peer replace those that wait for such a socket. Not for PUB: it receives subscriptions.
    func conflatesReceiving(as type: SocketType) -> Bool {
        self.conflate && [.pull, .sub, .dealer].contains(type)
    }

    /// Who is let in.
    var doorkeeper: Doorkeeper { Doorkeeper(ranges: self.tcp.acceptedRanges, ipc: self.ipc) }

    /// What the system is told about descriptors.
    var tuning: ChannelTuning {
        ChannelTuning(tcp: self.tcp, sendBuffer: self.sendBuffer, receiveBuffer: self.receiveBuffer)
    }

    /// Throws `.invalidOption` for a value outside its limits.
    func check() throws(ZeroMQError) {
        try Self.check("sendHighWaterMark (ZMQ_SNDHWM)", self.sendHighWaterMark, atLeast: 1)
        try Self.check("receiveHighWaterMark (ZMQ_RCVHWM)", self.receiveHighWaterMark, atLeast: 1)
        try Self.check("sendByteLimit", self.sendByteLimit, atLeast: 1)
        try Self.check("receiveByteLimit", self.receiveByteLimit, atLeast: 1)
        try Self.check("maxMessageSize (ZMQ_MAXMSGSIZE)", self.maxMessageSize, atLeast: 0)
        try Self.check("backlog (ZMQ_BACKLOG)", self.backlog, atLeast: 1)
        let buffer = 0...Int(CInt.max)
        try OptionRule.check("sendBuffer (ZMQ_SNDBUF)", self.sendBuffer, in: buffer, none: "the system's own")
        try OptionRule.check("receiveBuffer (ZMQ_RCVBUF)", self.receiveBuffer, in: buffer, none: "the system's own")
        try self.tcp.check()
        try self.ipc.check()
        if !RouterNotify([.connect, .disconnect]).isSuperset(of: self.routerNotify) {
            throw OptionRule.error(
                "routerNotify (ZMQ_ROUTER_NOTIFY): expected bits of 3, got \(self.routerNotify.rawValue)")
        }
        if !ReconnectStop.all.isSuperset(of: self.reconnectStop) {
            throw OptionRule.error(
                "reconnectStop (ZMQ_RECONNECT_STOP): expected bits of 7, got \(self.reconnectStop.rawValue)")
        }
        try Self.check("linger (ZMQ_LINGER)", self.linger)
        try Self.check("handshakeTimeout (ZMQ_HANDSHAKE_IVL)", self.handshakeTimeout)
        try Self.check("connectTimeout (ZMQ_CONNECT_TIMEOUT)", self.connectTimeout)
        try Self.check("heartbeatTimeout (ZMQ_HEARTBEAT_TIMEOUT)", self.heartbeatTimeout)
        try Self.check("heartbeatTTL (ZMQ_HEARTBEAT_TTL)", self.heartbeatTTL)
        try self.checkHeartbeat()
        try self.checkMetadata()
        guard self.oldestVersion <= .v31 else {
            throw ZeroMQError(
                .invalidOption, "oldestVersion: expected \(ProtocolVersion.v31) or older, got \(self.oldestVersion)")
        }
    }

    private func checkHeartbeat() throws(ZeroMQError) {
        // RFC 37: two octets of tenths of a second.
        let ceiling = Duration.milliseconds(6_553_600)
        if self.heartbeatTTL >= ceiling {
            throw ZeroMQError(
                .invalidOption,
                "heartbeatTTL (ZMQ_HEARTBEAT_TTL): expected less than \(ceiling), got \(self.heartbeatTTL)")
        }
        if let interval = self.heartbeatInterval, interval <= .zero {
            throw ZeroMQError(
                .invalidOption,
                "heartbeatInterval (ZMQ_HEARTBEAT_IVL): expected more than zero, or nil for none, got \(interval)")
        }
    }

    var heartbeat: HeartbeatSettings {
        HeartbeatSettings(
            interval: self.heartbeatInterval, timeout: self.heartbeatTimeout, timeToLive: self.heartbeatTTL)
    }

    private static func check(_ name: String, _ value: Int?, atLeast least: Int) throws(ZeroMQError) {
        guard let value, value < least else { return }
        throw ZeroMQError(.invalidOption, "\(name): expected at least \(least), or nil for no limit, got \(value)")
    }

    private static func check(_ name: String, _ value: Duration?) throws(ZeroMQError) {
        guard let value, value < .zero else { return }
        throw ZeroMQError(.invalidOption, "\(name): expected a duration that is not negative, got \(value)")
    }
}
