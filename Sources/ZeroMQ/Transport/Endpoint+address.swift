// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

extension Endpoint {
    /// The endpoint that names an address the system reports, for example the port it chose for a listener:
    /// `tcp://0.0.0.0:4711`, `tcp://[::]:4711`, `tcp://127.0.0.1:4711`, `ipc:///run/x`.
    ///
    /// Nil for the end of a Unix connection that has no name.
    package init?(_ address: SocketAddress) {
        let port = UInt16(clamping: address.port ?? 0)
        switch address {
        case .v4:
            guard let text = address.ipAddress else { return nil }
            self = .tcp(TCPEndpoint(host: .ipv4(text), port: port))
        case .v6:
            guard let text = address.ipAddress else { return nil }
            self = .tcp(TCPEndpoint(host: .ipv6(text, zone: Self.zone(of: address)), port: port))
        case .unixDomainSocket(let inner):
            guard let endpoint = IPCEndpoint(inner.address) else { return nil }
            self = .ipc(endpoint)
        }
    }

    /// The interface of a link-local address, which NIO does not print.
    private static func zone(of address: SocketAddress) -> String? {
        let numeric = unsafe address.withSockAddr { pointer, length in
            unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer in
                let status = unsafe getnameinfo(
                    pointer,
                    socklen_t(length),
                    buffer.baseAddress,
                    socklen_t(buffer.count),
                    nil,
                    0,
                    NI_NUMERICHOST
                )
                return status == 0 ? unsafe buffer.baseAddress.map { unsafe String(cString: $0) } : nil
            }
        }
        guard let numeric, let percent = numeric.lastIndex(of: "%") else { return nil }
        return String(numeric[numeric.index(after: percent)...])
    }
}

extension IPCEndpoint {
    /// An abstract name cannot hold zeros at its end here, because the length the system reported is lost.
    fileprivate init?(_ address: sockaddr_un) {
        let octets = unsafe withUnsafeBytes(of: address.sun_path) { unsafe Array($0) }
        let isAbstract = octets.first == 0
        let name = octets.dropFirst(isAbstract ? 1 : 0).prefix { $0 != 0 }
        guard !name.isEmpty else { return nil }
        let text = String(decoding: name, as: UTF8.self)
        self = isAbstract ? .abstract(text) : .path(text)
    }
}
