// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// What became of the messages that waited to leave when a socket, or all of a context, was closed.
public struct CloseReport: Sendable, Hashable {
    /// Messages that the system took for their peers before the end.
    public var flushed = 0
    /// Messages that were discarded because the time was up or nobody was there.
    public var lost = 0
    /// Messages that were being written when a connection broke or the time was up: a peer may have got them.
    public var unknown = 0
    /// Messages that had been received and that the application had not taken.
    public var unread = 0

    /// Whose messages were lost or are unknown, each with its count.
    public var losses: [Loss] = []

    /// What one peer did not get, or may not have got.
    public struct Loss: Sendable, Hashable {
        /// The number of the peer, as snapshots and events had it.
        public let peer: PeerNumber
        /// The endpoint here that joined them.
        public let endpoint: String
        /// Where the peer was; nil if it never was there.
        public let address: String?
        /// The routing id that it had, if any.
        public let routingID: RoutingID?
        /// Messages that were discarded.
        public let lost: Int
        /// Messages that were being written.
        public let unknown: Int
    }

    /// A report of nothing.
    public init() {}

    static func + (left: CloseReport, right: CloseReport) -> CloseReport {
        var sum = left
        sum.flushed += right.flushed
        sum.lost += right.lost
        sum.unknown += right.unknown
        sum.unread += right.unread
        sum.losses += right.losses
        return sum
    }
}

/// Makes the report of what happens between the beginning and the end of closing.
///
/// Isolation: the socket's lock.
struct ClosingAccount {
    private(set) var report = CloseReport()
    /// Messages that nobody has taken yet over inproc.
    var unsentInproc = 0
    private var before = Traffic()
    private var writtenBefore = 0

    mutating func begin(_ traffic: Traffic, written: Int, unsentInproc: Int) {
        self.before = traffic
        self.writtenBefore = written
        self.unsentInproc = unsentInproc
    }

    mutating func add(_ loss: CloseReport.Loss) {
        if loss.lost + loss.unknown > 0 { self.report.losses.append(loss) }
    }

    mutating func finish(_ traffic: Traffic, written: Int) {
        self.report.flushed = written - self.writtenBefore + max(0, self.unsentInproc)
        self.report.lost = traffic.dropped.unsent - self.before.dropped.unsent
        self.report.unknown = traffic.unknown - self.before.unknown
        self.report.unread = traffic.dropped[.unread] - self.before.dropped[.unread]
    }
}

extension SocketCore.State {
    /// What has passed between the socket and all its peers.
    var traffic: Traffic {
        (0..<self.slots.count).reduce(into: self.trafficOfNobody) { $0 = $0 + self.slots[$1].traffic }
    }

    /// What has passed without a peer, or with one that is gone.
    var trafficOfNobody: Traffic {
        var traffic = self.past
        traffic.dropped.add(self.pattern.unwantedCount, .unwanted)
        return traffic
    }

    /// Messages that the system has taken.
    var written: Int {
        (0..<self.slots.count).reduce(self.pastWritten) { $0 + self.slots[$1].outgoing.written }
    }

    /// Messages that nobody has taken yet over inproc.
    var unsentInproc: Int {
        (0..<self.slots.count).reduce(0) { $0 + ((self.slots[$1].link as? InprocLink)?.unsent ?? 0) }
    }
}
