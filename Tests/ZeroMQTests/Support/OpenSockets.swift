// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A TCP or Unix domain socket that this process has open, as the system knows it.
struct OpenSocket: Sendable {
    let descriptor: CInt
    /// The port, or the path.
    let local: String
    /// Nil for a listener, and for a connection that both ends have finished, which the system has forgotten the peer of.
    let remote: String?

    /// All of them.
    static var all: [OpenSocket] {
        (0..<CInt(65_536)).compactMap { descriptor in
            guard let local = unsafe Self.name(of: descriptor, getsockname) else { return nil }
            return OpenSocket(
                descriptor: descriptor, local: local, remote: unsafe Self.name(of: descriptor, getpeername))
        }
    }

    /// The listener at an endpoint as `bind(to:)` returned it.
    static func listener(at endpoint: String) -> OpenSocket? {
        Self.all.first {
            $0.remote == nil && $0.local == Self.name(in: endpoint) && $0.option(SOL_SOCKET, SO_ACCEPTCONN) == 1
        }
    }

    /// The connections that came in at an endpoint.
    static func accepted(at endpoint: String) -> [OpenSocket] {
        Self.all.filter { $0.remote != nil && $0.local == Self.name(in: endpoint) }
    }

    /// The connections that were dialled to an endpoint.
    static func dialled(to endpoint: String) -> [OpenSocket] {
        Self.all.filter { $0.remote == Self.name(in: endpoint) }
    }

    #if canImport(Glibc)
    static let stream = CInt(SOCK_STREAM.rawValue)
    #else
    static let stream = SOCK_STREAM
    #endif

    /// A descriptor that listens at a port of its own, for the caller to close.
    static func tcpListener() throws -> CInt {
        let descriptor = socket(AF_INET, Self.stream, 0)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        let bound = unsafe address.withSockAddr { unsafe bind(descriptor, $0, socklen_t($1)) }
        try #require(bound == 0 && listen(descriptor, 5) == 0)
        return descriptor
    }

    /// What the system says of an option.
    func option(_ level: CInt, _ name: CInt) -> Int? {
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard unsafe getsockopt(self.descriptor, level, name, &value, &length) == 0 else { return nil }
        return Int(value)
    }

    /// The name of the network interface that it is tied to.
    var device: String? {
        #if canImport(Glibc)
        var name = [UInt8](repeating: 0, count: 64)
        var length = socklen_t(name.count)
        guard unsafe getsockopt(self.descriptor, SOL_SOCKET, SO_BINDTODEVICE, &name, &length) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        #else
        return nil
        #endif
    }

    private static func name(in endpoint: String) -> String {
        if let path = endpoint.wholeMatch(of: /ipc:\/\/(.*)/) { return String(path.1) }
        return endpoint.split(separator: ":").last.map(String.init) ?? endpoint
    }

    private static func name(
        of descriptor: CInt,
        _ call: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> String? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes -> String? in
            guard let address = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
                unsafe call(descriptor, address, &length) == 0
            else { return nil }
            switch unsafe CInt(address.pointee.sa_family) {
            // The port has the same place in both.
            case AF_INET, AF_INET6: return unsafe "\(Int(bytes[2]) << 8 | Int(bytes[3]))"
            case AF_UNIX: return unsafe String(decoding: bytes[2..<Int(length)].prefix { $0 != 0 }, as: UTF8.self)
            default: return nil
            }
        }
    }
}
