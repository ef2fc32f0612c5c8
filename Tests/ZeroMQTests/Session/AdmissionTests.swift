// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQ
import ZeroMQTesting

/// Who may connect to a bound endpoint.
@Suite("Connections that come in", .timeLimit(.minutes(3)))
struct AdmissionTests {
    #if os(Linux)
    @Test("ZMQ_TCP_ACCEPT_FILTER lets in by address, and closes others with an event")
    func acceptFilter() async throws {
        try await withSockets { context in
            let ranges = [try AddressRange("10.0.0.0/8"), try AddressRange("127.0.0.2")]
            let pull = try context.makePullSocket(.with { $0.tcp.acceptedRanges = ranges })
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let address = endpoint.dropFirst("tcp://".count)
            let (stranger, friend) = (
                try context.makePushSocket(.with { $0.reconnect = .quick }), try context.makePushSocket()
            )
            let strangerLog = EventLog(stranger)
            try await stranger.connect(to: endpoint)
            let failure = try await log.wait(for: .acceptFailed, count: 2)
            #expect(failure.error?.code == .permissionDenied)
            #expect(failure.error?.message.contains("127.0.0.1") == true)
            #expect(failure.error?.message.contains("ZMQ_TCP_ACCEPT_FILTER") == true)
            try await friend.connect(to: "tcp://127.0.0.2:*;\(address)")
            try await friend.send("from a friend")
            #expect(try await pull.receive() == "from a friend")
            #expect(log.count(of: .accepted) == 1)
            #expect(strangerLog.count(of: .handshakeSucceeded) == 0)
            keepOpen(stranger, friend)
        }
    }
    #endif

    @Test("ZMQ_TCP_ACCEPT_FILTER knows IPv4 peers of a listener for both families")
    func mappedAddress() async throws {
        try await withSockets { context in
            let range = try AddressRange("127.0.0.0/8")
            let pull = try context.makePullSocket(
                .with {
                    $0.ipv6 = true
                    $0.tcp.acceptedRanges = [range]
                })
            let port = try await pull.bind(to: "tcp://*:*").split(separator: ":").last ?? ""
            let push = try context.makePushSocket()
            try await push.connect(to: "tcp://127.0.0.1:\(port)")
            try await push.send("mapped")
            #expect(try await pull.receive() == "mapped")
        }
    }

    /// A filter, and whether this process passes it.
    struct Filter: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let passes: Bool
        let change: @Sendable (inout IPCOptions) -> Void

        static let all = [
            Self(testDescription: "no filter", passes: true) { _ in },
            Self(testDescription: "this user", passes: true) { $0.acceptedUsers = [1, 2, getuid()] },
            Self(testDescription: "another user", passes: false) { $0.acceptedUsers = [getuid() + 1] },
            Self(testDescription: "this group", passes: true) { $0.acceptedGroups = [getgid()] },
            Self(testDescription: "a group nobody has", passes: false) { $0.acceptedGroups = [4_000_000] },
            Self(testDescription: "this process", passes: true) { $0.acceptedProcesses = [getpid()] },
            Self(testDescription: "another process", passes: false) { $0.acceptedProcesses = [getpid() + 1] },
            Self(testDescription: "another user, or this process", passes: true) {
                $0.acceptedUsers = [getuid() + 1]
                $0.acceptedProcesses = [getpid()]
            },
        ]
    }

    @Test("ZMQ_IPC_FILTER_UID, _GID and _PID let in who is in one of them", arguments: Filter.all)
    func ipcFilter(filter: Filter) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { filter.change(&$0.ipc) })
            let log = EventLog(pull)
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            try await join(pull, push, over: .ipc)
            if filter.passes {
                try await push.send("let in")
                #expect(try await pull.receive() == "let in")
                #expect(log.count(of: .acceptFailed) == 0)
            } else {
                let failure = try await log.wait(for: .acceptFailed, count: 2)
                #expect(failure.error?.code == .permissionDenied)
                #expect(failure.error?.message.contains("ZMQ_IPC_FILTER_UID") == true)
                #expect(log.count(of: .accepted) == 0)
            }
            keepOpen(push)
        }
    }

    @Test("a filter of groups knows all groups of the peer")
    func otherGroups() {
        var options = IPCOptions()
        options.acceptedGroups = [27]
        #expect(options.admits(PeerCredentials(user: 1000, groups: [1000, 4, 27], process: 1)))
        #expect(!options.admits(PeerCredentials(user: 27, groups: [1000, 4], process: 27)))
        options.acceptedProcesses = [5]
        #expect(!options.admits(PeerCredentials(user: 1, groups: [], process: nil)))
    }

    @Test("the kernel says who the peer is")
    func credentials() throws {
        var ends: [CInt] = [0, 0]
        #if canImport(Darwin)
        let stream = SOCK_STREAM
        #else
        let stream = CInt(SOCK_STREAM.rawValue)
        #endif
        try #require(unsafe socketpair(AF_UNIX, stream, 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let peer = try PeerCredentials(ofPeerAt: ends[0])
        #expect(peer.user == getuid())
        #expect(peer.groups.contains(getgid()))
        #expect(peer.process == getpid())
        var groups = [gid_t](repeating: 0, count: 1024)
        let count = unsafe getgroups(CInt(groups.count), &groups)
        for group in groups.prefix(Int(max(0, count))) { #expect(peer.groups.contains(group)) }
        #expect(throws: (any Error).self) { try PeerCredentials(ofPeerAt: -1) }
    }

    @Test(
        "ipc.fileMode is the mode of the file, whatever the umask", arguments: [0o600, 0o660, 0o777, 0o000] as [UInt16])
    func fileMode(mode: UInt16) async throws {
        let path = "/tmp/\(Fresh.name())"
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.ipc.fileMode = mode })
            try await pull.bind(to: "ipc://\(path)")
            #expect(try Self.mode(of: path) == mode)
            try await pull.unbind(from: "ipc://\(path)")
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test(
        "the file of a socket has no wider mode from the first moment on", arguments: [0o600, 0o640, 0o400] as [UInt16])
    func noWiderMode(mode: UInt16) throws {
        let path = "/tmp/\(Fresh.name())"
        defer { unsafe unlink(path) }
        let descriptor = try UnixSocket.listening(at: UnixAddress(path: path), backlog: 1, mode: mode)
        defer { UnixSocket.discard(descriptor) }
        #expect(try Self.mode(of: path) & ~mode == 0)
    }

    @Test("ipc.fileMode cannot protect an abstract name", .enabled(if: IPCEndpoint.supportsAbstractNames))
    func abstractName() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.ipc.fileMode = 0o600 })
            let error = await expectError(.notSupported) { try await pull.bind(to: "ipc://@\(Fresh.name())") }
            #expect(error?.message.contains("ipc.fileMode") == true)
        }
    }

    private static func mode(of path: String) throws -> UInt16 {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? NSNumber).uint16Value
    }
}
