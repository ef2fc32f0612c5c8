// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Synchronization
import Testing
import ZeroMQ

/// How messages travel between the two sockets of a test.
enum Transport: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case inproc, ipc, tcp

    var testDescription: String { self.rawValue }

    /// Those with connections.
    static let wires: [Transport] = [.ipc, .tcp]

    /// An endpoint to bind: any port, a new path, a new name.
    func wildcard() -> String {
        switch self {
        case .inproc: "inproc://\(Fresh.name())"
        case .ipc: "ipc://*"
        case .tcp: "tcp://127.0.0.1:*"
        }
    }

    /// An endpoint that nobody has bound yet and nobody else will: to be connected to before it exists, or to be bound
    /// again and again.
    func fresh() async throws -> String {
        switch self {
        case .inproc: "inproc://\(Fresh.name())"
        case .ipc: "ipc:///tmp/\(Fresh.name())"
        case .tcp: try await Fresh.tcpEndpoint()
        }
    }
}

/// Names and addresses that no other test uses, nor another run of the tests at the same time.
enum Fresh {
    private static let last = Atomic(0)
    private static let process = Int(ProcessInfo.processInfo.processIdentifier)

    static func number() -> Int { Self.last.add(1, ordering: .relaxed).newValue }

    static func name() -> String { "zmq-test-\(Self.process)-\(Self.number())" }

    /// A TCP endpoint that nobody uses: at a loopback address of its own, and, where there is only one of these, a port
    /// that was free a moment ago.
    ///
    /// Ports that the system chooses are above 32768 on Linux; one of them could be somebody's at all addresses.
    static func tcpEndpoint() async throws -> String {
        #if os(Linux)
        return "tcp://\(Self.loopback()):\(20_000 + Self.number() % 10_000)"
        #else
        return try await withContext { context in
            let probe = try context.makePullSocket()
            return try await probe.bind(to: "tcp://\(Self.loopback()):*")
        }
        #endif
    }

    /// Linux answers to all of 127/8; elsewhere only one address is sure to be there.
    private static func loopback() -> String {
        #if os(Linux)
        let number = Self.number()
        return "127.\(1 + Self.process % 250).\(number / 250 % 250).\(1 + number % 250)"
        #else
        return "127.0.0.1"
        #endif
    }
}
