// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Options and ids that make no sense", .timeLimit(.minutes(3)))
struct BadOptionTests {
    /// An option out of its limits.
    struct BadOption: Sendable, CustomTestStringConvertible {
        let name: String
        let twin: String
        let options: SocketOptions

        init(_ name: String, _ twin: String, _ change: (inout SocketOptions) -> Void) {
            self.name = name
            self.twin = twin
            self.options = .with(change)
        }

        var testDescription: String { self.name }

        static let all = [
            Self("sendHighWaterMark", "ZMQ_SNDHWM") { $0.sendHighWaterMark = 0 },
            Self("sendHighWaterMark", "ZMQ_SNDHWM") { $0.sendHighWaterMark = -1 },
            Self("receiveHighWaterMark", "ZMQ_RCVHWM") { $0.receiveHighWaterMark = 0 },
            Self("maxMessageSize", "ZMQ_MAXMSGSIZE") { $0.maxMessageSize = -1 },
            Self("backlog", "ZMQ_BACKLOG") { $0.backlog = 0 },
            Self("sendBuffer", "ZMQ_SNDBUF") { $0.sendBuffer = -1 },
            Self("receiveBuffer", "ZMQ_RCVBUF") { $0.receiveBuffer = -1 },
            Self("tcp.keepAliveCount", "ZMQ_TCP_KEEPALIVE_CNT") { $0.tcp.keepAliveCount = 0 },
            Self("tcp.keepAliveCount", "ZMQ_TCP_KEEPALIVE_CNT") { $0.tcp.keepAliveCount = 128 },
            Self("tcp.keepAliveIdle", "ZMQ_TCP_KEEPALIVE_IDLE") { $0.tcp.keepAliveIdle = .milliseconds(999) },
            Self("tcp.keepAliveInterval", "ZMQ_TCP_KEEPALIVE_INTVL") { $0.tcp.keepAliveInterval = .seconds(40_000) },
            Self("tcp.maxRetransmissionTime", "ZMQ_TCP_MAXRT") { $0.tcp.maxRetransmissionTime = .zero },
            Self("tcp.typeOfService", "ZMQ_TOS") { $0.tcp.typeOfService = 256 },
            Self("tcp.priority", "ZMQ_PRIORITY") { $0.tcp.priority = -1 },
            Self("tcp.busyPoll", "ZMQ_BUSY_POLL") { $0.tcp.busyPoll = .seconds(-1) },
            Self("tcp.device", "ZMQ_BINDTODEVICE") { $0.tcp.device = "" },
            Self("tcp.device", "ZMQ_BINDTODEVICE") { $0.tcp.device = "sixteen-octets-x" },
            Self("reconnectStop", "ZMQ_RECONNECT_STOP") { $0.reconnectStop = ReconnectStop(rawValue: 8) },
            Self("routerNotify", "ZMQ_ROUTER_NOTIFY") { $0.routerNotify = RouterNotify(rawValue: 4) },
            Self("ipc.fileMode", "0 to 511") { $0.ipc.fileMode = 0o1000 },
            Self("linger", "ZMQ_LINGER") { $0.linger = .seconds(-1) },
            Self("handshakeTimeout", "ZMQ_HANDSHAKE_IVL") { $0.handshakeTimeout = .nanoseconds(-1) },
            Self("connectTimeout", "ZMQ_CONNECT_TIMEOUT") { $0.connectTimeout = .seconds(-5) },
            Self("metadata", "ZMQ_METADATA") { $0.metadata = ["Version": "1"] },
            Self("metadata", "ZMQ_METADATA") { $0.metadata = ["X-": "1"] },
            Self("metadata", "ZMQ_METADATA") { $0.metadata = ["X-a b": "1"] },
            Self("metadata", "ZMQ_METADATA") { $0.metadata = ["X-a": ""] },
            Self("metadata", "ZMQ_METADATA") { $0.metadata = ["X-a": "b\0"] },
            Self("metadata", "ZMQ_METADATA") { $0.metadata = ["X-a": "1", "X-A": "2"] },
            Self("metadata", "ZMQ_METADATA") { $0.metadata = ["X-" + String(repeating: "n", count: 254): "1"] },
            Self("metadata", "ZMQ_METADATA") { $0.metadata = ["X-a": String(repeating: "1", count: 64_993)] },
            Self("oldestVersion", "3.1") { $0.oldestVersion = ProtocolVersion(major: 4, minor: 0) },
            Self("heartbeatInterval", "ZMQ_HEARTBEAT_IVL") { $0.heartbeatInterval = .zero },
            Self("heartbeatInterval", "ZMQ_HEARTBEAT_IVL") { $0.heartbeatInterval = .seconds(-1) },
            Self("heartbeatTimeout", "ZMQ_HEARTBEAT_TIMEOUT") { $0.heartbeatTimeout = .seconds(-1) },
            Self("heartbeatTTL", "ZMQ_HEARTBEAT_TTL") { $0.heartbeatTTL = .seconds(-1) },
            Self("heartbeatTTL", "ZMQ_HEARTBEAT_TTL") { $0.heartbeatTTL = .milliseconds(6_553_600) },
        ]
    }

