// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Pattern: options and edges of RFC 29")
struct PublishingOptionSpecTests {
    // MARK: What is a subscription

    @Test("a message of a peer that begins with an octet 0 or 1 is taken for a subscription, others are the user's")
    func prefixOctets() {
        var xpub = FanOutStage<XPubPattern>()
        let peer = xpub.join()
        let user: [Message] = [
            Message(Message.Part([2, 0x61])), Message(Message.Part([0xFF])), Message(),
            Message(Message.Part([0x30, 1])),
        ]
        for message in user { xpub.hear(message, from: peer) }
        xpub.hear(Message(Message.Part([1, 0x61])), Message(Message.Part([0, 0x61])), from: peer)
        #expect(xpub.receiveAll() == user + [wish("a"), cancellation("a")])
        #expect(xpub.pattern.topicCount == 0)
    }

    @Test("a message of the application to XSUB likewise")
    func prefixOctetsOfXSub() {
        var xsub = FanOutStage<XSubPattern>()
        let peer = xsub.join()
        #expect(xsub.publish(Message(Message.Part([1, 0x61]))) == [])
        #expect(xsub.publish(Message(Message.Part([2, 0x61]))) == [peer])
        #expect(xsub.publish(Message()) == [peer])
        #expect(xsub.told(peer) == [Subscription("a")])
        #expect(xsub.sent(to: peer) == [Message(Message.Part([2, 0x61])), Message()])
    }

    @Test("topics are octets: any of them match, and case counts")
    func binaryTopics() {
        var pub = FanOutStage<PubPattern>()
        let (odd, text) = (pub.join(), pub.join())
        pub.hear(Subscription(Message.Part([0, 255, 0])).message, from: odd)
        pub.hear(wish("Topic"), from: text)
        #expect(pub.publish(Message(Message.Part([0, 255, 0, 7]))) == [odd])
        #expect(pub.publish(Message(Message.Part([0, 255]))) == [])
        #expect(pub.publish("Topics") == [text])
        #expect(pub.publish("topics") == [])
    }

    @Test("XSUB SHALL receive by fair queueing, one whole message each")
    func xsubReceivesFairly() {
        var xsub = PatternStage<XSubPattern>()
        let (busy, other) = (xsub.join(), xsub.join())
        xsub.hear("a1", "a2", "a3", from: busy)
        xsub.hear(["b1", "more"], "b2", from: other)
        #expect(xsub.receiveAll() == ["a1", ["b1", "more"], "a2", "b2", "a3"])
    }

    // MARK: ZMQ_INVERT_MATCHING

    @Test("ZMQ_INVERT_MATCHING on one side only: SUB takes nothing of what its publisher sends")
    func invertedOnOneSide() {
        var rules = PublishingRules()
        rules.inverts = true
        for publisherInverts in [true, false] {
            var pub = FanOutStage<PubPattern> { $0.inverts = publisherInverts }
            var sub = PatternStage<SubPattern>(
                PatternRules(publishing: publisherInverts ? PublishingRules() : rules))
            let (subscriber, publisher) = (pub.join(), sub.join())
            _ = sub.apply(Subscription("a"))
            pub.hear(wish("a"), from: subscriber)
            for text in ["a", "b"] { _ = pub.publish(Message(text)) }
            #expect(pub.sent(to: subscriber) == [publisherInverts ? "b" : "a"])
            for message in pub.sent(to: subscriber) { sub.hear(message, from: publisher) }
            #expect(sub.receiveAll() == [])
        }
    }

    @Test("ZMQ_INVERT_MATCHING does not concern XSUB, which does not filter")
    func invertedXSub() {
        var rules = PublishingRules()
        rules.inverts = true
        var xsub = PatternStage<XSubPattern>(PatternRules(publishing: rules))
        _ = xsub.apply(Subscription("a"))
        let peer = xsub.join()
        xsub.hear("a", "b", from: peer)
        #expect(xsub.receiveAll() == ["a", "b"])
    }

    // MARK: What XPUB tells

    @Test("ZMQ_XPUB_VERBOSE: of those who leave only the last one's cancellation is told")
    func verboseLeaving() {
        var xpub = FanOutStage<XPubPattern> { $0.verbosity = .verbose }
        let (first, second) = (xpub.join(), xpub.join())
        for peer in [first, second] { xpub.hear(wish("a"), from: peer) }
        _ = xpub.receiveAll()
        xpub.lose(first)
        #expect(xpub.receiveAll() == [])
        xpub.lose(second)
        #expect(xpub.receiveAll() == [cancellation("a")])
    }

