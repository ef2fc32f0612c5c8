// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// Events that wait for one listener: no more than a certain number, and those that are missing are told of.
///
/// What has begun in the listener's sight also ends in it: the end of a connection or of a bound endpoint is kept even
/// beyond the limit, unless its beginning was not. So the buffer holds at most as many more as there are connections
/// and endpoints.
package struct EventBuffer {
    fileprivate enum Thing: Hashable {
        case connection(UInt64)
        case endpoint(String)
    }

    fileprivate enum Part {
        case beginning(Thing)
        case middle(Thing)
        case end(Thing)
        case whole
    }

    private var events = CircularBuffer<SocketEvent>()
    private var missed = 0
    /// What has begun and was not kept.
    private var unseen: Set<Thing> = []
    private let limit: Int

    package init(limit: Int) {
        self.limit = limit
    }

    /// Keeps an event, or counts it as missed.
    package mutating func add(_ event: SocketEvent) {
        guard self.keeps(event) else {
            self.missed += 1
            return
        }
        if self.missed > 0 { self.events.append(.missed(self.missed)) }
        self.missed = 0
        self.events.append(event)
    }

    private mutating func keeps(_ event: SocketEvent) -> Bool {
        let hasRoom = self.events.count < self.limit
        switch event.part {
        case .beginning(let thing):
            if !hasRoom { self.unseen.insert(thing) }
            return hasRoom
        case .middle(let thing):
            return hasRoom && !self.unseen.contains(thing)
        case .end(let thing):
            return self.unseen.remove(thing) == nil
        case .whole:
            return hasRoom
        }
    }

    var isEmpty: Bool { self.events.isEmpty && self.missed == 0 }

    /// Takes the next one.
    package mutating func take() -> SocketEvent? {
        if let event = self.events.popFirst() { return event }
        guard self.missed > 0 else { return nil }
        defer { self.missed = 0 }
        return .missed(self.missed)
    }
}

extension SocketEvent {
    fileprivate var part: EventBuffer.Part {
        switch self {
        case .listening(let endpoint): .beginning(.endpoint(endpoint))
        case .closed(let endpoint), .closeFailed(let endpoint, _): .end(.endpoint(endpoint))
        case .accepted(let connection), .connected(let connection): .beginning(.connection(connection.number))
        case .handshakeSucceeded(let connection, _), .handshakeFailed(let connection, _, _):
            .middle(.connection(connection.number))
        case .disconnected(let connection, _, _, _): .end(.connection(connection.number))
        case .bindFailed, .acceptFailed, .connecting, .connectFailed, .missed: .whole
        }
    }
}
