// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Metadata", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct MetadataTests {
    @Test("libzmq tells ours beside each message", arguments: [true, false])
    func theyReadOurs(weBind: Bool) async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.routingID = "ann"
            options.metadata = ["X-hello": "world", "X-Version": "1:2"]
            let dealer = try context.makeDealerSocket(options)
            let router = try await peer.open(.router)
            if weBind {
                try await router.connect(to: try await dealer.bind(to: "tcp://127.0.0.1:*"))
            } else {
                try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            }
            for _ in 0..<2 {
                try await dealer.send("hi")
                let names = ["X-hello", "X-Version", "Socket-Type", "Identity", "Peer-Address", "X-nothing"]
                let received = try #require(try await router.receive(properties: names))
                #expect(received.message.text == ["ann", "hi"])
                #expect(
                    received.properties == [
                        "X-hello": "world", "X-Version": "1:2", "Socket-Type": "DEALER", "Identity": "ann",
                        "Peer-Address": "127.0.0.1",
                    ])
            }
        }
    }

    @Test("we tell theirs", arguments: ForeignPeer.libraries)
    func weReadTheirs(library: ForeignPeer.Library) async throws {
        try await withPeer(library) { context, peer in
            let router = try context.makeRouterSocket()
            let dealer = try await peer.open(.dealer, ["routing_id": "bob"])
            try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await dealer.send("hi")
            let received = try #require(try await router.receiveDescribed(within: .seconds(20)))
            #expect(received.message.text == ["hi"])
            #expect(received.origin?.property("Socket-Type") == "DEALER")
            #expect(received.origin?.property("Routing-Id") == "bob")
            #expect(received.origin?.property("Peer-Address") == "127.0.0.1")
        }
    }
}
