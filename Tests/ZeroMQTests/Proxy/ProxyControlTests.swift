// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("A proxy's control")
struct ProxyControlTests {
    private struct Line {
        let source: PushSocket
        let sink: PullSocket
        let pull: PullSocket
        let push: PushSocket

        init(_ context: Context) async throws {
            (self.pull, self.push) = (try context.makePullSocket(), try context.makePushSocket())
            (self.source, self.sink) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(self.pull, self.source, over: .tcp)
            try await join(self.push, self.sink, over: .tcp)
        }
    }

    @Test("pauses, resumes, counts and ends")
    func controls() async throws {
        try await withSockets { context in
            let line = try await Line(context)
            let control = ProxyControl()
            let proxying = Task {
                try await Proxy(frontend: line.pull, backend: line.push, control: control).run()
            }
            try await send(0..<10, to: line.source)
            try await line.source.send(["two", "parts"])
            try await expect(0..<10, from: line.sink)
            #expect(try await line.sink.receive() == ["two", "parts"])
            control.pause()
            #expect(control.isPaused)
            // What was under way when the pause began may pass; more than a turn of the proxy may not.
            try await send(0..<1000, to: line.source)
            var passed = 0
            while try await line.sink.receive(within: .milliseconds(50)) != nil { passed += 1 }
            #expect(passed <= 512)
            control.resume()
            try await expect(passed..<1000, from: line.sink)
            let statistics = control.statistics
            #expect(statistics.frontend.received.messages == 1011)
            #expect(statistics.backend.sent == statistics.frontend.received)
            #expect(statistics.frontend.received.parts == 1012)
            #expect(statistics.frontend.received.bytes == 10 + 8 + 10 + 2 * 90 + 3 * 900)
            #expect(statistics.backend.received.messages == 0)
            control.terminate()
            try await proxying.value
        }
    }

    @Test("ends a proxy that is paused, and one that has not begun")
    func endsEarly() async throws {
        try await withSockets { context in
            let line = try await Line(context)
            for isPaused in [true, false] {
                let control = ProxyControl()
                if isPaused { control.pause() }
                control.terminate()
                try await Proxy(frontend: line.pull, backend: line.push, control: control).run()
            }
        }
    }

    @Test("a REP socket steers it, and is answered (zmq_proxy_steerable)", arguments: Transport.allCases)
    func steeredByRequests(over transport: Transport) async throws {
        try await withSockets { context in
            let line = try await Line(context)
            let (rep, req) = (try context.makeRepSocket(), try context.makeReqSocket())
            try await join(rep, req, over: transport)
            let proxying = Task { try await Proxy(frontend: line.pull, backend: line.push).run(steeredBy: rep) }
            try await send(0..<7, to: line.source)
            try await expect(0..<7, from: line.sink)
            #expect(try await req.request("PAUSE") == Message())
            #expect(try await req.request("something else") == Message())
            #expect(try await req.request("RESUME") == Message())
            let numbers = try await req.request("STATISTICS").map { part in
                unsafe part.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt64.self) }
            }
            #expect(numbers == [7, 7, 0, 0, 0, 0, 7, 7])
            #expect(try await req.request("TERMINATE") == Message())
            try await proxying.value
        }
    }

    @Test("a PAIR socket steers it, and hears only the statistics")
    func steeredByPair() async throws {
        try await withSockets { context in
            let line = try await Line(context)
            let (ours, theirs) = (try context.makePairSocket(), try context.makePairSocket())
            try await join(ours, theirs, over: .inproc)
            let proxying = Task { try await Proxy(frontend: line.pull, backend: line.push).run(steeredBy: ours) }
            for text in ["PAUSE", "RESUME", "STATISTICS"] { try await theirs.send(Message(text)) }
            #expect(try await theirs.receive().count == 8)
            try await theirs.send("TERMINATE")
            try await proxying.value
            #expect(try theirs.tryReceive() == nil)
        }
    }

    @Test("addresses of a ROUTER count as parts")
    func countsAddresses() async throws {
        try await withSockets { context in
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let client = try context.makeDealerSocket(.with { $0.routingID = "client" })
            let worker = try context.makeDealerSocket()
            try await join(router, client, over: .tcp)
            try await join(dealer, worker, over: .tcp)
            let control = ProxyControl()
            let proxying = Task { try await Proxy(frontend: router, backend: dealer, control: control).run() }
            try await client.send("hello")
            try await worker.send(try await worker.receive())
            #expect(try await client.receive() == "hello")
            control.terminate()
            try await proxying.value
            #expect(control.statistics.frontend.received.parts == 2)
            #expect(control.statistics.frontend.received.bytes == 11)
            #expect(control.statistics.backend.received.bytes == 11)
        }
    }
}
