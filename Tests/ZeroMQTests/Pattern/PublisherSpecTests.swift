// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 29, the PUB socket type")
struct PubSpecTests {
    @Test("SHALL send to all who subscribed to what the first part begins with")
    func fansOut() {
        var pub = FanOutStage<PubPattern>()
        let (all, some, none) = (pub.join(), pub.join(), pub.join())
        pub.hear(wish(""), from: all)
        pub.hear(wish("a"), wish("b"), from: some)
        #expect(pub.publish("apple") == [all, some])
        #expect(pub.publish(["b", "second part"]) == [all, some])
        #expect(pub.publish(["c", "a"]) == [all])
        #expect(pub.sent(to: none) == [])
        #expect(pub.sent(to: some) == ["apple", ["b", "second part"]])
    }

    @Test("SHALL drop without subscribers, and for a subscriber without room")
    func drops() {
        var pub = FanOutStage<PubPattern>()
        #expect(pub.publish("nobody") == [])
        let (slow, quick) = (pub.join(room: 1), pub.join())
        pub.hear(wish(""), from: slow)
        pub.hear(wish(""), from: quick)
        #expect(pub.publish("1") == [slow, quick])
        #expect(pub.publish("2") == [quick])
        pub.makeRoom(for: 1, at: slow)
        #expect(pub.publish("3") == [slow, quick])
        #expect(pub.sent(to: slow) == ["1", "3"])
    }

    @Test("SHALL NOT receive: messages of XSUB are discarded, subscriptions among their parts count")
    func receivesNothing() {
        var pub = FanOutStage<PubPattern>()
        let peer = pub.join()
        pub.hear("hello", ["also", "this"], from: peer)
        #expect(pub.receive() == nil)
        #expect(pub.pattern.receivingFault?.code == .notSupported)
        let mixed = Message(parts: ["hello", Message.Part([1] + Array("a".utf8))])
        pub.hear(mixed, from: peer)
        #expect(pub.publish("a") == [peer])
    }

    @Test("a cancellation ends a subscription, however often it was asked for; other ones are left")
    func cancels() {
        var pub = FanOutStage<PubPattern>()
        let peer = pub.join()
        pub.hear(wish("a"), wish("a"), wish("b"), cancellation("a"), cancellation("x"), from: peer)
        #expect(pub.publish("a") == [])
        #expect(pub.publish("b") == [peer])
    }

    @Test("who comes to the place of a peer that left has none of its subscriptions")
    func forgets() {
        var pub = FanOutStage<PubPattern>()
        let old = pub.join()
        pub.hear(wish(""), wish("a"), from: old)
        pub.lose(old)
        let new = pub.join()
        #expect(new == old)
        #expect(pub.publish("a") == [])
        #expect(pub.pattern.topicCount == 0)
    }

    @Test("ZMQ_XPUB_NODROP: waits while one of those who want it has no room, and nobody gets it meanwhile")
    func waitsForAll() {
        var pub = FanOutStage<PubPattern> { $0.waitsForAll = true }
        let (slow, quick, other) = (pub.join(room: 0), pub.join(), pub.join(room: 0))
        pub.hear(wish("a"), from: slow)
        pub.hear(wish("a"), from: quick)
        pub.hear(wish("b"), from: other)
        #expect(pub.publish("a") == nil)
        #expect(!pub.pattern.canSend)
        #expect(pub.sent(to: quick) == [])
        pub.makeRoom(for: 1, at: slow)
        #expect(pub.pattern.canSend)
        #expect(pub.publish("a") == [slow, quick])
    }

