// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization

/// Whether one socket of a context, or one proxy, has its tasks for itself: only then one of them may keep a thread
/// waiting for the network, which others would want.
///
/// Isolation: any thread. That two may count for one for a moment does no harm.
package final class LoneReader: Sendable {
    /// How often in succession the same one must have suspended a task.
    private static let streak = 8

    private let last = Atomic<UInt>(0)
    private let times = Atomic<Int>(0)

    package init() {}

    /// A task of it suspends. Whether it need not, the next time.
    package func suspends(_ reader: AnyObject) -> Bool {
        guard self.isLast(reader) else {
            self.last.store(Self.number(of: reader), ordering: .relaxed)
            self.times.store(0, ordering: .relaxed)
            return false
        }
        let times = self.times.load(ordering: .relaxed)
        if times < Self.streak { self.times.store(times + 1, ordering: .relaxed) }
        return times >= Self.streak
    }

    /// Nobody else has suspended since.
    package func isLast(_ reader: AnyObject) -> Bool { self.last.load(ordering: .relaxed) == Self.number(of: reader) }

    private static func number(of reader: AnyObject) -> UInt { UInt(bitPattern: ObjectIdentifier(reader)) }
}
