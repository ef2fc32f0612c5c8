// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// How long a socket waits before it dials an endpoint again.
///
/// The first attempt is immediate. The wait before the first retry is at most ``initialDelay``; the limit
/// doubles with each further retry up to ``maxDelay`` and starts over once a handshake has succeeded. Usually
/// the wait is drawn evenly from everything up to the limit, so that a thousand clients of a server that restarts do not
/// come back all at once (``jitter-swift.property``). No wait is shorter than one millisecond.
public struct ReconnectPolicy: Sendable, Hashable {
    /// How chance has a part in the waits.
    public enum Jitter: Sendable, Hashable, CaseIterable {
        /// Each wait is its limit, as libzmq waits with `ZMQ_RECONNECT_IVL_MAX`.
        case none
        /// Each wait is drawn evenly from everything up to its limit.
        case full
        /// Each wait is its limit and up to ``initialDelay`` more, as libzmq waits without `ZMQ_RECONNECT_IVL_MAX`.
        case added
    }

    /// The limit of the wait before the first retry.
    ///
    /// Default 100 ms, as libzmq `ZMQ_RECONNECT_IVL`.
    public var initialDelay: Duration

    /// The limit of every wait.
    ///
    /// Smaller than ``initialDelay`` means unset: the limit then stays at ``initialDelay``.
    /// Default 30 s (libzmq `ZMQ_RECONNECT_IVL_MAX`, where the default is unset).
    public var maxDelay: Duration

    /// How chance has a part in the waits. Default `.full`.
    public var jitter: Jitter

    /// Makes a policy.
    ///
    /// - Parameters:
    ///   - initialDelay: The limit of the wait before the first retry.
    ///   - maxDelay: The limit of every wait; smaller than `initialDelay` means unset.
    ///   - jitter: How chance has a part in the waits.
    public init(
        initialDelay: Duration = .milliseconds(100),
        maxDelay: Duration = .seconds(30),
        jitter: Jitter = .full
    ) {
        self.initialDelay = initialDelay
        self.maxDelay = maxDelay
        self.jitter = jitter
    }

    private static let minimumDelay: Duration = .milliseconds(1)

    /// The wait before a retry.
    ///
    /// - Parameters:
    ///   - attempt: Which retry since the last handshake, counted from 1. Less than 1 counts as 1.
    ///   - random: Drawn evenly from 0 up to, but not including, 1. Ignored without jitter.
    /// - Returns: At least one millisecond.
    package func delay(attempt: Int, random: Double) -> Duration {
        let limit = self.limit(attempt: attempt)
        guard (0..<1).contains(random) else { return limit }
        switch self.jitter {
        case .none: return limit
        case .full: return Self.minimumDelay + (limit - Self.minimumDelay) * random
        case .added:
            let (extra, most) = (max(self.initialDelay, Self.minimumDelay) * random, Duration(attoseconds: .max))
            return limit > most - extra ? most : limit + extra
        }
    }

    private func limit(attempt: Int) -> Duration {
        var limit = max(self.initialDelay, Self.minimumDelay)
        let ceiling = max(self.maxDelay, limit)
        var doublings = max(attempt, 1) - 1
        while doublings > 0, limit < ceiling {
            limit = limit > ceiling / 2 ? ceiling : limit * 2
            doublings -= 1
        }
        return limit
    }
}
