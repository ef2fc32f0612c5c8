// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: RFC 29, the SUB socket type")
struct SubSpecTests {
    @Test("SHALL receive fairly, what it has subscribed to and nothing else")
    func filters() {
        var sub = PatternStage<SubPattern>()
        let (first, second) = (sub.join(), sub.join())
        sub.hear("a1", "b1", "a2", from: first)
        sub.hear("a3", from: second)
        #expect(sub.receiveAll() == [])
        #expect(sub.apply(Subscription("a")) == true)
        sub.hear("a1", "b1", "a2", from: first)
        sub.hear(["a3", "part"], from: second)
        #expect(sub.receiveAll() == ["a1", ["a3", "part"], "a2"])
    }

    @Test("tells its peers of the first subscription to a topic and the last cancellation only")
    func tellsOnce() {
        var sub = PatternStage<SubPattern>()
        #expect(sub.apply(Subscription("a")) == true)
        #expect(sub.apply(Subscription("a")) == false)
        #expect(sub.apply(Subscription("a", isCancellation: true)) == false)
        #expect(sub.apply(Subscription("a", isCancellation: true)) == true)
        #expect(sub.apply(Subscription("a", isCancellation: true)) == false)
        #expect(sub.apply(Subscription("never", isCancellation: true)) == false)
    }

    @Test("what was cancelled is discarded, though it was under way")
    func discardsLate() {
        var sub = PatternStage<SubPattern>()
        _ = sub.apply(Subscription(""))
        let peer = sub.join()
        sub.hear("x", from: peer)
        _ = sub.apply(Subscription("", isCancellation: true))
        #expect(sub.receive() == nil)
    }

    @Test("ZMQ_INVERT_MATCHING: receives what it has not subscribed to")
    func inverts() {
        var rules = PublishingRules()
        rules.inverts = true
        var sub = PatternStage<SubPattern>(PatternRules(publishing: rules))
        _ = sub.apply(Subscription("a"))
        let peer = sub.join()
        sub.hear("a", "b", from: peer)
        #expect(sub.receiveAll() == ["b"])
    }

    @Test("SHALL NOT send")
    func sendsNothing() {
        var sub = PatternStage<SubPattern>()
        _ = sub.join()
        #expect(sub.send("x") == .failed(.notSupported))
    }
}

@Suite("Pattern: RFC 29, the XSUB socket type")
struct XSubSpecTests {
    @Test("subscriptions are sent as messages: all of them, but of cancellations the last of a topic")
    func subscribes() {
        var xsub = FanOutStage<XSubPattern>()
        let peer = xsub.join()
        for message in [wish("a"), wish("a"), cancellation("a"), cancellation("a"), cancellation("a")] {
            #expect(xsub.publish(message) == [])
        }
        #expect(xsub.told(peer) == [Subscription("a"), Subscription("a"), Subscription("a", isCancellation: true)])
        #expect(xsub.sent(to: peer) == [])
    }

    @Test("ZMQ_XSUB_VERBOSE_UNSUBSCRIBE: every cancellation is sent, even of what was never asked for")
    func repeatsCancellations() {
        var xsub = FanOutStage<XSubPattern> { $0.repeatsCancellations = true }
        let peer = xsub.join()
        _ = xsub.publish(cancellation("a"))
        #expect(xsub.told(peer) == [Subscription("a", isCancellation: true)])
    }

    @Test("other messages go to all publishers, but to those without room")
    func sendsUpstream() {
        var xsub = FanOutStage<XSubPattern>()
        let (first, second, full) = (xsub.join(), xsub.join(), xsub.join(room: 0))
        #expect(xsub.publish("hello") == [first, second])
        #expect(xsub.publish(["also", "parts"]) == [first, second])
        #expect(xsub.sent(to: full) == [])
    }

    @Test("each part may be a subscription, or only the first (ZMQ_ONLY_FIRST_SUBSCRIBE)")
    func splits() {
        let mixed = Message(parts: ["user", Message.Part([1] + Array("a".utf8)), "more"])
        var each = FanOutStage<XSubPattern>()
        let peer = each.join()
        #expect(each.publish(mixed) == [peer])
        #expect(each.sent(to: peer) == [["user", "more"]])
        #expect(each.told(peer) == [Subscription("a")])
        var first = FanOutStage<XSubPattern> { $0.looksAtFirstPartOnly = true }
        let other = first.join()
        #expect(first.publish(mixed) == [other])
        #expect(first.sent(to: other) == [mixed])
    }

    @Test("a new publisher is told all that is wanted, each topic once")
    func tellsNewcomers() {
        var xsub = FanOutStage<XSubPattern>()
        for message in [wish("a"), wish("a"), wish("b"), wish("c"), cancellation("c")] { _ = xsub.publish(message) }
        let newcomer = xsub.join()
        #expect(Set(xsub.told(newcomer)) == [Subscription("a"), Subscription("b")])
    }

    @Test("what comes is not filtered")
    func filtersNothing() {
        var xsub = PatternStage<XSubPattern>()
        let peer = xsub.join()
        xsub.hear("anything", from: peer)
        #expect(xsub.receive() == "anything")
    }
}
