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

/// Who is at the other end of a Unix domain connection, as the kernel knows it.
package struct PeerCredentials: Sendable, Hashable {
    package var user: UInt32
    /// The effective group, and the others.
    package var groups: [UInt32]
    package var process: Int32?

    package init(user: UInt32, groups: [UInt32], process: Int32?) {
        self.user = user
        self.groups = groups
        self.process = process
    }
}

extension PeerCredentials: CustomStringConvertible {
    package var description: String {
        let groups = self.groups.map { "\($0)" }.joined(separator: ", ")
        return "user \(self.user), groups \(groups), process \(self.process.map { "\($0)" } ?? "unknown")"
    }
}

#if canImport(Darwin)
extension PeerCredentials {
    package init(ofPeerAt descriptor: CInt) throws(IOError) {
        var credentials = xucred()
        var length = socklen_t(MemoryLayout<xucred>.size)
        guard unsafe getsockopt(descriptor, 0, LOCAL_PEERCRED, &credentials, &length) == 0 else {
            throw IOError(errnoCode: errno, reason: "getsockopt LOCAL_PEERCRED")
        }
        let count = min(max(0, Int(credentials.cr_ngroups)), Int(NGROUPS))
        let groups = unsafe withUnsafeBytes(of: credentials.cr_groups) {
            unsafe Array($0.bindMemory(to: gid_t.self).prefix(count))
        }
        var process: pid_t = 0
        length = socklen_t(MemoryLayout<pid_t>.size)
        let knowsProcess = unsafe getsockopt(descriptor, 0, LOCAL_PEERPID, &process, &length) == 0
        self.init(user: credentials.cr_uid, groups: groups, process: knowsProcess ? process : nil)
    }
}
#else
extension PeerCredentials {
    private static let mostGroups = 65_536
    /// `SO_PEERGROUPS`, which not every C library names.
    private static let peerGroups = CInt(59)

    package init(ofPeerAt descriptor: CInt) throws(IOError) {
        // A ucred: process, user, group.
        let numbers = try Self.numbers(descriptor, SO_PEERCRED, room: 3)
        guard numbers.count == 3 else { throw IOError(errnoCode: EINVAL, reason: "getsockopt SO_PEERCRED") }
        // Kernels before 4.13 do not tell the others.
        let others = try? Self.numbers(descriptor, Self.peerGroups, room: 32)
        let groups = [numbers[2]] + (others ?? []).filter { $0 != numbers[2] }
        self.init(user: numbers[1], groups: groups, process: Int32(bitPattern: numbers[0]))
    }

    private static func numbers(_ descriptor: CInt, _ option: CInt, room: Int) throws(IOError) -> [UInt32] {
        var numbers = [UInt32](repeating: 0, count: room)
        var length = socklen_t(numbers.count * MemoryLayout<UInt32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, option, &numbers, &length) == 0 else {
            let needed = Int(length) / MemoryLayout<UInt32>.size
            guard errno == ERANGE, needed > room, needed <= Self.mostGroups else {
                throw IOError(errnoCode: errno, reason: "getsockopt \(option)")
            }
            return try Self.numbers(descriptor, option, room: needed)
        }
        return Array(numbers.prefix(Int(length) / MemoryLayout<UInt32>.size))
    }
}
#endif
