// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import ZMTP

// The clock for the connection's heartbeats: one timer a connection, and none while it does not want to know the time.

extension Session {
    /// How long the last PING took to the peer and back. Isolation: the event loop.
    var roundTripTime: Duration? { self.connection.roundTripTime.map { Duration($0) } }

    /// Lets the connection look at the clock, now and when it wants to again.
    func tick() {
        guard !self.isOver, !self.isDrained, !self.isLeaving, let context = self.context else { return }
        self.takeReadingBack()
        let unwritten = context.channel.isWritable ? 0 : self.unwrittenOctets(context)
        defer { self.unwritten = unwritten }
        let verdict = self.connection.tick(
            at: .now(), isReading: !self.isPaused, isWriting: unwritten < self.unwritten)
        if let time = self.roundTripTime, time != self.notedRoundTrip, let end = self.end {
            self.notedRoundTrip = time
            end.owner.noteRoundTrip(time, of: end.peer)
        }
        switch verdict {
        case .giveUp:
            self.close(.heartbeatTimedOut)
        case .tickAgain(let next):
            self.writeOutput(context)
            // A timer that fires too early finds that out by itself.
            guard let next, next < self.nextTick ?? .distantFuture else { return }
            self.timer?.cancel()
            self.nextTick = next
            self.timer = self.loop.assumeIsolated().scheduleTask(deadline: next) { [weak self] in
                self?.nextTick = nil
                self?.tick()
            }
        }
    }

    private func unwrittenOctets(_ context: ChannelHandlerContext) -> Int {
        // The only failure is that the channel is closed.
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
