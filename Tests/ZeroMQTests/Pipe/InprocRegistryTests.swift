// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZMTP
import ZeroMQ

@Suite("Pipe: inproc names")
struct InprocRegistryTests {
    /// A socket that has bound a name and writes down who comes.
    private final class BinderProbe: InprocBinder {
        private let log = Mutex<[RoutingID?]>([])
        private let action: @Sendable () -> Void

        init(_ action: @escaping @Sendable () -> Void = {}) {
            self.action = action
        }

        var visitors: [RoutingID?] { self.log.withLock { $0 } }

        func accept(_ offer: InprocOffer) {
            self.log.withLock { $0.append(offer.routingID) }
            self.action()
        }
    }

    private let names = InprocRegistry()

    private static func offer(_ id: RoutingID) -> InprocOffer {
        InprocOffer(
            socketType: .dealer,
            routingID: id,
            sendMark: 1,
            receiveMark: 1,
            toBinder: InboundQueue(limit: 1),
            toConnector: InboundQueue(limit: 1)
        ) { _ in }
    }

    @Test("hands an offer to whoever has bound the name")
    func connectsAfterBind() throws {
        let binder = BinderProbe()
        try self.names.bind("a", binder)
        #expect(self.names.connect("a", Self.offer("1")) == nil)
        #expect(self.names.connect("a", Self.offer("2")) == nil)
        #expect(binder.visitors == ["1", "2"])
    }

    @Test("keeps offers that come before the name is bound, and hands them over in the order in which they came, once")
    func connectsBeforeBind() throws {
        let (first, second) = (BinderProbe(), BinderProbe())
        let numbers = (["1", "2", "3"] as [RoutingID]).map { self.names.connect("a", Self.offer($0)) }
        #expect(Set(numbers.compactMap { $0 }).count == 3)
        try self.names.bind("a", first)
        #expect(first.visitors == ["1", "2", "3"])
        self.names.unbind("a", first)
        try self.names.bind("a", second)
        #expect(second.visitors.isEmpty)
    }

    @Test("hands an offer to nobody who has bound another name")
    func namesDiffer() throws {
        let (a, b) = (BinderProbe(), BinderProbe())
        #expect(self.names.connect("b", Self.offer("1")) != nil)
        try self.names.bind("a", a)
        #expect(a.visitors.isEmpty)
        try self.names.bind("b", b)
        #expect(b.visitors == ["1"])
    }

    @Test("lets a name be bound once at a time, and says which it is")
    func bindsOnce() throws {
        let (holder, other) = (BinderProbe(), BinderProbe())
        try self.names.bind("a", holder)
        for binder in [holder, other] {
            let error = #expect(throws: ZeroMQError.self) { try self.names.bind("a", binder) }
            #expect(error?.code == .addressInUse)
            #expect(error?.message.contains("inproc://a") == true)
        }
        #expect(self.names.connect("a", Self.offer("1")) == nil)
        #expect(holder.visitors == ["1"])
        #expect(other.visitors.isEmpty)
    }

    @Test("lets one socket bind several names")
    func bindsSeveralNames() throws {
        let binder = BinderProbe()
        try self.names.bind("a", binder)
        try self.names.bind("b", binder)
        self.names.unbind("a", binder)
        #expect(self.names.connect("b", Self.offer("1")) == nil)
        #expect(self.names.connect("a", Self.offer("2")) != nil)
        #expect(binder.visitors == ["1"])
    }

    @Test("frees a name for others when its holder unbinds it, and for nobody else's word")
    func unbinds() throws {
        let (holder, other) = (BinderProbe(), BinderProbe())
        try self.names.bind("a", holder)
        self.names.unbind("a", other)
        #expect(self.names.connect("a", Self.offer("1")) == nil)
        self.names.unbind("a", holder)
        #expect(self.names.connect("a", Self.offer("2")) != nil)
        try self.names.bind("a", other)
        #expect(holder.visitors == ["1"])
        #expect(other.visitors == ["2"])
    }

    @Test("takes back an offer that waits, once")
    func withdraws() throws {
        let binder = BinderProbe()
        let numbers = (["1", "2", "3"] as [RoutingID]).map { self.names.connect("a", Self.offer($0)) }
        let second = try #require(numbers[1])
        #expect(!self.names.withdraw(second, from: "b"))
        #expect(self.names.withdraw(second, from: "a"))
        #expect(!self.names.withdraw(second, from: "a"))
        try self.names.bind("a", binder)
        #expect(binder.visitors == ["1", "3"])
    }

    @Test("does not take back an offer that was handed over")
    func withdrawsTooLate() throws {
        let number = try #require(self.names.connect("a", Self.offer("1")))
        try self.names.bind("a", BinderProbe())
        #expect(!self.names.withdraw(number, from: "a"))
    }

    @Test("a name all of whose offers were taken back can be bound and waited for again")
    func startsAfresh() throws {
        let binder = BinderProbe()
        let number = try #require(self.names.connect("a", Self.offer("1")))
        #expect(self.names.withdraw(number, from: "a"))
        let next = try #require(self.names.connect("a", Self.offer("2")))
        #expect(next != number)
        try self.names.bind("a", binder)
        #expect(binder.visitors == ["2"])
    }

    @Test("may be asked again by a socket that is just being handed an offer")
    func isReentrant() throws {
        let names = self.names
        let binder = BinderProbe { _ = names.connect("b", Self.offer("from within")) }
        let other = BinderProbe()
        #expect(self.names.connect("a", Self.offer("1")) != nil)
        try self.names.bind("a", binder)
        try self.names.bind("b", other)
        #expect(other.visitors == ["from within"])
    }
}
