// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("SOCKS5, RFC 1928 and RFC 1929")
struct SOCKSHandshakeTests {
    typealias Step = SOCKSHandshake.Step

    private static func endpoint(_ text: String) throws -> TCPEndpoint {
        guard case .tcp(let endpoint) = try Endpoint.parse(text, for: .connect) else { throw CancellationError() }
        return endpoint
    }

    private static func handshake(
        to endpoint: String = "tcp://10.1.2.3:258", username: String? = nil, password: String = ""
    ) throws -> SOCKSHandshake {
        let proxy = try SOCKSProxy("127.0.0.1:1080", username: username, password: password)
        return try SOCKSHandshake(proxy, to: try Self.endpoint(endpoint))
    }

    /// The steps that are not waiting, with the proxy's octets cut into pieces of a certain size.
    private static func steps(_ handshake: SOCKSHandshake, _ answers: [[UInt8]], pieces: Int) throws -> [Step] {
        var (handshake, steps) = (handshake, [Step]())
        for answer in answers {
            for start in stride(from: 0, to: answer.count, by: pieces) {
                let step = try handshake.receive(answer[start..<min(start + pieces, answer.count)])
                if step != .wait { steps.append(step) }
            }
        }
        return steps
    }

    private static let granted: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

    @Test("asks without a name for an IPv4 address", arguments: 1...12)
    func plain(pieces: Int) throws {
        let handshake = try Self.handshake()
        #expect(handshake.greeting == [5, 1, 0])
        let steps = try Self.steps(handshake, [[5, 0], Self.granted], pieces: pieces)
        #expect(steps == [.send([5, 1, 0, 1, 10, 1, 2, 3, 1, 2]), .established([])])
    }

    @Test("sends name and password where there are some", arguments: 1...12)
    func credentials(pieces: Int) throws {
        let handshake = try Self.handshake(username: "ann", password: "xy")
        #expect(handshake.greeting == [5, 1, 2])
        let steps = try Self.steps(handshake, [[5, 2], [1, 0], Self.granted], pieces: pieces)
        let expected: [UInt8] = [1, 3] + Array("ann".utf8) + [2] + Array("xy".utf8)
        #expect(steps == [.send(expected), .send([5, 1, 0, 1, 10, 1, 2, 3, 1, 2]), .established([])])
    }

    @Test("leaves host names to the proxy, and knows IPv6")
    func addresses() throws {
        let name = try Self.steps(try Self.handshake(to: "tcp://db.example:80"), [[5, 0]], pieces: 2)
        #expect(name == [.send([5, 1, 0, 3, 10] + Array("db.example".utf8) + [0, 80])])
        let ipv6 = try Self.steps(try Self.handshake(to: "tcp://[::1]:80"), [[5, 0]], pieces: 2)
        #expect(ipv6 == [.send([5, 1, 0, 4] + Array(repeating: 0, count: 15) + [1, 0, 80])])
        let error = #expect(throws: ZeroMQError.self) { try Self.handshake(to: "tcp://[fe80::1%eth0]:80") }
        #expect(error?.code == .invalidEndpoint)
    }

    @Test("understands whatever address the proxy gives itself", arguments: 1...30)
    func boundAddresses(pieces: Int) throws {
        let answers: [[UInt8]] = [
            Self.granted, [5, 0, 0, 3, 4] + Array("host".utf8) + [1, 2], [5, 0, 0, 3, 0, 1, 2],
            [5, 0, 0, 4] + Array(repeating: 7, count: 18),
        ]
        for answer in answers {
            let steps = try Self.steps(try Self.handshake(), [[5, 0], answer], pieces: pieces)
            #expect(steps.last == .established([]))
        }
    }

    @Test("gives back what comes behind the answer")
    func rest() throws {
        var handshake = try Self.handshake()
        _ = try handshake.receive([5, 0])
        #expect(try handshake.receive(Self.granted + [0xFF, 0, 1]) == .established([0xFF, 0, 1]))
        #expect(try handshake.receive([2]) == .established([2]))
    }

