// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// What sockets of every type can do: bind, connect, and take both back.
///
/// A socket may bind and connect any number of endpoints, of any transport, in any mix:
///
/// - `tcp://interface:port`: the interface is `*`, an address (IPv6 in brackets) or the name of an interface or host,
///   the port `*` or 0 for any free one. Connecting: `tcp://host:port`, or `tcp://source;host:port` to dial from a
///   certain address.
/// - `ipc://path`: a Unix domain socket; `ipc://*` binds a new path, `ipc://@name` is a name in Linux' abstract
///   namespace.
/// - `inproc://name`: sockets of the same context; connecting may come before binding.
///
/// A connection takes one file descriptor. Up to eight connections of a REQ, REP, DEALER or ROUTER socket take a second
/// one, while there are enough: to it an answer is written on the thread that sends it, which is faster.
///
/// A socket is open until it is closed. One that the program lets go of is closed in the background as ``close()``
/// would close it.
///
/// Sockets are `Sendable`: any number of tasks may send and receive at the same time. Messages stay whole, and each
/// goes to one receiver.
public protocol Socket: AnyObject, Sendable {
    /// The way to the socket's engine; of use inside the library only.
    var control: SocketControl { get }
}

extension Socket {
    /// The type of the socket. Twin of `ZMQ_TYPE`.
    public var type: SocketType { self.control.engine.socketType }

    /// Binds an endpoint, so that peers can connect to it.
    ///
    /// If the system takes the listening descriptor away, the endpoint is bound again with the delays of
    /// ``SocketOptions/reconnect``; connections that came in through it stay.
    ///
    /// - Parameter endpoint: For example `tcp://127.0.0.1:5555`; see ``Socket``.
    /// - Returns: The endpoint with everything resolved, such as the port the system chose. ``unbind(from:)`` takes
    ///   it.
    /// - Throws: A ``ZeroMQError`` that names the endpoint: `.invalidEndpoint`, `.unsupportedTransport`,
    ///   `.addressInUse`, `.addressNotAvailable`, `.permissionDenied`, `.nameTooLong`, `.resolutionFailed`,
    ///   `.tooManyFiles`, `.closed`.
    @discardableResult
    public func bind(to endpoint: String) async throws -> String {
        try await self.control.engine.bind(to: endpoint, adopting: nil)
    }

    /// Binds an endpoint to a descriptor that listens already, such as a service manager hands over at the start.
    ///
    /// The descriptor belongs to the socket from now on, and is closed with the endpoint. The file of an `ipc` endpoint
    /// stays: who has made it may hand it over again. Options for listeners do not apply, but for
    /// ``SocketOptions/backlog``; nor is the endpoint bound again if the system takes the descriptor away. Twin of `ZMQ_USE_FD`.
    ///
    /// - Parameters:
    ///   - endpoint: Names the transport, and the endpoint for ``unbind(from:)``. Where it really is, the system knows.
    ///   - descriptor: A listening stream socket of `tcp` or `ipc`.
    /// - Returns: Where the descriptor listens.
    /// - Throws: `.invalidOption` if the descriptor is something else; then it is left as it is. Else as
    ///   ``bind(to:)``.
    @discardableResult
    public func bind(to endpoint: String, adopting descriptor: CInt) async throws -> String {
        try await self.control.engine.bind(to: endpoint, adopting: descriptor)
    }

    /// Connects an endpoint: dials it, again and again if need be, until it is disconnected.
    ///
    /// Returns at once; the peer need not exist yet. Names are resolved at each attempt. Unless
    /// ``SocketOptions/immediate`` is set, messages are queued for it from now on. A second connect to the same
    /// endpoint does nothing for DEALER and REQ, and makes another connection for the other types.
    ///
    /// - Parameter endpoint: For example `tcp://localhost:5555`; see ``Socket``.
    /// - Throws: A ``ZeroMQError`` if the form of the endpoint is wrong or the socket is closed.
    public func connect(to endpoint: String) async throws {
        try self.control.engine.connect(to: endpoint, as: nil)
    }

    /// Connects an endpoint as ``connect(to:)`` does, and waits until somebody is there.
    ///
    /// If that fails, the endpoint is disconnected again, unless it was connected before.
    ///
    /// - Parameters:
    ///   - endpoint: For example `tcp://localhost:5555`; see ``Socket``.
    ///   - stage: How far the connection must be.
    ///   - limit: How long to wait at most; nil waits for ever.
    /// - Throws: `.timedOut`; `.refused` with the reason if the peer does not fit, does not want the connection or is no
    ///   ZeroMQ socket; what the last attempt failed with if ``SocketOptions/reconnect`` allows no other; `.closed`;
    ///   `CancellationError`.
    public func connect(
        to endpoint: String, waitUntil stage: ConnectionStage, within limit: Duration? = nil
    ) async throws {
        try await self.control.engine.connect(to: endpoint, waitUntil: stage, within: limit)
    }