    @Test("are refused with an error that names the option and its twin", arguments: BadOption.all)
    func options(bad: BadOption) async throws {
        try await withSockets { context in
            let error = await expectError(.invalidOption) { try context.makeDealerSocket(bad.options) }
            for text in [bad.name, bad.twin, "expected"] { #expect(error?.message.contains(text) == true) }
            await expectError(.invalidOption) { try context.makeSocket(.pull, bad.options) }
        }
    }

    @Test("of routing ids: too short, too long, or beginning with a zero octet")
    func routingIDs() async throws {
        for octets in [[], Array(repeating: 65, count: 256), [0, 1, 2]] as [[UInt8]] {
            let error = #expect(throws: ZMTPError.self) { _ = try RoutingID(octets) }
            #expect(error?.code == .invalidRoutingID)
        }
        #expect(try RoutingID(Array(repeating: 65, count: 255)).part.count == 255)
    }

    @Test(
        "of endpoints: an error that names the endpoint",
        arguments: [
            ("", ZeroMQError.Code.invalidEndpoint), ("tcp", .invalidEndpoint), ("tcp://", .invalidEndpoint),
            ("tcp://127.0.0.1", .invalidEndpoint), ("tcp://127.0.0.1:port", .invalidEndpoint),
            ("tcp://127.0.0.1:65536", .invalidEndpoint), ("://127.0.0.1:5555", .invalidEndpoint),
            ("ftp://127.0.0.1:5555", .unsupportedTransport), ("udp://127.0.0.1:5555", .unsupportedTransport),
            ("ipc://", .invalidEndpoint), ("inproc://", .invalidEndpoint),
            ("inproc://\(String(repeating: "n", count: 257))", .nameTooLong),
            ("ipc:///tmp/\(String(repeating: "p", count: 200))", .nameTooLong),
        ])
    func endpoints(text: String, code: ZeroMQError.Code) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            let errors = [
                await expectError(code) { try await pair.bind(to: text) },
                await expectError(code) { try await pair.connect(to: text) },
            ]
            for error in errors { #expect(error?.message.contains(text.prefix(20)) == true) }
            #expect(pair.lastEndpoint == nil)
        }
    }

    @Test("of endpoints that make sense for the other purpose only")
    func purposes() async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            for text in ["tcp://*:5555", "tcp://127.0.0.1:*", "tcp://127.0.0.1:0", "ipc://*"] {
                await expectError(.invalidEndpoint) { try await pair.connect(to: text) }
            }
            await expectError(.invalidEndpoint) { try await pair.bind(to: "tcp://127.0.0.1:0;127.0.0.1:5555") }
        }
    }
}