    @Test("who alone wants everything gets it without a look at the message, for as long as that is so")
    func soleTarget() {
        var pub = FanOutStage<XPubPattern> { $0.waitsForAll = true }
        let (one, other) = (pub.join(room: 1), pub.join())
        #expect(pub.pattern.quickTarget == nil)
        pub.hear(wish(""), from: one)
        #expect(pub.pattern.quickTarget == one)
        for topic in ["", "a"] {
            pub.hear(wish(topic), from: other)
            #expect(pub.pattern.quickTarget == nil)
            pub.hear(Subscription(Message.Part(topic), isCancellation: true).message, from: other)
            #expect(pub.pattern.quickTarget == one)
        }
        #expect(pub.publish("a") == [one])
        #expect(pub.publish("a") == nil)
        #expect(pub.pattern.quickTarget == nil)
        pub.makeRoom(for: 1, at: one)
        #expect(pub.pattern.quickTarget == one)
        pub.lose(one)
        #expect(pub.pattern.quickTarget == nil)
    }

    @Test("ZMQ_INVERT_MATCHING: who wants everything gets nothing")
    func soleTargetInverted() {
        var pub = FanOutStage<PubPattern> { $0.inverts = true }
        pub.hear(wish(""), from: pub.join())
        #expect(pub.pattern.quickTarget == nil)
        #expect(pub.publish("a") == [])
    }

    @Test("ZMQ_INVERT_MATCHING: to those who did not subscribe to it, also who subscribed to nothing")
    func inverts() {
        var pub = FanOutStage<PubPattern> { $0.inverts = true }
        let (some, none) = (pub.join(), pub.join())
        pub.hear(wish("a"), from: some)
        #expect(pub.publish("a") == [none])
        #expect(pub.publish("b") == [some, none])
        pub.lose(none)
        #expect(pub.publish("b") == [some])
    }

    @Test("knows how many would get a message")
    func countsSubscribers() {
        var pub = FanOutStage<PubPattern>()
        let (first, second) = (pub.join(), pub.join())
        #expect(pub.pattern.subscriberCount(for: nil) == 0)
        pub.hear(wish("a"), wish("ab"), from: first)
        pub.hear(wish("b"), from: second)
        #expect(pub.pattern.subscriberCount(for: nil) == 2)
        #expect(pub.pattern.subscriberCount(for: "abc") == 1)
        #expect(pub.pattern.topicCount == 3)
    }
}

@Suite("Pattern: RFC 29, the XPUB socket type")
struct XPubSpecTests {
    @Test("SHALL tell of the first subscription to a topic and the last cancellation")
    func reportsOnce() {
        var xpub = FanOutStage<XPubPattern>()
        let (first, second) = (xpub.join(), xpub.join())
        xpub.hear(wish("a"), wish("a"), from: first)
        xpub.hear(wish("a"), from: second)
        #expect(xpub.receiveAll() == [wish("a")])
        xpub.hear(cancellation("a"), from: first)
        #expect(xpub.receive() == nil)
        xpub.hear(cancellation("a"), from: second)
        #expect(xpub.receiveAll() == [cancellation("a")])
    }

    @Test("ZMQ_XPUB_VERBOSE: tells of every subscription and the last cancellation")
    func verbose() {
        var xpub = FanOutStage<XPubPattern> { $0.verbosity = .verbose }
        let (first, second) = (xpub.join(), xpub.join())
        xpub.hear(wish("a"), wish("a"), from: first)
        xpub.hear(wish("a"), from: second)
        xpub.hear(cancellation("a"), from: first)
        xpub.hear(cancellation("a"), from: second)
        #expect(xpub.receiveAll() == [wish("a"), wish("a"), wish("a"), cancellation("a")])
    }

    @Test("ZMQ_XPUB_VERBOSER: tells of every subscription and every cancellation, also of those who leave")
    func verboser() {
        var xpub = FanOutStage<XPubPattern> { $0.verbosity = .verboser }
        let (first, second) = (xpub.join(), xpub.join())
        xpub.hear(wish("a"), from: first)
        xpub.hear(wish("a"), from: second)
        xpub.lose(first)
        #expect(xpub.receiveAll() == [wish("a"), wish("a"), cancellation("a")])
        xpub.hear(cancellation("a"), from: second)
        #expect(xpub.receiveAll() == [cancellation("a")])
    }

