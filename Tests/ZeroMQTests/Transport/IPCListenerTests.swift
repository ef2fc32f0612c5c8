// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import NIOCore
import NIOPosix
import Testing
import ZeroMQ

@Suite("ipc listeners", .timeLimit(.minutes(3)))
struct IPCListenerTests {
    @Test("carry traffic through NIO's bootstraps at a path")
    func pathTraffic() async throws {
        try await withScratchDirectoryAsync { directory in
            try await Self.checkTraffic(through: .path("\(directory)/socket"))
        }
    }

    @Test("carry traffic through NIO's bootstraps at a new path")
    func wildcardTraffic() async throws {
        try await Self.checkTraffic(through: .wildcard)
    }

    @Test("carry traffic at the longest path the system takes")
    func longestPath() async throws {
        try await withScratchDirectoryAsync { directory in
            let room = IPCEndpoint.maximumLength - directory.utf8.count - 1
            let path = "\(directory)/\(String(repeating: "p", count: room))"
            try await Self.checkTraffic(through: .path(path))
        }
    }

    @Test("carry traffic at an abstract name", .enabled(if: IPCEndpoint.supportsAbstractNames))
    func abstractTraffic() async throws {
        try await Self.checkTraffic(through: .abstract(Self.uniqueName))
    }

    @Test("have abstract names of exactly the length given", .enabled(if: IPCEndpoint.supportsAbstractNames))
    func abstractLength() throws {
        let name = Self.uniqueName
        var listener = try IPCListener(at: .abstract(name), backlog: 1)
        defer { listener.abandon() }
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(listener.descriptor, $0, &length)
            }
        }
        #expect(status == 0)
        #expect(Int(length) == MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    }

    @Test("do not share an abstract name", .enabled(if: IPCEndpoint.supportsAbstractNames))
    func abstractNameTaken() throws {
        let endpoint = IPCEndpoint.abstract(Self.uniqueName)
        var first = try IPCListener(at: endpoint, backlog: 1)
        defer { first.abandon() }
        expectError(.addressInUse, "\(endpoint)") { try IPCListener(at: endpoint, backlog: 1) }
    }

    @Test("leave nothing behind at a path")
    func pathIsRemoved() throws {
        try withScratchDirectory { directory in
            let path = "\(directory)/socket"
            var listener = try IPCListener(at: .path(path), backlog: 1)
            #expect(listener.endpoint == .path(path))
            #expect(FileManager.default.fileExists(atPath: path))
            listener.abandon()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("make for a wildcard a new path in a directory of its own, and leave nothing behind")
    func wildcard() throws {
        var first = try IPCListener(at: .wildcard, backlog: 1)
        var second = try IPCListener(at: .wildcard, backlog: 1)
        let path = "\(first.endpoint)"
        let directory = (path as NSString).deletingLastPathComponent
        #expect(first.endpoint != second.endpoint)
        let rights = try FileManager.default.attributesOfItem(atPath: directory)[.posixPermissions] as? Int
        #expect(rights == 0o700)
        first.abandon()
        second.abandon()
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test("take over a path whose listener has died")
    func deadSocket() throws {
        try withScratchDirectory { directory in
            let path = "\(directory)/socket"
            close(try IPCListener(at: .path(path), backlog: 1).descriptor)
            #expect(FileManager.default.fileExists(atPath: path))
            var listener = try IPCListener(at: .path(path), backlog: 1)
            defer { listener.abandon() }
            close(try listener.endpoint.openConnection())
        }
    }

    @Test("leave a path to the listener that lives there")
    func livingSocket() throws {
        try withScratchDirectory { directory in
            let path = "\(directory)/socket"
            var listener = try IPCListener(at: .path(path), backlog: 1)
            defer { listener.abandon() }
            expectError(.addressInUse, "somebody is listening") { try IPCListener(at: .path(path), backlog: 1) }
            close(try listener.endpoint.openConnection())
        }
    }

    @Test("count a listener with no room for a connection as living", .enabled(if: Self.refusesWhenFull))
    func fullSocket() throws {
        try withScratchDirectory { directory in
            let path = "\(directory)/socket"
            var listener = try IPCListener(at: .path(path), backlog: 0)
            defer { listener.abandon() }
            let waiting = try listener.endpoint.openConnection()
            defer { close(waiting) }
            expectError(.io, "too many connections") { try listener.endpoint.openConnection() }
            expectError(.addressInUse, "somebody is listening") { try IPCListener(at: .path(path), backlog: 1) }
        }
    }

    @Test("leave a file that is no socket as it is", arguments: ["file", "link", "directory"])
    func otherFiles(kind: String) throws {
        try withScratchDirectory { directory in
            let path = "\(directory)/thing"
            try Self.make(kind, at: path)
            let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
            expectError(.addressInUse, path) { try IPCListener(at: .path(path), backlog: 1) }
            let after = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
            #expect(before == after)
        }
    }

    @Test("leave a path to the living socket of another kind")
    func datagramSocket() throws {
        try withScratchDirectory { directory in
            let path = "\(directory)/socket"
            try Self.withDatagramSocket(at: path) {
                expectError(.addressInUse, "of another kind") { try IPCListener(at: .path(path), backlog: 1) }
                #expect(FileManager.default.fileExists(atPath: path))
            }
        }
    }

    @Test("leave a file that has replaced theirs as it is")
    func replacedFile() throws {
        try withScratchDirectory { directory in
            let path = "\(directory)/socket"
            var first = try IPCListener(at: .path(path), backlog: 1)
            try FileManager.default.removeItem(atPath: path)
            var second = try IPCListener(at: .path(path), backlog: 1)
            first.abandon()
            close(try second.endpoint.openConnection())
            second.abandon()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("say what is missing")
    func missing() throws {
        try withScratchDirectory { directory in
            expectError(.notFound, "directory does not exist") {
                try IPCListener(at: .path("\(directory)/no/socket"), backlog: 1)
            }
            expectError(.notFound, "nobody has bound it") {
                try IPCEndpoint.path("\(directory)/socket").openConnection()
            }
            let path = "\(directory)/dead"
            close(try IPCListener(at: .path(path), backlog: 1).descriptor)
            expectError(.io, "nobody is listening") { try IPCEndpoint.path(path).openConnection() }
        }
    }

    @Test("make new paths in the directory the environment names")
    func temporaryDirectory() throws {
        try withScratchDirectory { directory in
            let tooLong = "\(directory)/\(String(repeating: "d", count: IPCEndpoint.maximumLength - 20))"
            try FileManager.default.createDirectory(atPath: tooLong, withIntermediateDirectories: true)
            let cases: [([String: String], String)] = [
                (["TMPDIR": directory, "TMP": "/"], directory),
                (["TMPDIR": "\(directory)//"], directory),
                (["TEMPDIR": directory], directory),
                (["TMP": directory], directory),
                (["TMPDIR": "\(directory)/none", "TMP": directory], directory),
                (["TMPDIR": tooLong, "TEMPDIR": directory], directory),
                (["TMPDIR": ""], "/tmp"),
                ([:], "/tmp"),
            ]
            for (environment, expected) in cases {
                #expect(IPCPath.temporaryDirectory { environment[$0] } == expected, "\(environment)")
            }
        }
    }
}

// MARK: - Helpers

extension IPCListenerTests {
    /// A client says something, the listener's side says it back.
    private static func checkTraffic(through endpoint: IPCEndpoint) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        var listener = try IPCListener(at: endpoint, backlog: 8)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { $0.adding(Echo()) }
            .withBoundSocket(listener.descriptor).get()
        let answer = group.next().makePromise(of: String.self)
        let client = try await ClientBootstrap(group: group)
            .channelInitializer { $0.adding(FirstRead(answer)) }
            .withConnectedSocket(listener.endpoint.openConnection()).get()
        try await client.writeAndFlush(ByteBuffer(string: "hello"))
        #expect(try await answer.futureResult.get() == "hello")
        listener.removeFile()
        try await client.close()
        try await server.close()
        expectNobody(at: listener.endpoint)
    }

    private static func expectNobody(at endpoint: IPCEndpoint) {
        #expect(throws: ZeroMQError.self, "nobody should be at \(endpoint)") { try endpoint.openConnection() }
    }

    /// Whether a connection attempt tells a full backlog from a dead socket.
    private static var refusesWhenFull: Bool {
        #if os(Linux)
        true
        #else
        false
        #endif
    }

    private static var uniqueName: String { "zeromq-test-\(UUID().uuidString)" }

    private static func make(_ kind: String, at path: String) throws {
        switch kind {
        case "file": try #require(FileManager.default.createFile(atPath: path, contents: Data("keep".utf8)))
        case "link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/nowhere")
        case "directory":
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        default: Issue.record("no such kind of file: \(kind)")
        }
    }

    private static func withDatagramSocket(at path: String, _ body: () throws -> Void) throws {
        #if canImport(Glibc)
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        #else
        let descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #endif
        defer { close(descriptor) }
        let status = try unsafe SocketAddress(unixDomainSocketPath: path).withSockAddr { pointer, length in
            unsafe bind(descriptor, pointer, socklen_t(length))
        }
        try #require(status == 0)
        try body()
    }
}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(data, promise: nil)
    }
}

private final class FirstRead: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answer: EventLoopPromise<String>

    init(_ answer: EventLoopPromise<String>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.answer.succeed(String(buffer: self.unwrapInboundIn(data)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.answer.fail(ChannelError.eof)
    }
}

extension Channel {
    fileprivate func adding(_ handler: @autoclosure () -> some ChannelHandler) -> EventLoopFuture<Void> {
        self.eventLoop.makeCompletedFuture { try self.pipeline.syncOperations.addHandler(handler()) }
    }
}

private func expectError<Value>(
    _ code: ZeroMQError.Code,
    _ part: String,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Value
) {
    let error = #expect(throws: ZeroMQError.self, sourceLocation: sourceLocation) { _ = try body() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
}

private func withScratchDirectoryAsync<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let directory = try makeScratchDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory)
}

private func withScratchDirectory<Value>(_ body: (String) throws -> Value) throws -> Value {
    let directory = try makeScratchDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try body(directory)
}

private func makeScratchDirectory() throws -> String {
    let directory = "/tmp/zmq-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    return directory
}
