// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// How long a receiver that finds few messages each time lets more of them gather before it looks again.
///
/// Over inproc a receiver can be faster than its sender. If it looks as soon as it has handed out what it had, it finds a
/// handful, and each look takes the memory that the sender is writing to from its core, which costs most where the two
/// cores are far apart (benchmark row inproc 16 B: by a tenth). So it looks less often until some dozens come at a time.
/// What comes more slowly than one message in 100 ns is not waited for, and neither is anything once nothing was there,
/// or where a small mark makes the sender wait for the receiver.
package struct Gathering: Sendable {
    /// In nanoseconds.
    package private(set) var wait = 0

    private static let first = 128
    private static let longest = 2048
    private static let few = 32
    private static let many = 256
    private static let smallMark = 256
    /// In nanoseconds; from one message to the next.
    private static let slowest = 100

    package init() {}

    /// So many were there at a look, after the wait; the sender can go on until `creditBatch` more have been used up.
    package mutating func note(_ count: Int, creditBatch: Int) {
        if creditBatch <= Self.smallMark || count == 0 || count * Self.slowest < self.wait {
            self.wait = 0
        } else if count < Self.few {
            self.wait = min(Self.longest, max(Self.first, 2 * self.wait))
        } else if count > Self.many {
            self.wait /= 2
        }
    }
}
