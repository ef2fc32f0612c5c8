// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Why a socket threw a message away. No message is thrown away without being counted; see ``DropCounts``.
///
/// The raw value is a name for metrics and logs.
@nonexhaustive
public enum DropReason: String, Sendable, Hashable, CaseIterable {
    // MARK: Messages that were to be sent

    /// Nobody has the address: a ROUTER that is not mandatory, or a REP whose requester has left.
    case unroutable
    /// The peer has no room, and the type does not wait for it (ROUTER that is not mandatory, REP, PUB, XPUB).
    case highWaterMark = "high-water-mark"
    /// The peer that it was queued for has left for good.
    case peerGone = "peer-gone"
    /// It could not leave within the time that closing or disconnecting allows (`ZMQ_LINGER`).
    case linger
    /// A newer one has taken its place (`ZMQ_CONFLATE`).
    case conflate
    /// Its deadline has passed.
    case expired

    // MARK: Messages that were received

    /// It is larger than this side takes (`ZMQ_MAXMSGSIZE`), or has too many parts.
    case oversize
    /// A reply that nobody waits for any more (REQ), or a topic that is no longer subscribed to (SUB).
    case stale
    /// It has not the form that the type demands, such as a request without an envelope (REP).
    case malformed
    /// The type does not receive (PUSH, PUB).
    case unwanted
    /// The application had not received it when the socket was closed or the endpoint disconnected.
    case unread
}

extension DropReason {
    /// Whether it came from a peer; otherwise it was to be sent.
    public var isReceived: Bool { self.index >= Self.firstReceived }

    private static let firstReceived = 6
    static let count = 11

    /// Its place in a table of counts.
    fileprivate var index: Int {
        switch self {
        case .unroutable: 0
        case .highWaterMark: 1
        case .peerGone: 2
        case .linger: 3
        case .conflate: 4
        case .expired: 5
        case .oversize: 6
        case .stale: 7
        case .malformed: 8
        case .unwanted: 9
        case .unread: 10
        }
    }
}

/// How many messages were thrown away, by reason.
public struct DropCounts: Sendable, Hashable {
    /// Empty until the first one: most peers never lose a message.
    private var counts: [Int] = []

    /// None at all.
    public init() {}

    /// How many for this reason.
    public subscript(reason: DropReason) -> Int {
        self.counts.isEmpty ? 0 : self.counts[reason.index]
    }

    /// How many for any reason.
    public var total: Int { self.counts.reduce(0, +) }

    /// How many that were to be sent.
    public var unsent: Int { DropReason.allCases.reduce(0) { $1.isReceived ? $0 : $0 + self[$1] } }

    /// How many that came from peers.
    public var received: Int { self.total - self.unsent }

    /// The reasons there were, each with its count.
    public var byReason: [(reason: DropReason, count: Int)] {
        DropReason.allCases.map { ($0, self[$0]) }.filter { $0.count > 0 }
    }

    /// Counts messages.
    package mutating func add(_ count: Int = 1, _ reason: DropReason) {
        guard count > 0 else { return }
        if self.counts.isEmpty { self.counts = Array(repeating: 0, count: DropReason.count) }
        self.counts[reason.index] += count
    }

    /// Both together.
    public static func + (left: DropCounts, right: DropCounts) -> DropCounts {
        if left.counts.isEmpty { return right }
        if right.counts.isEmpty { return left }
        var sum = left
        for index in sum.counts.indices { sum.counts[index] += right.counts[index] }
        return sum
    }
}

extension DropCounts: CustomStringConvertible {
    /// The reasons with their counts, as in `unroutable 3, linger 1`.
    public var description: String {
        self.byReason.map { "\($0.reason.rawValue) \($0.count)" }.joined(separator: ", ")
    }
}
