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

/// Reads from a connected socket whatever its channel does.
enum SocketReading {
    /// Fills a buffer with as many octets as the system has at once, and says how many: 0 if none, or if there will be
    /// none any more.
    static func read(_ descriptor: NIOBSDSocket.Handle, into buffer: inout ByteBuffer) throws(IOError) -> Int {
        try self.receive(descriptor, into: &buffer) ?? 0
    }

    /// The same; nil if there are none yet.
    static func receive(_ descriptor: NIOBSDSocket.Handle, into buffer: inout ByteBuffer) throws(IOError) -> Int? {
        var failure: CInt = 0
        var isWaiting = false
        let count = unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { bytes in
            while true {
                let count = unsafe recv(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT))
                if count >= 0 { return count }
                if errno == EINTR { continue }
                isWaiting = errno == EAGAIN || errno == EWOULDBLOCK
                failure = isWaiting ? 0 : errno
                return 0
            }
        }
        guard failure == 0 else { throw IOError(errnoCode: failure, reason: "recv") }
        return isWaiting ? nil : count
    }
}
