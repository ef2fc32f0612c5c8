// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// Between libzmq and us stands a relay that makes each side believe that the other one speaks an old version, so that
/// both use it.
@Suite("Old versions", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct OldVersionTests {
    struct Meeting: Sendable, CustomTestStringConvertible {
        var version: String
        var weBind: Bool

        var testDescription: String { "\(self.version), \(self.weBind ? "we bind" : "they bind")" }

        var options: SocketOptions {
            var options = SocketOptions()
            options.oldestVersion = self.version == "1.0" ? .v10 : .v20
            return options
        }

        /// Joins both sides through the relay.
        func join(_ ours: some Socket, _ theirs: ForeignSocket) async throws {
            let bound =
                self.weBind
                ? try await ours.bind(to: "tcp://127.0.0.1:*") : try await theirs.bind(to: "tcp://127.0.0.1:*")
            let port = try #require(bound.split(separator: ":").last.flatMap { Int($0) })
            let relay = "tcp://127.0.0.1:\(try await theirs.peer.relay(to: port, version: self.version))"
            if self.weBind { try await theirs.connect(to: relay) } else { try await ours.connect(to: relay) }
        }

        static let all = ["1.0", "2.0"].flatMap { [Self(version: $0, weBind: true), Self(version: $0, weBind: false)] }
    }

    /// Sizes around the limits of short lengths of all versions, and some that are sent without being copied.
    static let sizes = [0, 1, 100, 252, 253, 254, 255, 256, 5000, 20_000, 100_000]

    private static func part(_ size: Int) -> Message.Part {
        Message.Part((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) })
    }

    @Test("our ROUTER and their DEALER exchange messages of all sizes", arguments: Meeting.all)
    func router(meeting: Meeting) async throws {
        try await withPeer { context, peer in
            let router = try context.makeRouterSocket(meeting.options)
            let events = router.events
            let dealer = try await peer.open(.dealer, ["routing_id": "them"])
            try await meeting.join(router, dealer)
            for size in Self.sizes {
                let messages: [Message] = [[Self.part(size)], ["", Self.part(size), Self.part(size), "end"]]
                for message in messages {
                    try await dealer.send(message)
                    let received = try #require(try await router.receive(within: .seconds(20)))
                    #expect(received.peer.routingID == "them")
                    #expect(received.message == message)
                    try await router.send(message, to: received.peer)
                    #expect(try await dealer.receive() == message)
                }
            }
            let isOld = await events.first { "\($0)".contains("ZMTP \(meeting.version)") }
            #expect(isOld != nil)
        }
    }

    @Test("a peer of today is met in its version all the same", arguments: Meeting.all)
    func today(meeting: Meeting) async throws {
        try await withPeer { context, peer in
            let router = try context.makeRouterSocket(meeting.options)
            let events = router.events
            let dealer = try await peer.open(.dealer, ["routing_id": "them"])
            if meeting.weBind {
                try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            } else {
                try await router.connect(to: try await dealer.bind(to: "tcp://127.0.0.1:*"))
            }
            try await dealer.send("hello")
            #expect(try await router.receive(within: .seconds(20))?.message == "hello")
            #expect(await events.first { "\($0)".contains("ZMTP 3.1") } != nil)
        }
    }

    @Test("their ROUTER knows our DEALER by its routing id", arguments: Meeting.all)
    func dealer(meeting: Meeting) async throws {
        try await withPeer { context, peer in
            var options = meeting.options
            options.routingID = "us"
            let dealer = try context.makeDealerSocket(options)
            let router = try await peer.open(.router)
            try await meeting.join(dealer, router)
            for number in 0..<200 { try await dealer.send(["x", Message.Part("\(number)")]) }
            let received = try await router.receiveMany(200)
            #expect(received.map(\.text) == (0..<200).map { ["us", "x", "\($0)"] })
            try await router.sendMany(200, ["us", "y"])
            for number in 0..<200 {
                #expect(try await dealer.receive(within: .seconds(20))?.text == ["y", "\(number)"])
            }
        }
    }

    @Test("requests of ours are answered", arguments: Meeting.all)
    func request(meeting: Meeting) async throws {
        try await withPeer { context, peer in
            let req = try context.makeReqSocket(meeting.options)
            let rep = try await peer.open(.rep)
            try await meeting.join(req, rep)
            async let echoed = rep.echo(10)
            for number in 0..<10 {
                try await req.send(Message("\(number)"))
                #expect(try await req.receive(within: .seconds(20)) == Message("\(number)"))
            }
            #expect(try await echoed == 10)
        }
    }

    @Test("messages are pushed both ways", arguments: Meeting.all)
    func push(meeting: Meeting) async throws {
        try await withPeer { context, peer in
            let (push, pull) = (
                try context.makePushSocket(meeting.options), try context.makePullSocket(meeting.options)
            )
            let (theirPull, theirPush) = (try await peer.open(.pull), try await peer.open(.push))
            try await meeting.join(push, theirPull)
            try await meeting.join(pull, theirPush)
            try await theirPush.sendMany(1000, ["theirs"])
            for number in 0..<1000 {
                try await push.send(["ours", Message.Part("\(number)")])
                #expect(try await pull.receive(within: .seconds(20))?.text == ["theirs", "\(number)"])
            }
            #expect(try await theirPull.receiveMany(1000).map { $0.text.last } == (0..<1000).map { "\($0)" })
        }
    }

    @Test("our SUB hears of their XPUB what it wants", arguments: Meeting.all)
    func subscriber(meeting: Meeting) async throws {
        try await withPeer { context, peer in
            let sub = try context.makeSubSocket(meeting.options)
            try sub.subscribe(to: "a")
            let xpub = try await peer.open(.xpub)
            try await meeting.join(sub, xpub)
            // One of 1.0 is taken to want everything, and says what it wants all the same.
            var wishes: [Message] = []
            while wishes.last != Message([1, 0x61] as [UInt8]), let wish = try await xpub.receive() {
                wishes.append(wish)
            }
            #expect(wishes.last == Message([1, 0x61] as [UInt8]))
            for text in ["b1", "a1", "c", "a2"] { try await xpub.send(Message(text)) }
            #expect(try await sub.receive(within: .seconds(20)) == "a1")
            #expect(try await sub.receive(within: .seconds(20)) == "a2")
        }
    }

    @Test(
        "a 1.0 subscriber of theirs is sent everything by our PUB",
        arguments: Meeting.all.filter { $0.version == "1.0" })
    func publisher(meeting: Meeting) async throws {
        try await withPeer { context, peer in
            let pub = try context.makePubSocket(meeting.options)
            let sub = try await peer.open(.sub)
            try await sub.set(["subscribe": "a"])
            try await meeting.join(pub, sub)
            try await pub.waitForSubscribers(1, within: .seconds(20))
            for text in ["b1", "a1", "c", "a2"] { try await pub.send(Message(text)) }
            #expect(try await sub.receive() == "a1")
            #expect(try await sub.receive() == "a2")
        }
    }
}
