// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The options that can be changed while a socket is in use, as in libzmq; see ``Socket/update(_:)``.
///
/// Each is described at the field of the same name in ``SocketOptions``. How long to wait for sending and receiving
/// (`ZMQ_SNDTIMEO`, `ZMQ_RCVTIMEO`) is a parameter of each call.
public struct LiveOptions: Sendable, Hashable {
    /// How many messages may wait for one peer. Lowered below what waits, it takes effect as messages leave. Twin of
    /// `ZMQ_SNDHWM`.
    public var sendHighWaterMark: Int?
    /// How many received messages of one peer may wait. Twin of `ZMQ_RCVHWM`.
    public var receiveHighWaterMark: Int?
    /// How long closing, unbinding and disconnecting wait for messages to leave: the value at that time. Twin of
    /// `ZMQ_LINGER`.
    public var linger: Duration?
    /// ROUTER: whether sending to an unknown peer is an error. Twin of `ZMQ_ROUTER_MANDATORY`.
    public var routerMandatory: Bool
    /// ROUTER: whether a newcomer takes over a routing id that is taken. Twin of `ZMQ_ROUTER_HANDOVER`.
    public var routerHandover: Bool
    /// REQ, DEALER, ROUTER: whether peers that come from now on are sent an empty message. Twin of `ZMQ_PROBE_ROUTER`.
    public var probeRouter: Bool
    /// REQ: whether a new request may be sent before the reply. Twin of `ZMQ_REQ_RELAXED`.
    public var reqRelaxed: Bool
    /// REQ: whether requests sent from now on carry a number. Twin of `ZMQ_REQ_CORRELATE`.
    public var reqCorrelate: Bool
    /// XPUB: which subscriptions that peers make and cancel from now on the application is told. Twin of
    /// `ZMQ_XPUB_VERBOSE` and `ZMQ_XPUB_VERBOSER`.
    public var xpubVerbosity: XPubVerbosity

    init(_ options: SocketOptions) {
        self.sendHighWaterMark = options.sendHighWaterMark
        self.receiveHighWaterMark = options.receiveHighWaterMark
        self.linger = options.linger
        self.routerMandatory = options.routerMandatory
        self.routerHandover = options.routerHandover
        self.probeRouter = options.probeRouter
        self.reqRelaxed = options.reqRelaxed
        self.reqCorrelate = options.reqCorrelate
        self.xpubVerbosity = options.xpubVerbosity
    }

    /// The options with these among them.
    func applied(to options: SocketOptions) -> SocketOptions {
        var options = options
        options.sendHighWaterMark = self.sendHighWaterMark
        options.receiveHighWaterMark = self.receiveHighWaterMark
        options.linger = self.linger
        options.routerMandatory = self.routerMandatory
        options.routerHandover = self.routerHandover
        options.probeRouter = self.probeRouter
        options.reqRelaxed = self.reqRelaxed
        options.reqCorrelate = self.reqCorrelate
        options.xpubVerbosity = self.xpubVerbosity
        return options
    }
}
