// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQTesting

@Suite("--option NAME=VALUE", .serialized)
struct SocketOptionTests {
    @Test(
        "ZeroMQ's names and values are taken",
        arguments: [
            "sndhwm=1", "sndhwm=0", "rcvhwm=5", "rcvhwm=0", "linger=0", "linger=-1", "linger=500", "sndtimeo=-1",
            "sndtimeo=1000", "rcvtimeo=-1", "rcvtimeo=60000", "handshake_ivl=0", "handshake_ivl=1000",
            "connect_timeout=0", "connect_timeout=500", "reconnect_ivl=-1", "reconnect_ivl=50", "reconnect_ivl_max=0",
            "reconnect_ivl_max=200", "maxmsgsize=-1", "maxmsgsize=100", "backlog=10", "ipv6=1", "ipv6=0",
            "immediate=1", "heartbeat_ivl=0", "heartbeat_ivl=100", "heartbeat_timeout=0", "heartbeat_timeout=500",
            "heartbeat_ttl=0", "heartbeat_ttl=6553599", "metadata=X-a:b:c", "routing_id=me", "router_mandatory=1",
            "router_handover=1", "probe_router=0", "ipv4only=0", "ipv4only=1", "sndbuf=10000", "rcvbuf=-1",
            "tcp_keepalive=1", "tcp_keepalive=-1", "tcp_keepalive_cnt=3", "tcp_keepalive_cnt=-1",
            "tcp_keepalive_idle=60", "tcp_keepalive_intvl=-1", "tcp_maxrt=0", "tcp_maxrt=5000", "tos=40",
            "priority=3", "bindtodevice=", "busy_poll=0", "tcp_accept_filter=127.0.0.0/8", "tcp_accept_filter=",
            "ipc_filter_uid=0", "ipc_filter_gid=5", "ipc_filter_pid=77", "ipc_filter_uid=", "use_fd=-1",
            "reconnect_stop=7", "reconnect_ivl=0", "socks_proxy=127.0.0.1:1080", "socks_proxy=", "socks_username=ann",
            "socks_password=x", "hello_msg=hi", "disconnect_msg=bye", "router_notify=3", "connect_routing_id=x",
        ])
    func accepted(assignment: String) async throws {
        let tool = try Tool(["router", "--bind", anyPort, "--option", assignment], input: "")
        #expect(try await tool.outcome().status == 0)
    }

    @Test("REQ has options of its own", arguments: ["req_relaxed=1", "req_correlate=1", "req_relaxed=0"])
    func acceptedByReq(assignment: String) async throws {
        let echo = try Tool(["rep", "--echo", "--bind", anyPort])
        let request = try await Tool.run(
            ["req", "--connect", try await echo.bound(), "--option", assignment], input: "a\nb\n")
        #expect(request.status == 0)
        #expect(request.text == "a\nb\n")
    }