    /// Closes the descriptors of all connections and bound endpoints and forgets nothing else: for an app that goes to
    /// the background, whose descriptors the system may take.
    ///
    /// Endpoints stay bound and connected, messages wait in the queues of dialled endpoints and may be added, and what
    /// was received can be received. Peers that had connected to this socket are gone, with what waited for them. A
    /// message that was being written is unknown. To bind throws `.wrongState`; closing loses what waits. Over inproc
    /// nothing changes. Returns when all is closed.
    ///
    /// - Throws: `.closed`.
    public func suspend() async throws { try await self.control.engine.suspend() }

    /// Binds and dials again after ``suspend()``, with the same ports and paths.
    ///
    /// - Throws: The first failure to bind; what failed stays suspended and is tried by the next call. `.closed`.
    public func resume() async throws { try await self.control.engine.resume() }

    /// Unbinds an endpoint: nobody can connect to it any more, and connections made through it end once what waits
    /// for them is sent, for at most ``SocketOptions/linger``. Over inproc, existing pipes live on.
    ///
    /// - Parameter endpoint: As ``bind(to:)`` returned it.
    /// - Throws: `.notFound` if it is not bound.
    public func unbind(from endpoint: String) async throws {
        try await self.control.engine.unbind(from: endpoint)
    }

    /// Disconnects an endpoint: what waits for it is sent, for at most ``SocketOptions/linger``; what it sent and
    /// nobody has received is discarded.
    ///
    /// - Parameter endpoint: As it was given to ``connect(to:)``.
    /// - Throws: `.notFound` if it is not connected.
    public func disconnect(from endpoint: String) async throws {
        try self.control.engine.disconnect(from: endpoint)
    }

    /// Changes options of the socket while it is in use, for the peers it has as well.
    ///
    /// ```swift
    /// try socket.update { $0.sendHighWaterMark = 10 }
    /// ```
    ///
    /// If two tasks do so at the same time, the later one's values stay.
    ///
    /// - Parameter change: Is given the present values.
    /// - Throws: `.invalidOption`; then nothing is changed. What `change` throws.
    public func update(_ change: (inout LiveOptions) throws -> Void) throws {
        var live = LiveOptions(self.control.engine.options)
        try change(&live)
        try self.control.engine.update(live)
    }

    /// The endpoint bound or connected last. Twin of `ZMQ_LAST_ENDPOINT`.
    public var lastEndpoint: String? { self.control.engine.lastEndpoint }

    /// How its connections prove who they are. NULL, neither authentication nor confidentiality, is the only mechanism
    /// of this version. Twin of `ZMQ_MECHANISM`.
    public var mechanism: SecurityMechanism { .null }

    /// How many messages wait for peers to take them: to be connected, or to read what they were sent before.
    ///
    /// What a connection has taken to write it, up to 64 KiB or one larger message, is no longer counted; nor, over
    /// inproc, what has a receiver. Also counts while the socket closes. No option of libzmq tells this.
    public var unsentMessages: Int { self.control.engine.unsentMessages }

    /// The socket at this moment: its endpoints and peers, what waits, and what has passed, been dropped or got lost.
    ///
    /// Costs what the number of peers makes it cost, and messages nothing: all is counted by the portion. Also works
    /// while the socket closes and afterwards. No option of libzmq tells this.
    public func snapshot() -> SocketSnapshot { self.control.engine.snapshot() }

    /// What happens at the socket's endpoints from now on. Twin of libzmq's socket monitor.
    ///
    /// Ask before binding or connecting, and nothing is missed. Every call makes a sequence of its own.
    public var events: SocketEvents { SocketEvents(self.control.engine.events.listen()) }

    /// The event loop of the socket's connections, to run tasks on.
    ///
    /// A task that receives and sends there needs no other thread to be woken, which is most of the latency and, on a
    /// machine of few cores, half of the throughput of small messages:
    /// `withTaskExecutorPreference(socket.executor) { … }`. Nothing that blocks may run there.
    public var executor: any TaskExecutor { self.control.engine.environment.executor }

    /// Closes the socket: calls that wait fail with `.closed`, what was received and not taken is discarded, what was
    /// sent leaves first, for at most ``SocketOptions/linger``, which by default is for ever.
    ///
    /// Cancelling the task means to wait no longer. Closing again does nothing.
    ///
    /// - Returns: How many waiting messages left, and how many were lost.
    @discardableResult
    public func close() async -> CloseReport {
        await self.control.engine.close(linger: self.control.engine.options.linger)
    }

    /// Closes the socket as ``close()`` does, but waits no longer than a given time for messages to leave.
    @discardableResult
    public func close(within limit: Duration) async -> CloseReport {
        await self.control.engine.close(linger: limit)
    }
}
