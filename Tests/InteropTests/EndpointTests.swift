// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Endpoints", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct EndpointTests {
    /// We bind the endpoint, or they do, and a REQ on the other side gets an answer.
    private static func expectTalk(_ binder: Scenario.Binder, _ endpoint: String, isIPv6: Bool = false) async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.ipv6 = isIPv6
            let flag: [String: ForeignPeer.Option] = ["ipv6": isIPv6 ? 1 : 0]
            switch binder {
            case .we:
                let (rep, req) = (try context.makeRepSocket(options), try await peer.open(.req, flag))
                try await req.connect(to: try await rep.bind(to: endpoint))
                try await req.send("ping")
                #expect(try await rep.receive(within: .seconds(20)) == "ping")
                try await rep.send("pong")
                #expect(try await req.receive() == "pong")
            case .they:
                let (req, rep) = (try context.makeReqSocket(options), try await peer.open(.rep, flag))
                try await req.connect(to: try await rep.bind(to: endpoint))
                async let echoed = rep.echo(1)
                #expect(try await req.request("ping", within: .seconds(20)) == "ping")
                #expect(try await echoed == 1)
            }
        }
    }

    #if os(Linux)
    @Test("the abstract namespace, ipc://@name", arguments: Scenario.Binder.allCases)
    func abstractNames(binder: Scenario.Binder) async throws {
        try await Self.expectTalk(binder, "ipc://@\(Fresh.name())")
    }
    #endif

    @Test("a path that ipc://* made", arguments: Scenario.Binder.allCases)
    func wildcardPath(binder: Scenario.Binder) async throws {
        try await Self.expectTalk(binder, "ipc://*")
    }

    @Test("the loopback of IPv6", arguments: Scenario.Binder.allCases)
    func ipv6(binder: Scenario.Binder) async throws {
        try await Self.expectTalk(binder, "tcp://[::1]:*", isIPv6: true)
    }

    @Test("localhost by name", arguments: Scenario.Binder.allCases)
    func localhost(binder: Scenario.Binder) async throws {
        try await withPeer { context, peer in
            let (dealer, foreign) = (try context.makeDealerSocket(), try await peer.open(.dealer))
            if binder == .we {
                let bound = try await dealer.bind(to: "tcp://127.0.0.1:*")
                try await foreign.connect(to: bound.replacing("127.0.0.1", with: "localhost"))
            } else {
                let bound = try await foreign.bind(to: "tcp://127.0.0.1:*")
                try await dealer.connect(to: bound.replacing("127.0.0.1", with: "localhost"))
            }
            try await dealer.send("hello")
            #expect(try await foreign.receive() == "hello")
        }
    }

    @Test("one socket on several transports at once, bound and dialled")
    func severalEndpoints() async throws {
        try await withPeer { context, peer in
            let pull = try context.makePullSocket()
            let tcp = try await pull.bind(to: "tcp://127.0.0.1:*")
            let ipc = try await pull.bind(to: "ipc://\(Fresh.path())")
            let pushes = [try await peer.open(.push), try await peer.open(.push), try await peer.open(.push)]
            try await pushes[0].connect(to: tcp)
            try await pushes[1].connect(to: ipc)
            try await pull.connect(to: try await pushes[2].bind(to: "tcp://127.0.0.1:*"))
            for (number, push) in pushes.enumerated() { try await push.send(Message("\(number)")) }
            var arrived: Set<String> = []
            for _ in pushes { arrived.formUnion(try await pull.receive(within: .seconds(20))?.text ?? []) }
            #expect(arrived == ["0", "1", "2"])
        }
    }

    @Test("an endpoint that a foreign peer holds is in use", arguments: Scenario.Transport.allCases)
    func inUse(transport: Scenario.Transport) async throws {
        try await withPeer { context, peer in
            let (theirs, ours) = (try await peer.open(.rep), try context.makeRepSocket())
            let endpoint = try await theirs.bind(to: transport.wildcard())
            let error = await #expect(throws: ZeroMQError.self) { try await ours.bind(to: endpoint) }
            #expect(error?.code == .addressInUse)
            // Neither socket is the worse for it.
            let req = try context.makeReqSocket()
            try await req.connect(to: endpoint)
            async let echoed = theirs.echo(1)
            #expect(try await req.request("ping", within: .seconds(20)) == "ping")
            #expect(try await echoed == 1)
            try await ours.bind(to: transport.wildcard())
        }
    }
}
