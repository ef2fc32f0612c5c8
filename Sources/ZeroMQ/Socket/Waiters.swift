// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import ZMTP

/// Names a suspended call, so that it can be found when it is cancelled or its time is up.
struct WaiterID: Sendable, Hashable {
    let number: UInt64
}

/// A `receive` that waits. Whoever removes it from its socket's list, under the lock, resumes it afterwards.
struct ReceiveWaiter<Incoming: Sendable>: Sendable {
    let id: WaiterID
    /// Resumed with nil when the time is up.
    let continuation: Resumption<Incoming?>
}

/// A `send` that waits, with the message that nobody has taken yet.
struct SendWaiter: Sendable {
    let id: WaiterID
    let message: Message
    let destination: Destination
    let envelope: Envelope?
    /// Resumed with false when the time is up.
    let continuation: Resumption<Bool>
}

/// Signals that one step under a socket's lock has raised, to be delivered once it is released.
struct SignalList: Sendable {
    private var first = PipeSignal.none
    private var others: [PipeSignal] = []

    @inline(__always)
    mutating func add(_ signal: PipeSignal) {
        if case .none = signal { return }
        self.store(signal)
    }

    private mutating func store(_ signal: PipeSignal) {
        if case .none = self.first { self.first = signal } else { self.others.append(signal) }
    }

    @inline(__always)
    func deliver() {
        if case .none = self.first { return }
        self.deliverAll()
    }

    private func deliverAll() {
        self.first.deliver()
        for signal in self.others { signal.deliver() }
    }
}
