// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// Listening descriptors that NIO did not make.
enum ListeningSocket {
    /// Checks that a descriptor which somebody else has made can serve an endpoint, and closes it on `exec`.
    ///
    /// - Throws: `.invalidOption` if it is no listening socket of the endpoint's transport. It is left as it is.
    static func adopt(_ descriptor: CInt, for endpoint: Endpoint) throws(ZeroMQError) {
        func error(_ problem: String) -> ZeroMQError {
            ZeroMQError(
                .invalidOption,
                "cannot bind to \(endpoint): expected a descriptor that listens (ZMQ_USE_FD), got \(descriptor), "
                    + problem)
        }
        guard let type = Self.option(descriptor, SO_TYPE) else { throw error("which is no socket") }
        guard Self.option(descriptor, SO_ACCEPTCONN) == 1 else { throw error("which does not listen") }
        #if canImport(Glibc)
        let stream = CInt(SOCK_STREAM.rawValue)
        #else
        let stream = SOCK_STREAM
        #endif
        guard type == stream else { throw error("which is no stream") }
        guard let family = Self.family(descriptor), Self.families(of: endpoint).contains(family) else {
            throw error("which is of another transport")
        }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw error("which cannot be closed on exec") }
    }

    /// Sets how many connections may wait to be accepted: NIO has its own idea of that for descriptors it is given.
    static func setBacklog(_ backlog: Int, of channel: any Channel) throws {
        try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { descriptor in
            guard listen(descriptor, CInt(clamping: backlog)) == 0 else {
                throw IOError(errnoCode: errno, reason: "listen")
            }
        }
    }

    private static func families(of endpoint: Endpoint) -> [CInt] {
        switch endpoint {
        case .tcp: [AF_INET, AF_INET6]
        case .ipc: [AF_UNIX]
        case .inproc: []
        }
    }

    private static func option(_ descriptor: CInt, _ name: CInt) -> CInt? {
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }

    private static func family(_ descriptor: CInt) -> CInt? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.map {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        return result == 0 ? CInt(storage.ss_family) : nil
    }
}
