// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Endpoints")
struct EndpointTests {
    @Test(
        "print canonically when read for binding",
        arguments: [
            ("tcp://*:5555", "tcp://*:5555"),
            ("tcp://*:*", "tcp://*:*"),
            ("tcp://*:0", "tcp://*:*"),
            ("tcp://127.0.0.1:0", "tcp://127.0.0.1:*"),
            ("tcp://127.0.0.1:05555", "tcp://127.0.0.1:5555"),
            ("tcp://0.0.0.0:65535", "tcp://0.0.0.0:65535"),
            ("tcp://eth0:5555", "tcp://eth0:5555"),
            ("tcp://br-1.100_x:*", "tcp://br-1.100_x:*"),
            ("tcp://localhost:5555", "tcp://localhost:5555"),
            ("tcp://[::]:5555", "tcp://[::]:5555"),
            ("tcp://[0:0:0:0:0:0:0:1]:5555", "tcp://[::1]:5555"),
            ("tcp://[FE80::1%eth0]:5555", "tcp://[fe80::1%eth0]:5555"),
            ("tcp://::1:5555", "tcp://[::1]:5555"),
            ("tcp://fe80::1%lo:5555", "tcp://[fe80::1%lo]:5555"),
            ("ipc:///tmp/feeds/0", "ipc:///tmp/feeds/0"),
            ("ipc://feeds/0", "ipc://feeds/0"),
            ("ipc://*", "ipc://*"),
            ("ipc://a://b", "ipc://a://b"),
            ("inproc://my publisher", "inproc://my publisher"),
            ("inproc://*", "inproc://*"),
        ]
    )
    func bindForms(text: String, canonical: String) throws {
        let endpoint = try Endpoint.parse(text, for: .bind)
        #expect(endpoint.description == canonical)
        #expect(try Endpoint.parse(canonical, for: .bind) == endpoint)
    }

    @Test(
        "print canonically when read for connecting",
        arguments: [
            ("tcp://localhost:1", "tcp://localhost:1"),
            ("tcp://server-1.example.com:5555", "tcp://server-1.example.com:5555"),
            ("tcp://[2001:DB8::0:1]:5555", "tcp://[2001:db8::1]:5555"),
            ("tcp://2001:db8::1:5555", "tcp://[2001:db8::1]:5555"),
            ("tcp://192.168.1.17:5555;192.168.1.1:5556", "tcp://192.168.1.17:5555;192.168.1.1:5556"),
            ("tcp://*:0;localhost:5556", "tcp://*:*;localhost:5556"),
            ("tcp://eth0:*;[::1]:5556", "tcp://eth0:*;[::1]:5556"),
            ("tcp://[::1]:7;[::1]:5556", "tcp://[::1]:7;[::1]:5556"),
            ("ipc:///tmp/feeds/0", "ipc:///tmp/feeds/0"),
            ("inproc://x", "inproc://x"),
        ]
    )
    func connectForms(text: String, canonical: String) throws {
        let endpoint = try Endpoint.parse(text, for: .connect)
        #expect(endpoint.description == canonical)
        #expect(try Endpoint.parse(canonical, for: .connect) == endpoint)
    }

    @Test(
        "are refused with a reason when malformed",
        arguments: [
            Refusal("", .bind, "no \"://\""),
            Refusal("localhost:5555", .connect, "no \"://\""),
            Refusal("tcp:/localhost:5555", .connect, "no \"://\""),
            Refusal("://localhost:5555", .connect, "transport before \"://\" is missing"),
            Refusal("tcp://", .bind, "address after \"://\" is missing"),
            Refusal("ipc://", .bind, "address after \"://\" is missing"),
            Refusal("inproc://", .bind, "address after \"://\" is missing"),
            Refusal("tcp://localhost", .connect, "port is missing"),
            Refusal("tcp://[::1]", .connect, "port is missing"),
            Refusal("tcp://localhost:", .connect, "port after \":\" is missing"),
            Refusal("tcp://localhost:http", .connect, "\"http\" is not a number"),
            Refusal("tcp://localhost:+5", .connect, "\"+5\" is not a number"),
            Refusal("tcp://localhost:-5", .connect, "\"-5\" is not a number"),
            Refusal("tcp://localhost:5555/x", .connect, "\"5555/x\" is not a number"),
            Refusal("tcp://localhost:5555 ", .connect, "\"5555 \" is not a number"),
            Refusal("tcp://localhost:65536", .connect, "65536 is too large"),
            Refusal("tcp://*:99999999999999999999", .bind, "is too large"),
            Refusal("tcp://localhost:0", .connect, "1 to 65535"),
            Refusal("tcp://localhost:*", .connect, "1 to 65535"),
            Refusal("tcp://*:5555", .connect, "one host to connect to"),
            Refusal("tcp://:5555", .bind, "host before \":\" is missing"),
            Refusal("tcp://[::1:5555", .connect, "not an IPv6 address in brackets"),
            Refusal("tcp://[]:5555", .connect, "not an IPv6 address in brackets"),
            Refusal("tcp://[127.0.0.1]:5555", .connect, "not an IPv6 address in brackets"),
            Refusal("tcp://[::1%]:5555", .connect, "not an IPv6 address in brackets"),
            Refusal("tcp://[::1%a b]:5555", .connect, "not an IPv6 address in brackets"),
            Refusal("tcp://[::1]x:5555", .connect, "not an IPv6 address in brackets"),
            Refusal("tcp://[::1\0]:5555", .connect, "not an IPv6 address in brackets"),
            Refusal("tcp://host:80:5555", .connect, "has a colon"),
            Refusal("tcp://::1", .connect, "has a colon"),
            Refusal("tcp://256.0.0.1:5555", .connect, "not an IPv4 address"),
            Refusal("tcp://127.1:5555", .connect, "not an IPv4 address"),
            Refusal("tcp://a b:5555", .connect, "is not a name"),
            Refusal("tcp://-host:5555", .connect, "is not a name"),
            Refusal("tcp://hôte:5555", .connect, "is not a name"),
            Refusal("tcp://user@host:5555", .connect, "is not a name"),
            Refusal("tcp://\(String(repeating: "a", count: 254)):5555", .connect, "is not a name"),
            Refusal("tcp://127.0.0.1:0;127.0.0.1:5555", .bind, "for connecting only"),
            Refusal("tcp://127.0.0.1;127.0.0.1:5555", .connect, "port is missing"),
            Refusal("tcp://;127.0.0.1:5555", .connect, "port is missing"),
            Refusal("tcp://127.0.0.1:0;*:5555", .connect, "one host to connect to"),
            Refusal("tcp://127.0.0.1:0;", .connect, "port is missing"),
            Refusal("tcp://a:0;b:0;c:5", .connect, "has a colon"),
            Refusal("ipc://*", .connect, "path that the peer has bound"),
            Refusal("ipc:///tmp/a\0b", .bind, "zero octet"),
        ]
    )
    func malformed(refusal: Refusal) {
        refusal.check(code: .invalidEndpoint)
    }

