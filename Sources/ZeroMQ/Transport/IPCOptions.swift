// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Who may connect to bound `ipc` endpoints. Part of ``SocketOptions``.
///
/// The kernel says who a peer is; it cannot lie. While all three sets are empty, the default, everybody who may open
/// the socket's file is let in; otherwise those who are in at least one of them. Others are closed before their
/// handshake, which is an event (``SocketEvent/acceptFailed(endpoint:error:)``).
public struct IPCOptions: Sendable, Hashable {
    /// Users by number who are let in. Twin of `ZMQ_IPC_FILTER_UID`.
    public var acceptedUsers: Set<UInt32> = []

    /// Groups by number whose members are let in, whether it is the first or another group of the process. Twin of
    /// `ZMQ_IPC_FILTER_GID`.
    public var acceptedGroups: Set<UInt32> = []

    /// Processes by number that are let in. Linux and Apple's systems. Twin of `ZMQ_IPC_FILTER_PID`.
    public var acceptedProcesses: Set<Int32> = []

    /// The permissions of the socket's file: 0 to 0o777, whatever the process's umask is. To connect one must be
    /// allowed to write.
    ///
    /// The file never has wider ones, not even for a moment. Abstract names (`ipc://@name`) have no file, so binding
    /// one is refused while this is set; `ipc://*` lies in a directory that only this user may enter. Nil, the
    /// default, leaves it to the umask. libzmq has no such option.
    public var fileMode: UInt16?

    /// The defaults: everybody.
    public init() {}
}

extension IPCOptions {
    /// Whether anybody is kept out.
    var isSelective: Bool {
        !(self.acceptedUsers.isEmpty && self.acceptedGroups.isEmpty && self.acceptedProcesses.isEmpty)
    }

    package func admits(_ peer: PeerCredentials) -> Bool {
        !self.isSelective || self.acceptedUsers.contains(peer.user)
            || !self.acceptedGroups.isDisjoint(with: peer.groups)
            || peer.process.map { self.acceptedProcesses.contains($0) } ?? false
    }

    func check() throws(ZeroMQError) {
        try OptionRule.check(
            "ipc.fileMode", self.fileMode.map { Int($0) }, in: 0...0o777, none: "what the umask leaves")
    }
}
