// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZeroMQ

@Suite("Addresses the system reports")
struct EndpointAddressTests {
    @Test(
        "print as endpoints",
        arguments: [
            ("0.0.0.0", 4711, "tcp://0.0.0.0:4711"),
            ("127.0.0.1", 65535, "tcp://127.0.0.1:65535"),
            ("::", 4711, "tcp://[::]:4711"),
            ("::1", 4711, "tcp://[::1]:4711"),
            ("::ffff:10.0.0.1", 4711, "tcp://[::ffff:10.0.0.1]:4711"),
        ]
    )
    func tcp(address: String, port: Int, text: String) throws {
        let endpoint = Endpoint(try SocketAddress(ipAddress: address, port: port))
        #expect(endpoint?.description == text)
        #expect(try Endpoint.parse(text, for: .connect) == endpoint)
    }

    @Test("print as endpoints with the interface of a link-local address")
    func zone() throws {
        let loopback = try #require(try System.enumerateDevices().first { $0.address?.ipAddress == "127.0.0.1" })
        let text = "fe80::1%\(loopback.name)"
        let endpoint = Endpoint(try SocketAddress(ipAddress: text, port: 4711))
        #expect(endpoint?.description == "tcp://[\(text)]:4711")
    }

    @Test("print as ipc endpoints when they are paths")
    func unix() throws {
        let endpoint = Endpoint(try SocketAddress(unixDomainSocketPath: "/tmp/feed"))
        #expect(endpoint == .ipc(.path("/tmp/feed")))
    }

    @Test("give nothing for the nameless end of a Unix connection")
    func nameless() throws {
        #expect(Endpoint(try SocketAddress(unixDomainSocketPath: "")) == nil)
    }
}
