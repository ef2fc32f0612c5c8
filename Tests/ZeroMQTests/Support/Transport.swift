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

    /// A port that was free a moment ago, at a loopback address of its own, so that nobody is given it meanwhile.
    static func tcpEndpoint() async throws -> String {
        try await withContext { context in
            let probe = try context.makePullSocket()
            return try await probe.bind(to: "tcp://\(Self.loopback()):*")
        }
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