    @Test(
        "says what the proxy refuses, as soon as it is known",
        arguments: [
            (1, ZeroMQError.Code.io, "failure 1"), (2, .permissionDenied, "rules"), (3, .io, "network"),
            (4, .io, "host"), (5, .io, "listening"), (6, .timedOut, "in time"), (7, .notSupported, "connect"),
            (8, .notSupported, "address"), (200, .io, "failure 200"),
        ] as [(UInt8, ZeroMQError.Code, String)])
    func refusal(reply: UInt8, code: ZeroMQError.Code, text: String) throws {
        var handshake = try Self.handshake(to: "tcp://db.example:5555")
        _ = try handshake.receive([5, 0])
        let error = #expect(throws: ZeroMQError.self) { try handshake.receive([5, reply]) }
        #expect(error?.code == code)
        for word in [text, "tcp://db.example:5555", "127.0.0.1:1080"] {
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
        #expect(error.map { ZeroMQError.isRefusal($0) } == (reply == 5))
    }

    @Test("finds out at the first octet that the other side is no such proxy", arguments: [0, 4, 72, 255] as [UInt8])
    func wrongVersion(octet: UInt8) throws {
        for answers in [[], [[5, 2] as [UInt8]], [[5, 2], [1, 0]]] {
            var handshake = try Self.handshake(username: "ann", password: "secret")
            for answer in answers { _ = try handshake.receive(answer) }
            let error = #expect(throws: ZeroMQError.self) { try handshake.receive([octet]) }
            #expect(error?.message.contains("no SOCKS5 proxy") == true)
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Test(
        "refuses a way of authentication that was not offered", arguments: [0, 1, 2, 0xFF] as [UInt8], [true, false])
    func wrongMethod(method: UInt8, hasName: Bool) throws {
        guard method != (hasName ? 2 : 0) else { return }
        var handshake = try Self.handshake(username: hasName ? "ann" : nil)
        let error = #expect(throws: ZeroMQError.self) { try handshake.receive([5, method]) }
        #expect(error?.code == .permissionDenied)
    }

    @Test("says that name or password is wrong, and not which they are")
    func wrongPassword() throws {
        var handshake = try Self.handshake(username: "zoe", password: "secret")
        _ = try handshake.receive([5, 2])
        let error = #expect(throws: ZeroMQError.self) { try handshake.receive([1, 1]) }
        #expect(error?.code == .permissionDenied)
        for word in ["zoe", "secret"] { #expect(error?.message.contains(word) == false) }
    }

    @Test("refuses an answer with an unknown kind of address")
    func unknownAddress() throws {
        var handshake = try Self.handshake()
        _ = try handshake.receive([5, 0])
        let error = #expect(throws: ZeroMQError.self) { try handshake.receive([5, 0, 0, 9, 0]) }
        #expect(error?.message.contains("type 1, 3 or 4") == true)
    }

    @Test("never shows the password")
    func description() throws {
        let proxy = try SOCKSProxy("proxy.example:1080", username: "ann", password: "secret")
        #expect("\(proxy)" == "proxy.example:1080")
        var dumped = ""
        dump(proxy, to: &dumped)
        #expect(!dumped.contains("secret"))
    }

    @Test("options out of their limits are refused by name")
    func limits() {
        func message(_ make: () throws -> SOCKSProxy) -> String? {
            let error = #expect(throws: ZeroMQError.self) { try make() }
            return error?.code == .invalidOption ? error?.message : nil
        }
        let long = String(repeating: "x", count: 256)
        for address in ["", "127.0.0.1", ":1080", "*:1080", "127.0.0.1:0", "127.0.0.1:port"] {
            #expect(message { try SOCKSProxy(address) }?.contains("ZMQ_SOCKS_PROXY") == true, "\(address)")
        }
        for name in ["", long] {
            #expect(message { try SOCKSProxy("a:1", username: name) }?.contains("ZMQ_SOCKS_USERNAME") == true)
        }
        #expect(message { try SOCKSProxy("a:1", username: "x", password: long) }?.contains("_PASSWORD") == true)
    }
}
