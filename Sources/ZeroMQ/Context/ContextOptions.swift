// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import Logging

/// How a context works.
public struct ContextOptions: Sendable {
    /// How many threads carry the network traffic, at least 1.
    ///
    /// A socket belongs to one of them with all its connections. Default 1, as libzmq `ZMQ_IO_THREADS`; one is good
    /// for about a gigabyte a second.
    public var ioThreads = 1

    /// How many sockets may be open at the same time. Default 1023, as libzmq `ZMQ_MAX_SOCKETS`.
    public var maxSockets = 1023

    /// How sockets behave that are made without options of their own.
    ///
    /// So that a whole program can, for example, use IPv6 (`ipv6`, as libzmq `ZMQ_IPV6` of a context) or never wait for
    /// messages to leave (`linger` of zero, as libzmq `ZMQ_BLOCKY` of 0).
    public var socketOptions = SocketOptions()

    /// How long a thread looks for more work before it sleeps, while work follows work within this time.
    ///
    /// Then no core has to be woken between two messages, which takes longer than all else. Who finds no work for so long
    /// sleeps, and an idle process does nothing. It concerns an event loop that runs tasks (``Socket/executor``). On other
    /// threads it concerns a task that receives on a DEALER, ROUTER, REQ or REP with one peer, over tcp or ipc: as long as
    /// no other socket of the context suspends a task, it reads the network itself and keeps its thread while it waits.
    /// A proxy between two of these does the same for both. Other tasks get that thread after a millisecond, or this
    /// time if that is longer, and a call with a limit may take this much longer. Also, a sender over inproc looks for
    /// room, and a PULL for messages, for up to a quarter of this before it suspends; and a receiver over inproc that
    /// outruns a sender of more than 10 million messages a second lets them gather for up to 2 µs. `.zero` is never, and
    /// then only event loops read. Default 200 µs. libzmq has no such option.
    public var busyWait: Duration = .microseconds(200)

    /// Whether a task that reads the network itself stops doing so for a while where it is in vain, or others want the
    /// core. Otherwise tests of such tasks would depend on what else the machine does.
    package var heedsOthers = true

    /// Where to log: events of endpoints as debug messages, lost messages as warnings. Default nil, nowhere.
    public var logger: Logger?

    /// The defaults.
    public init() {}
}
