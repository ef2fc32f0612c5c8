// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Tells of a message that is about to be sent whether it is the answer that a peer waits for.
///
/// Such a message had better leave at once, by itself; one of many had better leave with the others. REQ and REP
/// always take turns. Of the types that need not, those do whose messages have come one at a time for a while: with a
/// hundred requests under way now and then one comes alone too, and if that were answered alone it would never meet
/// the others again (benchmark row echo: a tenth less).
package struct Turn: Sendable {
    /// How often in succession a message must have come alone.
    package static let streak = 4

    /// Messages received since the socket was found empty: none, one, or more.
    private var received = 0
    private var hasAnswered = false
    private var loneMessages = 0
    /// Messages sent and not received for: of who asks, how many requests are under way; of who answers, none or less.
    package private(set) var outstanding = 0
    /// How many messages came together the last time.
    package var batch = 0

    package init() {}

    @inline(__always)
    package mutating func noteReceived() {
        self.received = min(self.received + 1, 2)
        self.outstanding &-= 1
    }

    /// Nothing was there to be received.
    package mutating func noteEmpty() {
        if self.received == 1 { self.loneMessages = min(self.loneMessages + 1, Self.streak) }
        if self.received > 1 { self.loneMessages = 0 }
        self.received = 0
        self.hasAnswered = false
    }

    /// Something was sent, by a type of which this ends the turn or one which may go on.
    @inline(__always)
    package mutating func noteSent(endsTurn: Bool) {
        if endsTurn { self.received = 0 } else { self.hasAnswered = true }
        self.outstanding &+= 1
    }

    /// More than one message was there, whatever is left of them.
    @inline(__always)
    package var isLong: Bool { self.received > 1 }
    /// One message was received, and there may be more.
    @inline(__always)
    package var isShort: Bool { self.received == 1 }

    /// Whether what is sent next answers the only message there was.
    package func isAnswer(alternating: Bool) -> Bool {
        self.received == 1 && !self.hasAnswered && (alternating || self.loneMessages == Self.streak)
    }
}