    @Test(
        "are refused when their transport is unknown, with a list of the known ones",
        arguments: ["udp", "pgm", "ws", "TCP", "http", " tcp"]
    )
    func unknownTransport(name: String) {
        for purpose in [Endpoint.Purpose.bind, .connect] {
            let refusal = Refusal("\(name)://127.0.0.1:5555", purpose, "expected tcp://, ipc://, inproc://")
            refusal.check(code: .unsupportedTransport)
        }
    }

    @Test("with an inproc name may have 256 octets and no more")
    func inprocLength() throws {
        let longest = String(repeating: "é", count: 128)
        #expect(try Endpoint.parse("inproc://\(longest)", for: .bind) == .inproc(name: longest))
        Refusal("inproc://\(longest)x", .bind, "257 octets; at most 256").check(code: .nameTooLong)
    }

    @Test("with an ipc path may have as many octets as a socket address holds, and no more")
    func ipcLength() throws {
        let longest = String(repeating: "p", count: IPCEndpoint.maximumLength)
        #expect(try Endpoint.parse("ipc://\(longest)", for: .connect) == .ipc(.path(longest)))
        Refusal("ipc://\(longest)p", .connect, "at most \(IPCEndpoint.maximumLength)").check(code: .nameTooLong)
    }

    @Test("with an abstract name are for Linux")
    func abstractNames() throws {
        guard IPCEndpoint.supportsAbstractNames else {
            return Refusal("ipc://@name", .bind, "Linux only").check(code: .notSupported)
        }
        #expect(try Endpoint.parse("ipc://@name", for: .bind) == .ipc(.abstract("name")))
        #expect(try Endpoint.parse("ipc://@name", for: .connect).description == "ipc://@name")
        Refusal("ipc://@", .bind, "after \"@\" is missing").check(code: .invalidEndpoint)
        let longest = String(repeating: "n", count: IPCEndpoint.maximumLength - 1)
        #expect(try Endpoint.parse("ipc://@\(longest)", for: .bind) == .ipc(.abstract(longest)))
        Refusal("ipc://@\(longest)n", .bind, "108 octets").check(code: .nameTooLong)
    }

    @Test("tell whether they need IPv6")
    func requiresIPv6() throws {
        #expect(try Self.tcp("tcp://[::1]:1").requiresIPv6)
        #expect(try Self.tcp("tcp://[::1]:0;localhost:1").requiresIPv6)
        #expect(try !Self.tcp("tcp://127.0.0.1:0;localhost:1").requiresIPv6)
    }

    @Test("that are very long are quoted only in part")
    func longTextIsCut() {
        let error = #expect(throws: ZeroMQError.self) {
            try Endpoint.parse(String(repeating: "x", count: 10_000), for: .bind)
        }
        #expect((error?.message.utf8.count ?? .max) < 600)
    }

    private static func tcp(_ text: String) throws -> TCPEndpoint {
        guard case .tcp(let endpoint) = try Endpoint.parse(text, for: .connect) else {
            throw ZeroMQError(.invalidEndpoint, "\(text) is not a tcp endpoint")
        }
        return endpoint
    }
}

/// A text that cannot be read as an endpoint, and a part of the reason given.
struct Refusal: Sendable, CustomTestStringConvertible {
    let text: String
    let purpose: Endpoint.Purpose
    let reason: String

    init(_ text: String, _ purpose: Endpoint.Purpose, _ reason: String) {
        self.text = text
        self.purpose = purpose
        self.reason = reason
    }

    var testDescription: String { "\(self.purpose) \(self.text.debugDescription)" }

    func check(code: ZeroMQError.Code) {
        let error = #expect(throws: ZeroMQError.self) { try Endpoint.parse(self.text, for: self.purpose) }
        guard let error else { return }
        #expect(error.code == code)
        #expect(error.message.contains(self.reason), "\(error.message)")
        let verb = self.purpose == .bind ? "bind to" : "connect to"
        #expect(error.message.hasPrefix("cannot \(verb) \(self.text.debugDescription.prefix(300))"))
    }
}
