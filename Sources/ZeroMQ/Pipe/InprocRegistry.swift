// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
package import ZMTP

/// A connector's half of an inproc pipe, for the socket that binds or has bound the name.
package struct InprocOffer: Sendable {
    package let endpoint: String
    package let socketType: SocketType
    package let routingID: RoutingID?
    package let sendMark: Int?
    package let receiveMark: Int?
    package let toBinder: InboundQueue
    package let toConnector: InboundQueue
    package let answer: @Sendable (InprocAnswer) -> Void

    package init(
        endpoint: String = "",
        socketType: SocketType,
        routingID: RoutingID?,
        sendMark: Int?,
        receiveMark: Int?,
        toBinder: InboundQueue,
        toConnector: InboundQueue,
        answer: @escaping @Sendable (InprocAnswer) -> Void
    ) {
        self.endpoint = endpoint
        self.socketType = socketType
        self.routingID = routingID
        self.sendMark = sendMark
        self.receiveMark = receiveMark
        self.toBinder = toBinder
        self.toConnector = toConnector
        self.answer = answer
    }
}

package enum InprocAnswer: Sendable {
    case accepted(SocketType, routingID: RoutingID?)
    case refused(String)
}

/// A socket that has bound an inproc name. Isolation: any thread.
package protocol InprocBinder: AnyObject, Sendable {
    func accept(_ offer: InprocOffer)
}

/// The inproc names of a context: bound ones, and connectors that wait for a name to be bound.
///
/// Isolation: its own lock, under which nobody is called.
package final class InprocRegistry: Sendable {
    private struct Waiting: Sendable {
        let number: UInt64
        let offer: InprocOffer
    }

    private struct State: Sendable {
        var bound: [String: any InprocBinder] = [:]
        var waiting: [String: [Waiting]] = [:]
        var nextNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Binds a name and hands over all connectors that waited for it.
    package func bind(_ name: String, _ binder: any InprocBinder) throws(ZeroMQError) {
        let waiting = self.state.withLock { state -> [Waiting]? in
            guard state.bound[name] == nil else { return nil }
            state.bound[name] = binder
            return state.waiting.removeValue(forKey: name) ?? []
        }
        guard let waiting else {
            throw ZeroMQError(.addressInUse, "inproc://\(name) is bound already; expected a free name")
        }
        for waiter in waiting { binder.accept(waiter.offer) }
    }

    /// Frees a name; pipes made through it live on.
    package func unbind(_ name: String, _ binder: any InprocBinder) {
        self.state.withLock { state in
            if state.bound[name] === binder { state.bound[name] = nil }
        }
    }

    /// Offers a pipe to whoever has bound the name, or will bind it; then the number to withdraw it by.
    package func connect(_ name: String, _ offer: InprocOffer) -> UInt64? {
        let (binder, number) = self.state.withLock { state -> ((any InprocBinder)?, UInt64?) in
            if let binder = state.bound[name] { return (binder, nil) }
            state.nextNumber += 1
            state.waiting[name, default: []].append(Waiting(number: state.nextNumber, offer: offer))
            return (nil, state.nextNumber)
        }
        binder?.accept(offer)
        return number
    }

    /// Takes an offer back; false if it has been handed over.
    package func withdraw(_ number: UInt64, from name: String) -> Bool {
        self.state.withLock { state in
            guard var waiting = state.waiting[name], let index = waiting.firstIndex(where: { $0.number == number })
            else { return false }
            waiting.remove(at: index)
            state.waiting[name] = waiting.isEmpty ? nil : waiting
            return true
        }
    }
}
