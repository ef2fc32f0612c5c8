// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQ

@Suite("A probe of foreign sockets", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct ProbeTests {
    @Test(
        "tells what they are and does not disturb them",
        arguments: [
            SocketType.req, .rep, .dealer, .router, .push, .pull, .pub, .sub, .xpub, .xsub, .pair,
        ],
        Scenario.Transport.allCases)
    func type(type: SocketType, transport: Scenario.Transport) async throws {
        try await withPeer { context, peer in
            let hasName = [.req, .dealer, .router].contains(type)
            let socket = try await peer.open(type, hasName ? ["routing_id": "ann"] : [:])
            let endpoint = try await socket.bind(to: transport.wildcard())
            let report = try await context.probe(endpoint, within: .seconds(20))
            #expect(report.socketType == type.wireName)
            #expect(report.version >= .v30)
            #expect(report.mechanism == "NULL")
            #expect(report.routingID == (hasName ? "ann" : nil))
            let isAsked = ![.req, .dealer, .push, .pair].contains(type) && report.version >= .v31
            #expect((report.roundTripTime != nil) == isAsked, "\(report.remark ?? "")")
            guard [.pull, .rep, .router, .xpub].contains(type) else { return }
            #expect(try await socket.receive(within: .milliseconds(100)) == nil)
        }
    }

    @Test("is a verb of the tool", arguments: Scenario.Transport.allCases)
    func tool(transport: Scenario.Transport) async throws {
        try await withPeer { _, peer in
            let socket = try await peer.open(.xpub)
            let endpoint = try await socket.bind(to: transport.wildcard())
            let outcome = await (try Tool.start(["probe", endpoint])).outcome()
            #expect(outcome.status == 0, Comment(rawValue: outcome.transcript))
            #expect(outcome.output.contains("socket type: XPUB"), Comment(rawValue: outcome.transcript))
        }
    }
}
