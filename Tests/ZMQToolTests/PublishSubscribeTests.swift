// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("Publishing and subscribing verbs", .serialized)
struct PublishSubscribeTests {
    @Test("sub writes what begins with its prefixes, and everything without one")
    func prefixes() async throws {
        let xpub = try Tool(["xpub", "--bind", anyPort])
        let endpoint = try await xpub.bound()
        let some = try Tool(["sub", "--connect", endpoint, "--subscribe", "a", "--subscribe", "c", "--count", "2"])
        let all = try Tool(["sub", "--connect", endpoint, "--count", "3"])
        // Their subscriptions: to a, to c, to everything.
        try await xpub.waitForOutput(lines: 3)
        xpub.write("a1\nb1\nc1\n")
        #expect(try await some.outcome().text == "a1\nc1\n")
        #expect(try await all.outcome().text == "a1\nb1\nc1\n")
        xpub.closeInput()
        #expect(try await xpub.outcome().status == 0)
    }

    @Test("pub --wait-for-peer holds its first message; --count ends it")
    func waits() async throws {
        let pub = try Tool(["pub", "--bind", anyPort, "--wait-for-peer", "--count", "2"], input: "a\nb\nc\n")
        let sub = try await Tool.run(["sub", "--connect", try await pub.bound(), "--count", "2"])
        #expect(sub.text == "a\nb\n")
        #expect(try await pub.outcome().status == 0)
    }

    @Test("pub --wait-for-peer --timeout gives up with 3", arguments: ["pub", "xpub"])
    func timesOut(verb: String) async throws {
        let outcome = try await Tool.run(
            [verb, "--bind", anyPort, "--wait-for-peer", "--timeout", "0.2"], input: "a\n")
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("error: timeout: expected a subscriber within"))
    }

    @Test("xpub writes subscriptions as messages, and sends its input")
    func showsSubscriptions() async throws {
        let xpub = try Tool(["xpub", "--bind", anyPort, "--format", "json"])
        let sub = try Tool(["sub", "--connect", try await xpub.bound(), "--subscribe", "to", "--count", "1"])
        try await xpub.waitForOutput(#"["\u0001to"]"# + "\n")
        xpub.write(#"["topic","body"]"# + "\n")
        #expect(try await sub.outcome().text == "topicbody\n")
        try await xpub.waitForOutput(#"["\u0000to"]"# + "\n")
        xpub.closeInput()
        #expect(try await xpub.outcome().status == 0)
    }

    @Test("xsub subscribes by argument and by its input, and its other input goes upstream")
    func subscribesByInput() async throws {
        let xpub = try Tool(["xpub", "--bind", anyPort, "--format", "json"])
        let xsub = try Tool(["xsub", "--connect", try await xpub.bound(), "--subscribe", "a", "--format", "json"])
        try await xpub.waitForOutput(#"["\u0001a"]"# + "\n")
        xsub.write(#"["\u0001b"]"# + "\n" + #"["hello"]"# + "\n")
        try await xpub.waitForOutput(#"["hello"]"# + "\n")
        xpub.write(#"["b1"]"# + "\n")
        try await xsub.waitForOutput(#"["b1"]"# + "\n")
        xsub.closeInput()
        #expect(try await xsub.outcome().status == 0)
    }

    @Test("a proxy of xsub and xpub passes subscriptions up and messages down")
    func proxy() async throws {
        let proxy = try Tool(["proxy", "--frontend", "xsub:\(anyPort)", "--backend", "xpub:\(anyPort)"])
        let (front, back) = (try await proxy.bound(0), try await proxy.bound(1))
        let sub = try Tool(["sub", "--connect", back, "--subscribe", "a", "--count", "2"])
        let pub = try Tool(["pub", "--connect", front, "--wait-for-peer"], input: "a1\nb1\na2\n")
        #expect(try await sub.outcome().text == "a1\na2\n")
        #expect(try await pub.outcome().status == 0)
    }

    @Test("options of the publish-subscribe types")
    func options() async throws {
        let xpub = try Tool([
            "xpub", "--bind", anyPort, "--option", "xpub_verbose=1", "--option", "xpub_welcome_msg=W", "--format",
            "json",
        ])
        let endpoint = try await xpub.bound()
        for _ in 0..<2 {
            let sub = try await Tool.run([
                "sub", "--connect", endpoint, "--option", "subscribe=W", "--count", "1",
            ])
            #expect(sub.text == "W\n")
        }
        let wish = #"["\u0001W"]"# + "\n"
        let end = #"["\u0000W"]"# + "\n"
        try await xpub.waitForOutput(wish + end + wish + end)
    }

    @Test("options of other types are refused", arguments: ["xpub_verbose=1", "subscribe=a", "invert_matching=2"])
    func wrongOptions(option: String) async throws {
        let outcome = try await Tool.run(["pub", "--bind", anyPort, "--option", option])
        #expect(outcome.status == 2)
    }
}
