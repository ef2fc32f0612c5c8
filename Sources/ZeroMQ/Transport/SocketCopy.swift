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

/// A second descriptor of a connected socket, which can be written to whatever a channel does with the first.
///
/// The connection lasts until both are closed; this one is when it is let go of. Isolation: any thread; that the octets
/// of two writers do not mix is for them to see to.
package final class SocketCopy: Sendable {
    private let descriptor: CInt

    /// Fails where the process has used up half of the descriptors it may have: the rest is for connections.
    package init?(of original: CInt) {
        let copy = fcntl(original, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return nil }
        // The system gives out the lowest number that is free.
        guard copy < Self.limit / 2 else {
            close(copy)
            return nil
        }
        self.descriptor = copy
    }

    deinit { close(self.descriptor) }

    /// Writes as many octets as the system takes at once, and says how many.
    ///
    /// Of an error nothing is said: whoever writes the rest through the channel meets it again.
    package func write(_ octets: UnsafeRawBufferPointer) -> Int {
        while true {
            let count = unsafe send(self.descriptor, octets.baseAddress, octets.count, Self.flags)
            if count >= 0 { return count }
            guard errno == EINTR else { return 0 }
        }
    }

    /// Fills a buffer with as many octets as the system has at once, and says how many; nil if there are none yet, 0 if
    /// there will be none, for whatever reason.
    package func read(into buffer: inout ByteBuffer) -> Int? {
        // Of an error nothing is said: the channel tells of it.
        do { return try SocketReading.receive(self.descriptor, into: &buffer) } catch { return 0 }
    }

    #if canImport(Darwin)
    // NIO has told the socket not to raise SIGPIPE.
    private static let flags = MSG_DONTWAIT
    #else
    private static let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
    #endif

    /// How many descriptors the process may have.
    private static var limit: UInt64 {
        var limits = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard unsafe getrlimit(resource, &limits) == 0 else { return 0 }
        return UInt64(limits.rlim_cur)
    }
}
