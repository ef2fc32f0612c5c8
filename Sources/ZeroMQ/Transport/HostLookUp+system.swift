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

extension HostLookUp {
    /// The operating system's answers.
    package static let system = HostLookUp(interfaces: Self.systemInterfaces, hosts: Self.systemAddresses)

    @Sendable
    private static func systemInterfaces() -> [InterfaceAddress] {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.compactMap { device in
            guard let address = device.address, address.protocol != .unix else { return nil }
            return InterfaceAddress(name: device.name, address: address)
        }
    }

    @Sendable
    private static func systemAddresses(of name: String, allowsIPv6: Bool) throws -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = allowsIPv6 ? AF_UNSPEC : AF_INET
        #if canImport(Glibc)
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #else
        unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else { throw Self.failure(status) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe Self.address(entry.pointee, of: name) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }

    private static func failure(_ status: CInt) -> Failure {
        let systemError = status == EAI_SYSTEM ? IOError(errnoCode: errno, reason: "getaddrinfo") : nil
        let reason = unsafe gai_strerror(status).map { unsafe String(cString: $0) }
        return Failure(reason: reason ?? "look-up error \(status)", cause: systemError)
    }

    private static func address(_ entry: addrinfo, of name: String) -> SocketAddress? {
        guard let pointer = unsafe UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch unsafe entry.ai_family {
        case AF_INET: return unsafe SocketAddress(pointer.loadUnaligned(as: sockaddr_in.self), host: name)
        case AF_INET6: return unsafe SocketAddress(pointer.loadUnaligned(as: sockaddr_in6.self), host: name)
        default: return nil
        }
    }
}
