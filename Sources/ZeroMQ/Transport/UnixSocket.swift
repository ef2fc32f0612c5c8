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

/// Unix domain sockets made by hand, for what NIO's bootstraps cannot do.
///
/// NIO always passes a whole `sockaddr_un`. An abstract name made that way ends in zeros and is another name
/// than the one libzmq uses, which passes the exact length. And NIO deletes the file at the path of a listener
/// it bound when it closes, even if it is no longer that listener's.
///
/// Every call here is local, does not block, and may be made on an event loop. Descriptors are non-blocking
/// and closed on `exec`; the caller owns them until it hands them to NIO.
package enum UnixSocket {
    /// A socket that is bound and listens.
    ///
    /// With a mode its file has no wider permissions from the first moment on, but may have narrower ones.
    package static func listening(at address: UnixAddress, backlog: Int, mode: UInt16? = nil) throws(IOError) -> CInt {
        try Self.make { (descriptor) throws(IOError) in
            #if os(Linux) || os(Android)
            // The file that the bind makes has the socket's mode, less the umask.
            if let mode { try Self.check("fchmod", fchmod(descriptor, mode_t(mode))) }
            #else
            // There is no other way here; a file that another thread makes meanwhile may get too little.
            let umaskBefore = mode.map { umask(~mode_t($0) & 0o777) }
            defer { if let umaskBefore { _ = umask(umaskBefore) } }
            #endif
            try unsafe address.withSockAddr { (pointer, length) throws(IOError) in
                try unsafe Self.check("bind", bind(descriptor, pointer, length))
            }
            try Self.check("listen", listen(descriptor, CInt(clamping: backlog)))
        }
    }

    /// A connected socket; a Unix domain socket connects at once or not at all.
    package static func connected(to address: UnixAddress) throws(IOError) -> CInt {
        try Self.make { (descriptor) throws(IOError) in
            try unsafe address.withSockAddr { (pointer, length) throws(IOError) in
                try unsafe Self.check("connect", connect(descriptor, pointer, length))
            }
        }
    }

    /// Closes a descriptor that nobody else owns yet.
    package static func discard(_ descriptor: CInt) {
        _ = close(descriptor)
    }

    private static func make(_ prepare: (CInt) throws(IOError) -> Void) throws(IOError) -> CInt {
        #if canImport(Darwin)
        let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #elseif canImport(Glibc)
        let flags = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(AF_UNIX, CInt(flags), 0)
        #else
        let descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
        #endif
        try Self.check("socket", descriptor)
        do {
            #if canImport(Darwin)
            try Self.check("fcntl", fcntl(descriptor, F_SETFD, FD_CLOEXEC))
            try Self.check("fcntl", fcntl(descriptor, F_SETFL, O_NONBLOCK))
            #endif
            try prepare(descriptor)
        } catch {
            Self.discard(descriptor)
            throw error
        }
        return descriptor
    }

    private static func check(_ call: String, _ result: CInt) throws(IOError) {
        guard result >= 0 else { throw IOError(errnoCode: errno, reason: call) }
    }
}