    @Test(
        "A bad value is refused, and what was expected is named",
        arguments: [
            ("sndhwm=-1", "messages"), ("sndhwm=many", "messages"), ("rcvhwm=", "messages"),
            ("linger=-2", "milliseconds"),
            ("linger=1.5", "milliseconds"), ("sndtimeo=x", "milliseconds"), ("handshake_ivl=-1", "milliseconds"),
            ("reconnect_ivl=-2", "milliseconds"), ("reconnect_ivl_max=-1", "milliseconds"), ("maxmsgsize=-2", "bytes"),
            ("immediate=2", "0 or 1"), ("ipv6=yes", "0 or 1"), ("backlog=0", "whole number"),
            ("routing_id=", "255 bytes"),
            ("linger", "NAME=VALUE"), ("", "NAME=VALUE"), ("=1", "unknown"), ("nonsense=1", "unknown"),
            ("LINGER=0", "unknown"), ("heartbeat_ivl=-1", "milliseconds"), ("metadata=a:b", "X-NAME:TEXT"),
            ("metadata=X-a", "X-NAME:TEXT"), ("metadata=X-:b", "X-NAME:TEXT"), ("metadata=X-a:", "X-NAME:TEXT"),
            ("metadata=X-a b:c", "X-NAME:TEXT"), ("heartbeat_timeout=-1", "milliseconds"),
            ("heartbeat_ttl=6553600", "6553599"), ("router_mandatory=1", "ROUTER"), ("sndbuf=-2", "bytes"),
            ("tcp_keepalive=2", "0 or 1"), ("tcp_keepalive_cnt=128", "probes"), ("tcp_keepalive_idle=0", "seconds"),
            ("tcp_maxrt=-1", "milliseconds"), ("tos=256", "255"), ("priority=-1", "whole number"),
            ("bindtodevice=much-too-long-a-name", "interface"), ("busy_poll=x", "microseconds"),
            ("ipv4only=2", "0 or 1"), ("tcp_accept_filter=10.0.0.0/33", "range"), ("ipc_filter_uid=-1", "user id"),
            ("ipc_filter_pid=x", "process"), ("use_fd=-2", "descriptor"), ("reconnect_stop=8", "refused"),
            ("socks_proxy=nowhere", "host:port"), ("conflate=2", "0 or 1"), ("hello_msg=x", "DEALER"),
            ("hiccup_msg=x", "DEALER"), ("disconnect_msg=x", "ROUTER"), ("router_notify=1", "ROUTER"),
            ("connect_routing_id=x", "ROUTER"),
            ("req_relaxed=1", "REQ"), ("probe_router=1", "DEALER"),
        ])
    func refused(assignment: String, expected: String) async throws {
        let outcome = try await Tool.run(["push", "--bind", anyPort, "--option", assignment])
        #expect(outcome.status == 2)
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("error: --option "), "\(outcome.errors)")
        #expect(outcome.errors.contains(expected), "\(outcome.errors)")
    }

    @Test(
        "An option that makes no sense here is refused with the reason",
        arguments: [
            ("affinity=1", "event loops"), ("gssapi_server=1", "GSSAPI"), ("rate=100", "multicast"),
            ("norm_mode=1", "norm transport"), ("vmci_buffer_size=1", "vmci transport"), ("wss_hostname=x", "wss"),
            ("router_raw=1", "without a protocol"), ("in_batch_size=1", "KiB"), ("last_endpoint=x", "read only"),
            ("loopback_fastpath=1", "Windows"),
        ])
    func senseless(assignment: String, reason: String) async throws {
        let outcome = try await Tool.run(["push", "--bind", anyPort, "--option", assignment])
        #expect(outcome.status == 2)
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains(reason), "\(outcome.errors)")
    }

    @Test("A routing id is what a ROUTER shows", arguments: ["--routing-id=anna", "--option=routing_id=anna"])
    func routingID(option: String) async throws {
        let router = try Tool(["router", "--bind", anyPort, "--format", "json", "--count", "1"], input: "")
        let dealer = try await Tool.run(["dealer", "--connect", try await router.bound(), option], input: "hi\n")
        #expect(dealer.status == 0)
        #expect(try await router.outcome().text == "[\"anna\",\"hi\"]\n")
    }

    @Test("A routing id has 1 to 255 bytes", arguments: [String(repeating: "x", count: 256)])
    func badRoutingID(id: String) async throws {
        let outcome = try await Tool.run(["dealer", "--bind", anyPort, "--routing-id", id])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--routing-id"))
    }

    @Test("linger=0 gives up what no peer has taken, without waiting")
    func noLinger() async throws {
        let outcome = try await Tool.run(
            ["push", "--connect", "ipc:///nonexistent/place", "--option", "linger=0"], input: "a\n")
        #expect(outcome.status == 0)
    }

    @Test("metadata is what a peer shows with --verbose, all of it")
    func metadata() async throws {
        let pull = try Tool(["pull", "--bind", anyPort, "--count", "1", "--verbose"])
        let options = ["--option", "metadata=X-Version:1:2", "--option", "metadata=X-Name:anna"]
        _ = try await Tool.run(["push", "--connect", try await pull.bound()] + options, input: "hi\n")
        let errors = try await pull.outcome().errors
        #expect(errors.contains("X-Name: anna, X-Version: 1:2"), "\(errors)")
    }

    @Test("reconnect_ivl and reconnect_ivl_max wait as libzmq does: twice as long each time, without chance")
    func growingWaits() async throws {
        let tool = try Tool(Self.unreachable + ["reconnect_ivl=10", "--option", "reconnect_ivl_max=40"])
        try await tool.waitForErrors("next attempt in 0.04 seconds")
        #expect(Self.waits(in: tool.errors).prefix(3) == [0.01, 0.02, 0.04])
    }

    @Test("reconnect_ivl alone waits so long and up to as long again", arguments: [nil, "0", "5"])
    func evenWaits(maximum: String?) async throws {
        let more = maximum.map { ["--option", "reconnect_ivl_max=\($0)"] } ?? []
        let tool = try Tool(Self.unreachable + ["reconnect_ivl=10"] + more)
        let enough = try await eventually { Self.waits(in: tool.errors).count >= 20 }
        let waits = Self.waits(in: tool.errors)
        #expect(enough && waits.allSatisfy { (0.01...0.02).contains($0) }, "\(waits)")
        #expect(Set(waits).count > 1)
    }

    @Test("reconnect_ivl of -1 or 0 never tries again", arguments: ["-1", "0"])
    func noReconnect(interval: String) async throws {
        let tool = try Tool(Self.unreachable + ["reconnect_ivl=\(interval)"])
        try await tool.waitForErrors("connect failed")
        #expect(Self.waits(in: tool.errors).isEmpty)
    }

    private static let unreachable = ["pull", "--connect", "ipc:///nonexistent/place", "--verbose", "--option"]

    /// The waits that were told of, in seconds.
    private static func waits(in errors: String) -> [Double] {
        errors.split(separator: "\n").compactMap { line in
            line.firstMatch(of: /next attempt in ([0-9.e-]+) seconds$/).flatMap { Double($0.1) }
        }
    }

    @Test("a bad socks_password is not shown")
    func secret() async throws {
        let password = String(repeating: "secret", count: 50)
        let outcome = try await Tool.run(["pull", "--bind", anyPort, "--option", "socks_password=\(password)"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("255 bytes") && !outcome.errors.contains("secret"), "\(outcome.errors)")
    }

    @Test("use_fd of something that does not listen is named")
    func badDescriptor() async throws {
        let outcome = try await Tool.run(["pull", "--bind", anyPort, "--option", "use_fd=0"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("ZMQ_USE_FD"), "\(outcome.errors)")
    }

    @Test("A mandatory ROUTER that cannot route ends with 1 and one line that names the peer")
    func mandatory() async throws {
        let router = try Tool(
            ["router", "--bind", anyPort, "--format", "json", "--option", "router_mandatory=1"],
            input: "[\"nobody\",\"hi\"]\n")
        let outcome = try await router.outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errorLines.count(where: { $0.hasPrefix("error: ") }) == 1)
        #expect(outcome.errors.contains("nobody"), "\(outcome.errors)")
    }

    @Test("rcvtimeo and sndtimeo end with 3")
    func socketTimeouts() async throws {
        let pull = try await Tool.run(["pull", "--bind", anyPort, "--option", "rcvtimeo=50"])
        #expect(pull.status == 3)
        let push = try await Tool.run(["push", "--bind", anyPort, "--option", "sndtimeo=50"], input: "a\n")
        #expect(push.status == 3)
    }
}
