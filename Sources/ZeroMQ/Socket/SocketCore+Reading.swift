// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import NIOPosix
import Synchronization
import ZMTP

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

// A task that receives reads the connection of the only peer itself; see `Session+Reading.swift`.

extension SocketCore {
    func wantsReading(from peer: PeerID) -> Bool {
        P.answers && self.state.withLock { $0.wantsReading(from: peer) }
    }

    func lendReading(_ source: any DirectSource, from peer: PeerID) -> Bool {
        self.state.withLock { state in
            guard state.wantsReading(from: peer) else { return false }
            state.direct.take(source, of: peer)
            return true
        }
    }

    var directReads: Int { self.state.withLock { $0.direct.reads } }

    /// A task is about to suspend. Whether it would rather read.
    func wouldRead() -> Bool {
        guard P.answers, ReadingPatience.isOfUseHere else { return false }
        return self.environment.loneReader.suspends(self) && self.readingPatience.isReady(at: .now())
    }

    /// Receives what the connection brings within a moment.
    func receiveDirectly() async throws -> P.Incoming? {
        guard let source = self.state.withLock({ $0.direct.source }), self.environment.loneReader.isLast(self),
            !Task.isCancelled, self.readingPatience.wait(until: { self.hasCome(from: source) })
        else { return nil }
        if self.state.withLock({ $0.direct.endsTurn(at: .now()) }) { await Task.yield() }
        // If another call has taken it, or it was no message, this one suspends: limits and turns are for those who wait.
        return try self.tryReceiveWithCare()
    }

    var hasOneSource: Bool { P.answers && !P.takesTurns && self.state.withLock { $0.slots.hasOneWire } }

    @_specialize(where P == DealerPattern)
    @_specialize(where P == RouterPattern)
    func readDirectly() -> DirectLook {
        let (source, canReceive) = self.state.withLock { state in
            if state.direct.source == nil { state.direct.want() }
            return (state.direct.source, state.pattern.canReceive)
        }
        if canReceive { return .some }
        guard let source else { return .nothing }
        switch source.read() {
        case .some:
            self.state.withLock { $0.direct.noteRead() }
            return .some
        case .over:
            self.state.withLock { $0.direct.forget(source) }
            return .over
        case .nothing: return .nothing
        }
    }

    func returnReading() { self.state.withLock { $0.direct.wait(wanting: false) }?.returnReading() }

    /// Whether there is something now, or no reason to look for it.
    private func hasCome(from source: any DirectSource) -> Bool {
        switch source.read() {
        case .some:
            self.state.withLock { $0.direct.noteRead() }
            return true
        case .over:
            self.state.withLock { $0.direct.forget(source) }
            self.readingPatience.rest()
            return true
        case .nothing: return self.state.withLock { $0.pattern.canReceive }
        }
    }
}

extension SocketCore.State {
    fileprivate func wantsReading(from peer: PeerID) -> Bool {
        // Who waits already would not come and read.
        guard case .open = self.phase, self.receivers.isEmpty, self.readers.isEmpty else { return false }
        return self.direct.wants(peer, of: self.slots)
    }
}

extension ReadingPatience {
    /// On an event loop others would wait as well.
    static var isOfUseHere: Bool { MultiThreadedEventLoopGroup.currentEventLoop == nil }

    /// Looks until something has come, for as long as that is worth it. Whether it has.
    func wait(until look: () -> Bool) -> Bool {
        guard Self.isOfUseHere else { return false }
        return self.wait(clock: { .now() }, offer: { _ = sched_yield() }, until: look)
    }
}

extension Socket {
    /// How many times a task has read messages from the network without the event loop.
    package var directReads: Int { self.control.engine.directReads }
}