    @Test("quiet and verbose: a cancellation of what nobody has is not told; ZMQ_XPUB_VERBOSER: it is")
    func unknownCancellation() {
        for verbosity in [XPubVerbosity.quiet, .verbose, .verboser] {
            var xpub = FanOutStage<XPubPattern> { $0.verbosity = verbosity }
            let peer = xpub.join()
            xpub.hear(cancellation("a"), from: peer)
            #expect(xpub.receiveAll() == (verbosity == .verboser ? [cancellation("a")] : []))
        }
    }

    // MARK: ZMQ_XPUB_MANUAL

    @Test("ZMQ_XPUB_MANUAL: every request is told, repeated ones and cancellations of nothing too")
    func manualTellsAll() {
        var xpub = FanOutStage<XPubPattern> { $0.isManual = true }
        let peer = xpub.join()
        let requests = [wish("a"), wish("a"), cancellation("a"), cancellation("never")]
        for request in requests { xpub.hear(request, from: peer) }
        #expect(xpub.receiveAll() == requests)
        // It has cancelled what it asked for.
        xpub.lose(peer)
        #expect(xpub.receiveAll() == [])
    }

    @Test("ZMQ_XPUB_MANUAL: a cancellation takes nothing away before the application does")
    func manualCancellation() {
        var xpub = FanOutStage<XPubPattern> { $0.isManual = true }
        let peer = xpub.join()
        xpub.hear(wish("a"), from: peer)
        _ = xpub.receive()
        for topic in ["a", "x"] { #expect(xpub.setManually(topic) == true) }
        xpub.hear(cancellation("a"), from: peer)
        #expect(xpub.receive() == cancellation("a"))
        for topic in ["a", "x"] {
            #expect(xpub.publish(Message(topic)) == [peer])
            #expect(xpub.unsetManually(topic) == true)
            #expect(xpub.publish(Message(topic)) == [])
        }
    }

    @Test("ZMQ_XPUB_MANUAL: requests that wait are answered one by one, each for its own peer")
    func manualOneByOne() {
        var xpub = FanOutStage<XPubPattern> { $0.isManual = true }
        let peers = (0..<4).map { _ in xpub.join() }
        for peer in peers { xpub.hear(wish("ask \(peer)"), from: peer) }
        while let request = xpub.receive() {
            guard let subscription = Subscription(request) else { continue }
            #expect(xpub.setManually("give" + String(subscription.topic).dropFirst(3)) == true)
        }
        for peer in peers {
            #expect(xpub.publish(Message("ask \(peer)")) == [])
            #expect(xpub.publish(Message("give \(peer)")) == [peer])
        }
    }

    @Test("ZMQ_XPUB_MANUAL: other messages of peers pass, and are no requests")
    func manualUserMessages() {
        var xpub = FanOutStage<XPubPattern> { $0.isManual = true }
        let (asking, talking) = (xpub.join(), xpub.join())
        xpub.hear("before all", from: talking)
        #expect(xpub.receive() == "before all")
        #expect(xpub.setManually("x") == false)
        xpub.hear(wish("a"), from: asking)
        xpub.hear(["user", "message"], from: talking)
        #expect(xpub.receiveAll() == [wish("a"), ["user", "message"]])
        #expect(xpub.setManually("x") == true)
        #expect(xpub.publish("x") == [asking])
    }

    @Test("ZMQ_XPUB_MANUAL: who leaves loses all that it was given, and cancels all that it asked for")
    func manualLeaving() {
        var xpub = FanOutStage<XPubPattern> { $0.isManual = true }
        let (leaving, staying) = (xpub.join(), xpub.join())
        for (topic, given) in [("A", "XA"), ("B", "XB")] {
            for peer in [leaving, staying] {
                xpub.hear(wish(topic), from: peer)
                #expect(xpub.receive() == wish(topic))
                #expect(xpub.setManually(given) == true)
            }
        }
        xpub.lose(leaving)
        #expect(Set(xpub.receiveAll()) == [cancellation("A"), cancellation("B")])
        #expect(xpub.publish("XA") == [staying])
        #expect(xpub.publish("XB") == [staying])
    }

    @Test("ZMQ_XPUB_MANUAL_LAST_VALUE: the first message goes to nobody if the newest subscriber does not want it")
    func lastValueUnwanted() {
        var xpub = FanOutStage<XPubPattern> {
            $0.isManual = true
            $0.sendsLastValue = true
        }
        let (old, new) = (xpub.join(), xpub.join())
        for (peer, topic) in [(old, "a"), (new, "b")] {
            xpub.hear(wish(topic), from: peer)
            _ = xpub.receive()
            #expect(xpub.setManually(topic) == true)
        }
        #expect(xpub.publish("a") == [])
        #expect(xpub.publish("a") == [old])
        #expect(xpub.publish("b") == [new])
    }
}
