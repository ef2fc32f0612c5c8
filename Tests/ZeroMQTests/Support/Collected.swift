// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization

/// What several tasks find, in one place.
final class Collected<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func append(_ element: Element) { self.elements.withLock { $0.append(element) } }

    var all: [Element] { self.elements.withLock { $0 } }
    var count: Int { self.elements.withLock { $0.count } }
}
