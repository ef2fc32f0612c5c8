// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

// What subscribers tell their peers, and what publishers know of theirs.

extension SocketCore {
    /// Begins or ends a subscription: of a subscriber, whose peers are told; of an XPUB in manual mode, in the name of
    /// the peer whose request was received last.
    func apply(_ subscription: Subscription) throws(ZeroMQError) {
        var signals = SignalList()
        let fault = self.state.withLock { state -> ZeroMQError? in
            guard case .open = state.phase else { return .socketClosed }
            guard !P.subscribes else {
                state.apply(subscription, &signals)
                return nil
            }
            guard P.type == .xpub else { return .cannotSubscribe(P.type) }
            return state.pattern.setManually(subscription) ? nil : .nobodyAsked
        }
        signals.deliver()
        if let fault { throw fault }
    }

    var topicCount: Int { self.state.withLock { $0.pattern.topicCount } }

    /// How many peers would get a message with this first part, or, if nil, anything at all.
    func subscriberCount(for part: Message.Part?) -> Int {
        self.state.withLock { $0.pattern.subscriberCount(for: part) }
    }

    /// Waits until there are so many subscribers.
    func waitForSubscribers(_ count: Int, for part: Message.Part?, within limit: Duration?) async throws {
        guard P.absorbs else { throw ZeroMQError.hasNoSubscribers(P.type) }
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            try Task.checkCancellation()
            let readiness = Readiness()
            let isOpen = self.state.withLock { state in
                guard case .open = state.phase else { return false }
                state.observers.append(readiness)
                return true
            }
            guard isOpen else { throw ZeroMQError.socketClosed }
            defer { self.unwatch(readiness) }
            let found = self.subscriberCount(for: part)
            if found >= count { return }
            if let deadline, deadline <= .now {
                throw ZeroMQError(.timedOut, "expected \(count) subscribers within \(limit ?? .zero), found \(found)")
            }
            let timer = deadline.flatMap { instant in
                self.startTimer(in: TimeAmount(max(.zero, instant - .now))) { readiness.fire() }
            }
            await readiness.wait()
            timer?.cancel()
        }
    }
}

extension SocketCore.State {
    mutating func apply(_ subscription: Subscription, _ signals: inout SignalList) {
        guard self.pattern.apply(subscription) else { return }
        for peer in 0..<self.slots.count where self.slots[peer].isJoined {
            if self.slots[peer].isDirect {
                // A subscription is never dropped, whatever the mark.
                if let direct = self.slots[peer].pipe?.direct { signals.add(direct.force(subscription.message)) }
            } else if self.slots[peer].outgoing.offer(subscription), let transport = self.slots[peer].transport {
                signals.add(.flush(transport))
            }
        }
    }
}
