// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The idle ones, in the order in which they became idle: the one that has waited longest comes first.
///
/// A broker keeps its idle workers here and gives each piece of work to the one that was used least recently, so that
/// all get their turn. The queue is a plain value: it knows neither sockets nor time.
///
/// ```swift
/// var idle: LeastRecentlyUsedQueue = ["ann", "bob"]
/// idle.add("ann")                  // ann has just been used: she is last now
/// let worker = idle.take()         // "bob"
/// ```
///
/// Every operation takes constant time, averaged over many.
public struct LeastRecentlyUsedQueue<Element: Hashable & Sendable>: Sendable {
    private struct Place: Sendable {
        let element: Element
        let ticket: UInt64
    }

    /// In order of tickets. Places whose ticket is no longer the element's own are left over and skipped.
    private var places: [Place] = []
    private var front = 0
    private var tickets: [Element: UInt64] = [:]
    private var nextTicket: UInt64 = 0

    /// Makes a queue without anyone in it.
    public init() {}

    /// How many are idle.
    public var count: Int { tickets.count }

    /// Whether nobody is idle.
    public var isEmpty: Bool { tickets.isEmpty }

    /// Whether this one is idle.
    ///
    /// - Parameter element: The one to look for.
    /// - Returns: Whether it can be taken.
    public func contains(_ element: Element) -> Bool { tickets[element] != nil }

    /// Puts one at the back. One that is idle already moves to the back.
    ///
    /// - Parameter element: Who has become idle.
    public mutating func add(_ element: Element) {
        tickets[element] = nextTicket
        places.append(Place(element: element, ticket: nextTicket))
        nextTicket += 1
        dropLeftovers()
    }

    /// Takes the one that has been idle for the longest time.
    ///
    /// - Returns: The one at the front; nil if nobody is idle.
    public mutating func take() -> Element? {
        while front < places.count {
            let place = places[front]
            front += 1
            if tickets[place.element] == place.ticket {
                tickets[place.element] = nil
                dropLeftovers()
                return place.element
            }
        }
        return nil
    }

    /// Takes this one out, wherever it stands.
    ///
    /// - Parameter element: Who is gone.
    /// - Returns: Whether it was idle.
    @discardableResult
    public mutating func remove(_ element: Element) -> Bool {
        defer { dropLeftovers() }
        return tickets.removeValue(forKey: element) != nil
    }

    /// Tidies up once the leftovers outnumber the idle, which keeps memory and time in proportion to `count`.
    private mutating func dropLeftovers() {
        guard places.count > 2 * tickets.count + 16 else { return }
        places.removeSubrange(..<front)
        front = 0
        places.removeAll { tickets[$0.element] != $0.ticket }
    }
}

extension LeastRecentlyUsedQueue: ExpressibleByArrayLiteral {
    /// Makes a queue of those given, the first in front.
    ///
    /// - Parameter elements: Who is idle, in order.
    public init(arrayLiteral elements: Element...) {
        for element in elements { add(element) }
    }
}
