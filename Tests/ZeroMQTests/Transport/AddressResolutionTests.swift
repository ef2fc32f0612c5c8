// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Dispatch
import NIOCore
import Testing
import ZeroMQ

@Suite("Address resolution", .timeLimit(.minutes(3)))
struct AddressResolutionTests {
    @Test(
        "gives one address to bind",
        arguments: [
            ("tcp://*:7", false, "tcp://0.0.0.0:7"),
            ("tcp://*:7", true, "tcp://[::]:7"),
            ("tcp://*:*", false, "tcp://0.0.0.0:*"),
            ("tcp://127.0.0.1:7", false, "tcp://127.0.0.1:7"),
            ("tcp://[::1]:7", true, "tcp://[::1]:7"),
            ("tcp://both0:7", false, "tcp://10.0.0.1:7"),
            ("tcp://both0:7", true, "tcp://10.0.0.1:7"),
            ("tcp://six0:7", true, "tcp://[2001:db8::6]:7"),
            ("tcp://both.example:7", false, "tcp://192.0.2.1:7"),
            ("tcp://both.example:7", true, "tcp://192.0.2.1:7"),
            ("tcp://six.example:7", true, "tcp://[2001:db8::1]:7"),
        ]
    )
    func bindAddress(text: String, allowsIPv6: Bool, expected: String) async throws {
        let resolution = AddressResolution(allowsIPv6: allowsIPv6, lookUp: .imaginary)
        let address = try await resolution.bindAddress(for: tcp(text, .bind))
        #expect(Endpoint(address)?.description == expected)
    }

    @Test(
        "gives every route to dial, in the resolver's order and each once",
        arguments: [
            ("tcp://127.0.0.1:7", false, ["tcp://127.0.0.1:7"]),
            ("tcp://[::1]:7", true, ["tcp://[::1]:7"]),
            ("tcp://both.example:7", false, ["tcp://192.0.2.1:7", "tcp://192.0.2.2:7"]),
            ("tcp://both.example:7", true, ["tcp://[2001:db8::1]:7", "tcp://192.0.2.1:7", "tcp://192.0.2.2:7"]),
        ]
    )
    func routes(text: String, allowsIPv6: Bool, expected: [String]) async throws {
        let resolution = AddressResolution(allowsIPv6: allowsIPv6, lookUp: .imaginary)
        let routes = try await resolution.routes(for: tcp(text, .connect))
        #expect(routes.map { Endpoint($0.remote)?.description } == expected)
        #expect(routes.allSatisfy { $0.local == nil })
    }

    @Test(
        "pairs the source with the addresses of its family",
        arguments: [
            ("tcp://*:9;both.example:7", true, ["tcp://[::]:9", "tcp://0.0.0.0:9", "tcp://0.0.0.0:9"]),
            ("tcp://10.0.0.1:*;both.example:7", true, ["tcp://10.0.0.1:*", "tcp://10.0.0.1:*"]),
            ("tcp://[2001:db8::6]:9;both.example:7", true, ["tcp://[2001:db8::6]:9"]),
            ("tcp://both0:9;both.example:7", false, ["tcp://10.0.0.1:9", "tcp://10.0.0.1:9"]),
            ("tcp://six0:9;both.example:7", true, ["tcp://[2001:db8::6]:9"]),
        ]
    )
    func sources(text: String, allowsIPv6: Bool, expected: [String]) async throws {
        let resolution = AddressResolution(allowsIPv6: allowsIPv6, lookUp: .imaginary)
        let routes = try await resolution.routes(for: tcp(text, .connect))
        #expect(routes.map { $0.local.flatMap { Endpoint($0)?.description } } == expected)
    }

