// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Logging
import NIOCore
import NIOPosix
import Synchronization
public import ZMTP

/// Makes sockets and carries their traffic: event loops, and the names of inproc. Twin of a libzmq context.
///
/// There is no global one. A context must be shut down, which ``withContext(_:shutdownWithin:_:)`` sees to:
///
/// ```swift
/// try await withContext { context in
///     let socket = try context.makeReqSocket()
///     try await socket.connect(to: "tcp://127.0.0.1:5555")
///     print(String(try await socket.request("time?")[0]))
/// }
/// ```
public final class Context: Sendable {
    private struct State: Sendable {
        var engines: [UInt64: any SocketEngine] = [:]
        var nextNumber: UInt64 = 0
        var isOpen = true
    }

    private let options: ContextOptions
    private let group: MultiThreadedEventLoopGroup
    private let executors: [LoopExecutor]
    private let memories: [ReceiveMemory]
    private let loops: [any EventLoop]
    private let names = InprocRegistry()
    private let lookUp: HostLookUp
    private let dialQueue = DialQueue()
    private let loneReader = LoneReader()
    private let state = Mutex(State())

    /// Creates a context and its threads; see ``withContext(_:shutdownWithin:_:)`` for a scope that ends by itself.
    ///
    /// - Throws: `.tooManyFiles` if the process has not enough file descriptors left for the threads.
    public convenience init(_ options: ContextOptions = ContextOptions()) throws {
        try self.init(options, lookUp: .system)
    }

    /// Creates a context that asks somebody else than the system for the addresses of hosts.
    package init(_ options: ContextOptions, lookUp: HostLookUp) throws {
        let threads = max(1, options.ioThreads)
        guard SpareDescriptors.exist(LoopExecutor.descriptorsPerLoop * threads) else {
            throw ZeroMQError(
                .tooManyFiles,
                "a context needs \(LoopExecutor.descriptorsPerLoop * threads) file descriptors, and fewer are left; "
                    + "close some or raise the limit")
        }
        self.options = options
        self.lookUp = lookUp
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        self.loops = Array(self.group.makeIterator())
        self.executors = self.loops.map { LoopExecutor($0, busyWait: options.busyWait) }
        self.memories = self.loops.map { _ in ReceiveMemory() }
    }

    /// The first event loop, to run tasks on; see ``Socket/executor``.
    public var executor: any TaskExecutor { self.executors[0] }

    var firstLoop: any EventLoop { self.loops[0] }

    // MARK: Sockets

    /// Creates a REQ socket.
    ///
    /// - Parameter options: How it behaves; nil is as ``ContextOptions/socketOptions`` say. So it is for all others.
    /// - Returns: The socket, which is closed with the context if not before.
    /// - Throws: `.invalidOption`, `.tooManySockets`, `.closed` if the context is shutting down. So do all others.
    public func makeReqSocket(_ options: SocketOptions? = nil) throws -> ReqSocket {
        ReqSocket(try self.makeCore(options))
    }

    /// Creates a REP socket.
    public func makeRepSocket(_ options: SocketOptions? = nil) throws -> RepSocket {
        RepSocket(try self.makeCore(options))
    }

    /// Creates a DEALER socket.
    public func makeDealerSocket(_ options: SocketOptions? = nil) throws -> DealerSocket {
        DealerSocket(try self.makeCore(options))
    }

    /// Creates a ROUTER socket.
    public func makeRouterSocket(_ options: SocketOptions? = nil) throws -> RouterSocket {
        RouterSocket(try self.makeCore(options))
    }

    /// Creates a PUSH socket.
    public func makePushSocket(_ options: SocketOptions? = nil) throws -> PushSocket {
        PushSocket(try self.makeCore(options))
    }

    /// Creates a PULL socket.
    public func makePullSocket(_ options: SocketOptions? = nil) throws -> PullSocket {
        PullSocket(try self.makeCore(options))
    }

    /// Creates a PAIR socket.
    public func makePairSocket(_ options: SocketOptions? = nil) throws -> PairSocket {
        PairSocket(try self.makeCore(options))
    }

    /// Creates a PUB socket.
    public func makePubSocket(_ options: SocketOptions? = nil) throws -> PubSocket {
        PubSocket(try self.makeCore(options))
    }

    /// Creates a SUB socket, which receives nothing before it subscribes.
    public func makeSubSocket(_ options: SocketOptions? = nil) throws -> SubSocket {
        SubSocket(try self.makeCore(options))
    }

    /// Creates an XPUB socket.
    public func makeXPubSocket(_ options: SocketOptions? = nil) throws -> XPubSocket {
        XPubSocket(try self.makeCore(options))
    }

    /// Creates an XSUB socket.
    public func makeXSubSocket(_ options: SocketOptions? = nil) throws -> XSubSocket {
        XSubSocket(try self.makeCore(options))
    }

