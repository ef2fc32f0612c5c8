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

/// The file of one `ipc` listener: made free before a bind, deleted after it if it is still the same file.
///
/// libzmq deletes whatever is at the path. Here only a socket on which nobody listens gives way; a living
/// listener keeps its path and any other file is left alone. A socket that another process has bound but not
/// yet set to listen looks dead; its listener would lose the path.
package struct IPCPath: Sendable {
    /// The path to bind, as the endpoint shows it.
    let path: String

    /// Where `path` was, whatever the working directory becomes.
    private let absolutePath: String

    /// The private directory made for a wildcard.
    private let absoluteDirectory: String?

    private var file: FileIdentity?

    /// Makes sure that the path can be bound: deletes a dead socket.
    ///
    /// - Throws: `addressInUse` if somebody listens there or the file is no socket.
    init(freeing path: String) throws(ZeroMQError) {
        try Self.vacate(path)
        self.path = path
        self.absolutePath = Self.absolute(path)
        self.absoluteDirectory = nil
    }

    /// Makes a new directory that only this user may enter, and a path in it.
    init(newInDirectory parent: String) throws(ZeroMQError) {
        var template = Array("\(parent)/\(Self.directoryPattern)".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            let error = IOError(errnoCode: errno, reason: "mkdtemp in \(parent)")
            throw .describing(error, while: .bind, .ipc(.wildcard))
        }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.path = "\(directory)/\(Self.fileName)"
        self.absolutePath = Self.absolute(self.path)
        self.absoluteDirectory = Self.absolute(directory)
    }

    /// Remembers which file the bind made. To be called as soon as the listener listens.
    mutating func noteBound() {
        self.file = FileIdentity(ofFileAt: self.absolutePath)
    }

    /// Gives the file exactly these permissions, now that it has no wider ones.
    func setMode(_ mode: UInt16) throws(ZeroMQError) {
        // Not through a link, should somebody have put one there.
        guard unsafe fchmodat(AT_FDCWD, self.absolutePath, mode_t(mode), AT_SYMLINK_NOFOLLOW) == 0 else {
            let error = IOError(errnoCode: errno, reason: "fchmodat")
            throw .describing(error, while: .bind, .ipc(.path(self.path)))
        }
    }

    /// Deletes the file if it is still the one that was bound, and the directory made for a wildcard.
    ///
    /// To be called *before* the listener closes: while it is open its file's number cannot be given to
    /// another file, and nobody takes the path for a dead socket's.
    mutating func remove() {
        self.removeFile()
        if let directory = self.absoluteDirectory { _ = unsafe rmdir(directory) }
    }

    /// Deletes the file only, so that the path can be bound again.
    mutating func removeFile() {
        if let file = self.file, file == FileIdentity(ofFileAt: self.absolutePath) {
            _ = unsafe unlink(self.absolutePath)
        }
        self.file = nil
    }

    /// Makes sure that the path can be bound again.
    ///
    /// - Throws: `addressInUse` if somebody listens there or the file is no socket.
    func vacate() throws(ZeroMQError) { try Self.vacate(self.path) }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let directory = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(directory) }
        return "\(unsafe String(cString: directory))/\(path)"
    }
}

// MARK: - Dead sockets

extension IPCPath {
    private static func vacate(_ path: String) throws(ZeroMQError) {
        guard let found = FileIdentity(ofFileAt: path) else { return }
        guard found.isSocket else {
            throw Self.inUse(path, "something that is not a socket is in the way; it is left as it is")
        }
        try Self.requireDead(path)
        guard found == FileIdentity(ofFileAt: path) else { return }
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw .describing(IOError(errnoCode: errno, reason: "unlink"), while: .bind, .ipc(.path(path)))
        }
    }

    /// Returns if a connection to the socket is refused.
    private static func requireDead(_ path: String) throws(ZeroMQError) {
        do {
            UnixSocket.discard(try UnixSocket.connected(to: UnixAddress(path: path)))
        } catch {
            switch error.errnoCode {
            case ECONNREFUSED, ENOENT: return
            case EAGAIN: throw Self.inUse(path, "somebody is listening there", error)
            case EPROTOTYPE: throw Self.inUse(path, "a socket of another kind is bound there", error)
            default: throw .describing(error, while: .bind, .ipc(.path(path)))
            }
        }
        throw Self.inUse(path, "somebody is listening there")
    }

    private static func inUse(_ path: String, _ problem: String, _ cause: IOError? = nil) -> ZeroMQError {
        ZeroMQError(.addressInUse, "cannot bind to ipc://\(path): \(problem)", cause: cause)
    }
}

// MARK: - Wildcards

extension IPCPath {
    private static let directoryPattern = "zmq-XXXXXX"
    private static let fileName = "socket"

    /// The directory for wildcard paths: the first of `TMPDIR`, `TEMPDIR` and `TMP` that names a directory
    /// and leaves room for a socket's path, else `/tmp`. The variables are those libzmq reads.
    package static func temporaryDirectory(environment: (String) -> String?) -> String {
        let room = IPCEndpoint.maximumLength - "/\(Self.directoryPattern)/\(Self.fileName)".utf8.count
        for variable in ["TMPDIR", "TEMPDIR", "TMP"] {
            guard var directory = environment(variable) else { continue }
            while directory.hasSuffix("/"), directory != "/" { directory.removeLast() }
            guard directory.utf8.count <= room, FileIdentity(ofDirectoryAt: directory) != nil else { continue }
            return directory
        }
        return "/tmp"
    }

    /// The same with this process's environment.
    static var temporaryDirectory: String {
        Self.temporaryDirectory { name in
            unsafe getenv(name).map { unsafe String(cString: $0) }
        }
    }
}
