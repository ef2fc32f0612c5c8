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

/// Which file a path leads to: two paths, or one path at two times, lead to the same file if these are equal.
///
/// The system may reuse the numbers once the file is deleted and nobody has it open.
struct FileIdentity: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64
    let isSocket: Bool

    /// The file itself, a symbolic link not followed. Nil if there is none or it cannot be seen.
    init?(ofFileAt path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The directory at the path or behind the link there. Nil if there is none.
    init?(ofDirectoryAt path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        self.device = UInt64(truncatingIfNeeded: status.st_dev)
        self.number = UInt64(truncatingIfNeeded: status.st_ino)
        self.isSocket = status.st_mode & S_IFMT == S_IFSOCK
    }
}
