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

/// Turns away connections that come in from where, or from whom, they may not.
package struct Doorkeeper: Sendable {
    let ranges: [AddressRange]
    let ipc: IPCOptions

    package init(ranges: [AddressRange], ipc: IPCOptions) {
        self.ranges = ranges
        self.ipc = ipc
    }

    /// Throws `.permissionDenied` unless the connection of the channel may stay. Isolation: the channel's event loop.
    func check(_ channel: any Channel, isIPC: Bool) throws {
        guard isIPC ? self.ipc.isSelective : !self.ranges.isEmpty else { return }
        let isChecked: Void? = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { descriptor in
            if isIPC { try self.checkPeer(at: descriptor) } else { try self.checkAddress(at: descriptor) }
        }
        guard isChecked != nil else {
            throw ZeroMQError(.notSupported, "the connection has no descriptor to ask about")
        }
    }

    private func checkPeer(at descriptor: CInt) throws {
        let peer = try PeerCredentials(ofPeerAt: descriptor)
        guard !self.ipc.admits(peer) else { return }
        throw ZeroMQError(
            .permissionDenied,
            "expected a peer in ipc.acceptedUsers, acceptedGroups or acceptedProcesses (ZMQ_IPC_FILTER_UID, _GID, "
                + "_PID), and \(peer) came")
    }

    private func checkAddress(at descriptor: CInt) throws {
        let address = try Self.remoteAddress(of: descriptor)
        guard !self.ranges.contains(where: { $0.contains(address) }) else { return }
        let text = address.map { "\($0)" }.joined(separator: ".")
        throw ZeroMQError(
            .permissionDenied,
            "expected a peer in tcp.acceptedRanges (ZMQ_TCP_ACCEPT_FILTER), and one from \(text) came")
    }

    private static func remoteAddress(of descriptor: CInt) throws(IOError) -> [UInt8] {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.map {
                unsafe getpeername(descriptor, $0, &length)
            }
        }
        guard result == 0 else { throw IOError(errnoCode: errno, reason: "getpeername") }
        // Behind family and port in a sockaddr_in, behind the flow as well in a sockaddr_in6.
        let place = CInt(storage.ss_family) == AF_INET ? 4..<8 : 8..<24
        return unsafe withUnsafeBytes(of: storage) { unsafe Array($0[place]) }
    }
}