    @Test("a peer that leaves cancels what nobody else has")
    func cancelsForLeavers() {
        var xpub = FanOutStage<XPubPattern>()
        let (first, second) = (xpub.join(), xpub.join())
        xpub.hear(wish("a"), wish("b"), from: first)
        xpub.hear(wish("b"), from: second)
        _ = xpub.receiveAll()
        xpub.lose(first)
        #expect(xpub.receiveAll() == [cancellation("a")])
    }

    @Test("hands on what else XSUB sends; each part may be a subscription, or only the first")
    func handsOn() {
        let mixed = Message(parts: ["user", Message.Part([1] + Array("a".utf8)), "more"])
        var each = FanOutStage<XPubPattern>()
        let peer = each.join()
        each.hear("hello", mixed, from: peer)
        #expect(each.receiveAll() == ["hello", wish("a"), ["user", "more"]])
        #expect(each.pattern.topicCount == 1)
        var first = FanOutStage<XPubPattern> { $0.looksAtFirstPartOnly = true }
        let other = first.join()
        first.hear(mixed, Message(parts: [Message.Part([1] + Array("b".utf8)), "rest"]), from: other)
        #expect(first.receiveAll() == [mixed, wish("b"), ["rest"]])
    }

    @Test("looks at no more of what peers send while the application has enough to receive, and loses nothing")
    func holdsBack() {
        var xpub = FanOutStage<XPubPattern> { $0.mark = 2 }
        let peer = xpub.join()
        xpub.hear("1", "2", "3", wish("a"), "4", from: peer)
        #expect(xpub.unseen == 3)
        #expect(xpub.receiveAll() == ["1", "2", "3", wish("a"), "4"])
        #expect(xpub.unseen == 0)
    }

    @Test("ZMQ_XPUB_MANUAL: the application decides what the peer gets whose request it received last")
    func manual() {
        var xpub = FanOutStage<XPubPattern> { $0.isManual = true }
        let (first, second) = (xpub.join(), xpub.join())
        #expect(xpub.setManually("early") == false)
        xpub.hear(wish("a"), from: first)
        xpub.hear(wish("a"), from: second)
        #expect(xpub.receive() == wish("a"))
        #expect(xpub.setManually("x") == true)
        #expect(xpub.receive() == wish("a"))
        #expect(xpub.setManually("y") == true)
        #expect(xpub.publish("a") == [])
        #expect(xpub.publish("x") == [first])
        #expect(xpub.publish("y") == [second])
        xpub.lose(second)
        // What it had asked for, not what it was given.
        #expect(xpub.receiveAll() == [cancellation("a")])
        #expect(xpub.setManually("z") == false)
        #expect(xpub.publish("y") == [])
    }

    @Test("ZMQ_XPUB_MANUAL_LAST_VALUE: the first message after a request goes only to who sent it, if it wants it")
    func lastValue() {
        var xpub = FanOutStage<XPubPattern> {
            $0.isManual = true
            $0.sendsLastValue = true
        }
        let (old, new) = (xpub.join(), xpub.join())
        xpub.hear(wish("a"), from: old)
        _ = xpub.receive()
        #expect(xpub.setManually("a") == true)
        #expect(xpub.publish("a1") == [old])
        xpub.hear(wish("a"), from: new)
        _ = xpub.receive()
        #expect(xpub.setManually("a") == true)
        #expect(xpub.publish("a1 again") == [new])
        #expect(xpub.publish("a2") == [old, new])
    }

    @Test("ZMQ_XPUB_WELCOME_MSG: the first thing that a new peer gets, whatever it wants")
    func welcomes() {
        var xpub = FanOutStage<XPubPattern> { $0.welcome = "W" }
        let peer = xpub.join()
        #expect(xpub.sent(to: peer) == ["W"])
    }
}
