// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZeroMQ

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Errors of the operating system")
struct ZeroMQErrorSystemTests {
    @Test(
        "get the code and the advice for what was tried",
        arguments: [
            (EADDRINUSE, Endpoint.Purpose.bind, "tcp://*:80", ZeroMQError.Code.addressInUse, "choose another"),
            (EADDRINUSE, .bind, "ipc:///tmp/x", .addressInUse, "path is in use"),
            (EADDRINUSE, .bind, "inproc://x", .addressInUse, "in this context"),
            (EADDRINUSE, .connect, "tcp://a:9;b:80", .addressInUse, "connect from"),
            (EADDRNOTAVAIL, .bind, "tcp://192.0.2.1:80", .addressNotAvailable, "interface name"),
            (EADDRNOTAVAIL, .connect, "tcp://a:80", .addressNotAvailable, "no free port"),
            (ENODEV, .bind, "tcp://eth9:80", .addressNotAvailable, "no such address"),
            (EAFNOSUPPORT, .bind, "tcp://[::1]:80", .addressNotAvailable, "does not support"),
            (EACCES, .bind, "tcp://*:80", .permissionDenied, "below 1024"),
            (EACCES, .bind, "ipc:///srv/x", .permissionDenied, "directory"),
            (EPERM, .connect, "ipc:///tmp/x", .permissionDenied, "may write to"),
            (EROFS, .bind, "ipc:///tmp/x", .permissionDenied, "directory"),
            (ENAMETOOLONG, .bind, "ipc:///tmp/x", .nameTooLong, "shorter"),
            (EMFILE, .bind, "tcp://*:80", .tooManyFiles, "this process"),
            (ENFILE, .connect, "tcp://a:80", .tooManyFiles, "this machine"),
            (ENOENT, .bind, "ipc:///no/x", .notFound, "directory does not exist"),
            (ENOTDIR, .bind, "ipc:///no/x", .notFound, "directory does not exist"),
            (ENOENT, .connect, "ipc:///tmp/x", .notFound, "nobody has bound it"),
            (ECONNREFUSED, .connect, "tcp://a:80", .io, "nobody is listening"),
            (ETIMEDOUT, .connect, "tcp://a:80", .timedOut, "no answer"),
            (EHOSTUNREACH, .connect, "tcp://a:80", .io, "no route"),
            (EPIPE, .connect, "tcp://a:80", .io, "(errno \(EPIPE))"),
        ]
    )
    func systemCalls(
        number: CInt,
        purpose: Endpoint.Purpose,
        text: String,
        code: ZeroMQError.Code,
        advice: String
    ) throws {
        let endpoint = try Endpoint.parse(text, for: purpose)
        let cause = IOError(errnoCode: number, reason: "call")
        let error = ZeroMQError.describing(cause as any Error, while: purpose, endpoint)
        #expect(error.code == code)
        #expect(error.message.contains(text))
        #expect(error.message.contains(advice), "\(error.message)")
        #expect((error.cause as? IOError)?.errnoCode == number)
        #expect(error.description.hasPrefix("\(code): \(error.message) ["))
    }

    @Test("leave an error that says it all as it is")
    func passedThrough() {
        let original = ZeroMQError(.closed, "the socket is closed")
        let error = ZeroMQError.describing(original, while: .bind, .inproc(name: "x"))
        #expect(error.description == "closed: the socket is closed")
    }

    @Test("say that time ran out when NIO gave up connecting")
    func connectTimeout() {
        let timeout = ChannelError.connectTimeout(.seconds(3))
        #expect(ZeroMQError.describing(timeout, while: .connect, .inproc(name: "x")).code == .timedOut)
    }

    @Test("become io when nothing better is known")
    func anythingElse() {
        let error = ZeroMQError.describing(CancellationError(), while: .connect, .inproc(name: "x"))
        #expect(error.code == .io)
        #expect(error.cause is CancellationError)
    }
}