    @Test(
        "fails to bind with a reason",
        arguments: [
            ("tcp://[::1]:7", false, ZeroMQError.Code.addressNotAvailable, "IPv6 is off"),
            ("tcp://six0:7", false, .addressNotAvailable, "six0 has no IPv4 address"),
            ("tcp://[fe80::1%none0]:7", true, .addressNotAvailable, "fe80::1%none0"),
            ("tcp://nowhere.example:7", false, .resolutionFailed, "host named nowhere.example: unheard of"),
            ("tcp://six.example:7", false, .resolutionFailed, "six.example: it has none of a usable kind"),
        ]
    )
    func bindFailures(text: String, allowsIPv6: Bool, code: ZeroMQError.Code, reason: String) async throws {
        let resolution = AddressResolution(allowsIPv6: allowsIPv6, lookUp: .imaginary)
        let endpoint = try tcp(text, .bind)
        let error = await #expect(throws: ZeroMQError.self) { try await resolution.bindAddress(for: endpoint) }
        #expect(error?.code == code)
        #expect(error?.message.hasPrefix("cannot bind to \(text): ") == true)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(
        "fails to dial with a reason",
        arguments: [
            ("tcp://[::1]:7", false, ZeroMQError.Code.addressNotAvailable, "IPv6 is off"),
            ("tcp://both0:7", false, .resolutionFailed, "host named both0: unheard of"),
            ("tcp://none0:9;both.example:7", false, .addressNotAvailable, "no network interface none0"),
            ("tcp://both.example:9;127.0.0.1:7", false, .addressNotAvailable, "no network interface both.example"),
            ("tcp://six0:9;127.0.0.1:7", true, .addressNotAvailable, "different families"),
            ("tcp://10.0.0.1:9;six.example:7", true, .addressNotAvailable, "different families"),
        ]
    )
    func dialFailures(text: String, allowsIPv6: Bool, code: ZeroMQError.Code, reason: String) async throws {
        let resolution = AddressResolution(allowsIPv6: allowsIPv6, lookUp: .imaginary)
        let endpoint = try tcp(text, .connect)
        let error = await #expect(throws: ZeroMQError.self) { try await resolution.routes(for: endpoint) }
        #expect(error?.code == code)
        #expect(error?.message.hasPrefix("cannot connect to \(text): ") == true)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("gives up a look-up at once when its task is cancelled")
    func cancellation() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let release = DispatchSemaphore(value: 0)
        defer { release.signal() }
        let stuck = HostLookUp(
            interfaces: { [] },
            hosts: { _, _ in
                start.yield()
                // An answer that comes in the end, so that a cancellation without effect fails and does not hang.
                _ = release.wait(timeout: .now() + 10)
                return [try SocketAddress(ipAddress: "192.0.2.1", port: 0)]
            }
        )
        let endpoint = try tcp("tcp://slow.example:7", .connect)
        let task = Task { try await AddressResolution(allowsIPv6: false, lookUp: stuck).routes(for: endpoint) }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("fails at once in a task that is cancelled already")
    func cancelledBefore() async throws {
        let endpoint = try tcp("tcp://both.example:7", .connect)
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await AddressResolution(allowsIPv6: false, lookUp: .imaginary).routes(for: endpoint)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("knows the loopback interface and localhost of this machine")
    func system() async throws {
        let resolution = AddressResolution(allowsIPv6: false)
        let loopback = try #require(try System.enumerateDevices().first { $0.address?.ipAddress == "127.0.0.1" })
        let interface = try await resolution.bindAddress(for: tcp("tcp://\(loopback.name):7", .bind))
        #expect(Endpoint(interface)?.description == "tcp://127.0.0.1:7")
        let routes = try await resolution.routes(for: tcp("tcp://localhost:7", .connect))
        #expect(routes.contains { Endpoint($0.remote)?.description == "tcp://127.0.0.1:7" })
    }

    @Test("finds no host by a name that the system's resolver refuses")
    func systemUnknownHost() async throws {
        let endpoint = try tcp("tcp://no..where:7", .connect)
        let error = await #expect(throws: ZeroMQError.self) {
            try await AddressResolution(allowsIPv6: true).routes(for: endpoint)
        }
        #expect(error?.code == .resolutionFailed)
        #expect(error?.message.contains("no..where") == true)
    }
}

private func tcp(_ text: String, _ purpose: Endpoint.Purpose) throws -> TCPEndpoint {
    guard case .tcp(let endpoint) = try Endpoint.parse(text, for: purpose) else {
        throw ZeroMQError(.invalidEndpoint, "\(text) is not a tcp endpoint")
    }
    return endpoint
}

extension HostLookUp {
    /// A machine with two interfaces, on a network with two hosts.
    fileprivate static let imaginary = HostLookUp {
        [("both0", "2001:db8::5"), ("both0", "10.0.0.1"), ("both0", "10.0.0.2"), ("six0", "2001:db8::6")]
            .compactMap { name, address in
                (try? SocketAddress(ipAddress: address, port: 0)).map { InterfaceAddress(name: name, address: $0) }
            }
    } hosts: { name, allowsIPv6 in
        let addresses = [
            "both.example": ["2001:db8::1", "192.0.2.1", "192.0.2.1", "192.0.2.2"],
            "six.example": ["2001:db8::1"],
        ]
        guard let found = addresses[name] else { throw Failure(reason: "unheard of") }
        return try found.map { try SocketAddress(ipAddress: $0, port: 0) }
            .filter { allowsIPv6 || $0.protocol == .inet }
    }
}
