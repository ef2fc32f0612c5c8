// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A connection that can be read by who receives, instead of its event loop. Isolation: any thread, no lock held.
package protocol DirectSource: AnyObject, Sendable {
    /// Takes what the system has at once and puts it into the pipe.
    func read() -> DirectReading
    /// Nobody will read for now: the loop is to do it again.
    func returnReading()
}

/// What came of a look.
package enum DirectReading: Sendable {
    case nothing
    /// Messages are in the pipe.
    case some
    /// The loop reads again.
    case over
}
