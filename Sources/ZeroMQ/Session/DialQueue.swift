// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization

/// How many connections from here to one endpoint are begun before others of them are ready.
///
/// A listener holds a hundred connections that it has not accepted yet, unless told otherwise. Of a thousand that come at
/// once the system throws most away, and TCP tries again only after a second, then after three (benchmark row *1,000
/// peers*). Who has a place takes none of the others' away: it is given back when the connection is ready, or has failed.
package final class DialQueue: Sendable {
    /// Below the backlog that listeners have by default, with room for others.
    package static let places = 64

    private struct Line {
        var taken = 0
        var waiting: [(place: ObjectIdentifier, begin: @Sendable () -> Void)] = []
    }

    private let lines = Mutex<[String: Line]>([:])

    package init() {}

    /// Takes a place on the way to an endpoint. If there is none, `begin` is called once there is, with the place, by
    /// whoever gives one back.
    ///
    /// - Returns: Whether the caller has a place now.
    package func enter(
        _ endpoint: String, _ place: ObjectIdentifier, orLater begin: @escaping @Sendable () -> Void
    ) -> Bool {
        self.lines.withLock { lines in
            guard lines[endpoint, default: Line()].taken == Self.places else {
                lines[endpoint, default: Line()].taken += 1
                return true
            }
            lines[endpoint, default: Line()].waiting.append((place, begin))
            return false
        }
    }

    /// Waits no longer. False if the place has been given already.
    package func giveUp(_ endpoint: String, _ place: ObjectIdentifier) -> Bool {
        self.lines.withLock { lines in
            guard let index = lines[endpoint]?.waiting.firstIndex(where: { $0.place == place }) else { return false }
            lines[endpoint]?.waiting.remove(at: index)
            return true
        }
    }

    /// Gives a place back, to the one who has waited longest.
    package func leave(_ endpoint: String) {
        let begin = self.lines.withLock { lines -> (@Sendable () -> Void)? in
            guard var line = lines[endpoint] else { return nil }
            if !line.waiting.isEmpty {
                let next = line.waiting.removeFirst()
                lines[endpoint] = line
                return next.begin
            }
            line.taken -= 1
            lines[endpoint] = line.taken > 0 ? line : nil
            return nil
        }
        begin?()
    }
}
