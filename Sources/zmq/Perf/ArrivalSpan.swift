// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// When the first and the last message arrived.
struct ArrivalSpan: Sendable {
    var first: ContinuousClock.Instant
    var last: ContinuousClock.Instant

    /// The time between them.
    var duration: Duration { last - first }

    /// The span that covers both.
    func union(_ other: ArrivalSpan) -> ArrivalSpan {
        ArrivalSpan(first: min(first, other.first), last: max(last, other.last))
    }
}
