// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// The exact octets and length of a Unix domain socket's address.
package struct UnixAddress: Sendable, Hashable {
    /// What goes into `sun_path`: the path and its closing zero, or a zero and the abstract name.
    private let octets: [UInt8]

    package init(path: String) {
        self.octets = Array(path.utf8) + [0]
    }

    init(abstractName: String) {
        self.octets = [0] + Array(abstractName.utf8)
    }

    /// Lends the address as system calls want it. What does not fit is cut; reading an endpoint has already
    /// refused names that are too long.
    func withSockAddr<Result, Failure: Error>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var address = sockaddr_un()
        let room = MemoryLayout.size(ofValue: address.sun_path)
        let octets = self.octets.prefix(room)
        let length = socklen_t((MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + octets.count)
        address.sun_family = sa_family_t(AF_UNIX)
        #if canImport(Darwin)
        address.sun_len = UInt8(clamping: length)
        #endif
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        return try unsafe withUnsafeBytes(of: &address) { (bytes) throws(Failure) in
            try unsafe body(bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.unsafelyUnwrapped, length)
        }
    }
}