    /// Creates a socket of a type that is chosen at run time.
    public func makeSocket(_ type: SocketType, _ options: SocketOptions? = nil) throws -> AnySocket {
        switch type {
        case .req: AnySocket(try self.makeCore(options) as SocketCore<ReqPattern>)
        case .rep: AnySocket(try self.makeCore(options) as SocketCore<RepPattern>)
        case .dealer: AnySocket(try self.makeCore(options) as SocketCore<DealerPattern>)
        case .router: AnySocket(try self.makeCore(options) as SocketCore<RouterPattern>)
        case .push: AnySocket(try self.makeCore(options) as SocketCore<PushPattern>)
        case .pull: AnySocket(try self.makeCore(options) as SocketCore<PullPattern>)
        case .pair: AnySocket(try self.makeCore(options) as SocketCore<PairPattern>)
        case .pub: AnySocket(try self.makeCore(options) as SocketCore<PubPattern>)
        case .sub: AnySocket(try self.makeCore(options) as SocketCore<SubPattern>)
        case .xpub: AnySocket(try self.makeCore(options) as SocketCore<XPubPattern>)
        case .xsub: AnySocket(try self.makeCore(options) as SocketCore<XSubPattern>)
        }
    }

    private func makeCore<P: Pattern>(_ given: SocketOptions?) throws -> SocketCore<P> {
        let options = given ?? self.options.socketOptions
        try options.check()
        let number = try self.state.withLock { state -> Result<UInt64, ZeroMQError> in
            guard state.isOpen else { return .failure(.socketClosed) }
            guard state.engines.count < self.options.maxSockets else {
                return .failure(
                    ZeroMQError(
                        .tooManySockets, "expected at most \(self.options.maxSockets) sockets (ZMQ_MAX_SOCKETS)"))
            }
            state.nextNumber += 1
            return .success(state.nextNumber)
        }.get()
        let index = Int(number % UInt64(self.loops.count))
        let environment = SocketEnvironment(
            loop: self.loops[index],
            executor: self.executors[index],
            memory: self.memories[index],
            patience: TimeAmount(self.options.busyWait / 4),
            readingPatience: TimeAmount(self.options.busyWait),
            heedsOthers: self.options.heedsOthers,
            loneReader: self.loneReader,
            names: self.names,
            lookUp: self.lookUp,
            dialQueue: self.dialQueue,
            logger: self.options.logger
        ) { [weak self] in
            self?.state.withLock { $0.engines[number] = nil }
        }
        let core = SocketCore<P>(options: options, environment: environment)
        let isOpen = self.state.withLock { state in
            if state.isOpen { state.engines[number] = core }
            return state.isOpen
        }
        guard isOpen else { throw ZeroMQError.socketClosed }
        return core
    }

    // MARK: Suspension

    /// Suspends all sockets; see ``Socket/suspend()``.
    public func suspend() async throws {
        for engine in self.state.withLock({ Array($0.engines.values) }) { try await engine.suspend() }
    }

    /// Resumes all sockets; see ``Socket/resume()``.
    ///
    /// - Throws: The first failure, when all have been tried.
    public func resume() async throws {
        var failure: (any Error)?
        for engine in self.state.withLock({ Array($0.engines.values) }) {
            do { try await engine.resume() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    // MARK: The end

    /// Closes all sockets and stops the threads. Twin of `zmq_ctx_term`, with a limit.
    ///
    /// Messages that were sent leave first, for at most the given time and each socket's linger; cancelling the task
    /// means to wait no longer. Do not call it from a task on the context's own ``executor``.
    ///
    /// - Returns: What left and what was lost in all sockets together.
    @discardableResult
    public func shutdown(within limit: Duration) async -> CloseReport {
        let engines = self.state.withLock { state in
            state.isOpen = false
            return Array(state.engines.values)
        }
        let report = await withTaskGroup(of: CloseReport.self) { group in
            for engine in engines {
                group.addTask {
                    let linger = engine.options.linger.map { min($0, limit) } ?? limit
                    return await engine.close(linger: linger)
                }
            }
            return await group.reduce(into: CloseReport()) { $0 = $0 + $1 }
        }
        if report.lost > 0 {
            self.options.logger?.warning("context shut down, messages lost: \(report.lost), flushed: \(report.flushed)")
        }
        await Wakeup.suspend { continuation in
            self.group.shutdownGracefully { _ in continuation.resume() }
        }
        return report
    }
}

/// Runs a closure with a context that is shut down afterwards, whether the closure returns or throws.
///
/// - Parameters:
///   - options: How the context works.
///   - limit: How long messages that were sent may take to leave at the end; what is lost then is logged as a
///     warning. Default 30 seconds.
///   - body: Makes sockets and uses them.
/// - Returns: What the closure returns.
/// - Throws: What the closure throws; `.tooManyFiles` if there are no file descriptors for the context's threads.
public func withContext<R>(
    _ options: ContextOptions = ContextOptions(),
    shutdownWithin limit: Duration = .seconds(30),
    _ body: (Context) async throws -> R
) async throws -> R {
    let context = try Context(options)
    do {
        let result = try await body(context)
        await context.shutdown(within: limit)
        return result
    } catch {
        await context.shutdown(within: limit)
        throw error
    }
}
