// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import NIOCore
import Testing
import ZeroMQTesting

@Suite("What the tests see of open sockets", .timeLimit(.minutes(1)))
struct OpenSocketsTests {
    @Test("a listener is one that listens, not a connection that both ends have finished")
    func finished() throws {
        let listening = try OpenSocket.tcpListener()
        let dialling = socket(AF_INET, OpenSocket.stream, 0)
        let name = try #require(OpenSocket.all.first { $0.descriptor == listening }?.local)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: #require(Int(name)))
        let connected = unsafe address.withSockAddr { unsafe connect(dialling, $0, socklen_t($1)) }
        try #require(connected == 0)
        let accepted = accept(listening, nil, nil)
        try #require(accepted >= 0)
        defer { for descriptor in [dialling, accepted] { close(descriptor) } }
        let endpoint = "tcp://127.0.0.1:\(name)"
        #expect(OpenSocket.listener(at: endpoint)?.descriptor == listening)
        #expect(OpenSocket.accepted(at: endpoint).map(\.descriptor) == [accepted])
        close(listening)
        #expect(OpenSocket.listener(at: endpoint) == nil)
        for descriptor in [dialling, accepted] { shutdown(descriptor, CInt(SHUT_WR)) }
        // The system knows no peer of it any more.
        #expect(OpenSocket.accepted(at: endpoint).isEmpty)
        #expect(OpenSocket.listener(at: endpoint) == nil)
    }
}
