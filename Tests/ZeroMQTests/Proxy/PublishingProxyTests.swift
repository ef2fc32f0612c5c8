// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("Proxy of XSUB and XPUB", .timeLimit(.minutes(3)))
struct PublishingProxyTests {
    @Test(
        "hands on everything in order, to one subscriber of everything, to several, and to one again",
        arguments: Transport.allCases)
    func subscribersChange(transport: Transport) async throws {
        try await withSockets { context in
            let marks = SocketOptions.with {
                $0.sendHighWaterMark = 7
                $0.receiveHighWaterMark = 7
                $0.xpubNoDrop = true
            }
            let (xsub, xpub) = (try context.makeXSubSocket(marks), try context.makeXPubSocket(marks))
            let front = try await xsub.bind(to: transport.wildcard())
            let back = try await xpub.bind(to: transport.wildcard())
            let (capture, witness) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(witness, capture, over: .inproc)
            let control = ProxyControl()
            let proxying = Task {
                try await Proxy(frontend: xsub, backend: xpub, capture: capture, control: control).run()
            }
            let publisher = try context.makePubSocket(marks)
            try await publisher.connect(to: front)
            let (one, other) = (try context.makeSubSocket(marks), try context.makeSubSocket(marks))
            for sub in [one, other] { try await sub.connect(to: back) }
            // What the last step has left of subscriptions, or lacks, shows in what arrives.
            for (start, wishes) in [(0, [""]), (300, ["", "x"]), (600, [""])] as [(Int, [Message.Part])] {
                try one.subscribe(to: wishes[0])
                if wishes.count == 2 { try other.subscribe(to: wishes[1]) }
                #expect(
                    try await eventually {
                        publisher.subscriberCount(for: "x") == 1 && xpub.subscriberCount(for: "x") == wishes.count
                    })
                let sending = Task {
                    for number in start..<start + 300 { try await publisher.send(["x", Message.Part("\(number)")]) }
                }
                for number in start..<start + 300 {
                    let expected: Message = ["x", Message.Part("\(number)")]
                    #expect(try await one.receive() == expected)
                    if wishes.count == 2 { #expect(try await other.receive() == expected) }
                    var seen = try await witness.receive()
                    while Subscription(seen) != nil { seen = try await witness.receive() }
                    #expect(seen == expected)
                }
                try await sending.value
                if wishes.count == 2 { try other.unsubscribe(from: wishes[1]) }
            }
            #expect(try await eventually { control.statistics.frontend.received.messages == 900 })
            #expect(control.statistics.backend.sent.messages == 900)
            #expect(control.statistics.backend.sent.parts == 1800)
            #expect(control.statistics.backend.sent.bytes == 900 + 10 + 2 * 90 + 3 * 800)
            control.terminate()
            try await proxying.value
        }
    }
}
