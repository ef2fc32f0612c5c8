// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQTesting

@Suite("What the tests see of open sockets", .timeLimit(.minutes(1)))
struct OpenSocketsTests {
    @Test("a listener is one that listens, not a connection that both ends have finished")
    func finished() throws {
        let listening = try OpenSocket.tcpListener()
        let dialling = socket(AF_INET, OpenSocket.stream, 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(listening, $0, &length) == 0 && connect(dialling, $0, length) == 0
            }
        }
        try #require(connected)
        let accepted = accept(listening, nil, nil)
        try #require(accepted >= 0)
        defer { for descriptor in [dialling, accepted] { close(descriptor) } }
        let endpoint = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
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
