// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// An `ipc` listener of the operating system, ready to be given to NIO.
///
/// Making one does not block and may be done on an event loop. The descriptor belongs to whoever holds this
/// until it is handed to `ServerBootstrap.withBoundSocket(_:)`, which then closes it with the channel. NIO
/// listens once more with a backlog of its own, so that it has to be set again.
package struct IPCListener: Sendable {
    /// Bound, listening, non-blocking, closed on `exec`.
    package let descriptor: CInt

    /// Where it listens: what was asked for, with a wildcard replaced by its path.
    package let endpoint: IPCEndpoint

    private var file: IPCPath?

    /// Binds and listens.
    ///
    /// A dead socket at the path gives way, a living one does not. For a wildcard a private directory is made
    /// in the temporary directory.
    ///
    /// - Parameters:
    ///   - endpoint: Read for binding.
    ///   - backlog: How many connections may wait to be accepted (`ZMQ_BACKLOG`).
    ///   - mode: The permissions of the file; nil leaves them to the umask.
    /// - Throws: `addressInUse`, `permissionDenied`, `notFound` for a missing directory, `nameTooLong`,
    ///   `notSupported`, `tooManyFiles` or `io`. Nothing is left behind.
    package init(at endpoint: IPCEndpoint, backlog: Int, mode: UInt16? = nil) throws(ZeroMQError) {
        switch endpoint {
        case .path(let path):
            try self.init(at: IPCPath(freeing: path), backlog: backlog, mode: mode)
        case .wildcard:
            try self.init(at: IPCPath(newInDirectory: IPCPath.temporaryDirectory), backlog: backlog, mode: mode)
        case .abstract(let name):
            guard mode == nil else {
                throw ZeroMQError(
                    .notSupported,
                    "cannot bind to \(Endpoint.ipc(endpoint)): an abstract name has no file, so ipc.fileMode does not "
                        + "protect it; expected a path, or ipc.acceptedUsers instead")
            }
            let descriptor = try Self.listen(at: UnixAddress(abstractName: name), backlog, mode: nil, endpoint)
            self.init(descriptor: descriptor, endpoint: endpoint, file: nil)
        }
    }

    private init(at file: IPCPath, backlog: Int, mode: UInt16?) throws(ZeroMQError) {
        var file = file
        let endpoint = IPCEndpoint.path(file.path)
        let descriptor: CInt
        do {
            descriptor = try Self.listen(at: UnixAddress(path: file.path), backlog, mode: mode, endpoint)
        } catch {
            file.remove()
            throw error
        }
        file.noteBound()
        self.init(descriptor: descriptor, endpoint: endpoint, file: file)
        do {
            if let mode { try file.setMode(mode) }
        } catch {
            self.abandon()
            throw error
        }
    }

    /// Binds once more where a listener was whose file was deleted for a while; that one's place is then this one's.
    ///
    /// - Throws: As for the first time.
    package init(again previous: IPCListener, backlog: Int, mode: UInt16? = nil) throws(ZeroMQError) {
        guard var file = previous.file else {
            try self.init(at: previous.endpoint, backlog: backlog, mode: mode)
            return
        }
        try file.vacate()
        let descriptor = try Self.listen(at: UnixAddress(path: file.path), backlog, mode: mode, previous.endpoint)
        file.noteBound()
        self.init(descriptor: descriptor, endpoint: previous.endpoint, file: file)
        guard let mode else { return }
        do {
            try file.setMode(mode)
        } catch {
            self.suspendFile()
            UnixSocket.discard(descriptor)
            throw error
        }
    }

    private init(descriptor: CInt, endpoint: IPCEndpoint, file: IPCPath?) {
        self.descriptor = descriptor
        self.endpoint = endpoint
        self.file = file
    }

    private static func listen(
        at address: UnixAddress,
        _ backlog: Int,
        mode: UInt16?,
        _ endpoint: IPCEndpoint
    ) throws(ZeroMQError) -> CInt {
        do {
            return try UnixSocket.listening(at: address, backlog: backlog, mode: mode)
        } catch {
            throw .describing(error, while: .bind, .ipc(endpoint))
        }
    }

    /// Deletes the file, if it is still this listener's, and the directory made for a wildcard.
    ///
    /// To be called when unbinding, *before* the channel closes: once it is closed, another process may take
    /// the path over, and the system may give its file the numbers that ours had.
    package mutating func removeFile() {
        self.file?.remove()
        self.file = nil
    }

    /// Deletes the file for a while; the directory made for a wildcard stays. To be called *before* the channel closes.
    package mutating func suspendFile() {
        self.file?.removeFile()
    }

    /// Gives up a listener that was not handed to NIO: deletes its file and closes the descriptor.
    package mutating func abandon() {
        self.removeFile()
        UnixSocket.discard(self.descriptor)
    }
}

extension IPCEndpoint {
    /// Connects, at once or not at all, and returns the descriptor for
    /// `ClientBootstrap.withConnectedSocket(_:)`. Does not block; may be called on an event loop.
    ///
    /// - Throws: `notFound` if nobody has made the path, `io` if nobody listens there, `permissionDenied`,
    ///   `tooManyFiles`.
    package func openConnection() throws(ZeroMQError) -> CInt {
        let address: UnixAddress
        switch self {
        case .path(let path): address = UnixAddress(path: path)
        case .abstract(let name): address = UnixAddress(abstractName: name)
        case .wildcard: throw ZeroMQError(.invalidEndpoint, "cannot connect to ipc://*: expected a path")
        }
        do {
            return try UnixSocket.connected(to: address)
        } catch {
            throw .describing(error, while: .connect, .ipc(self))
        }
    }
}
