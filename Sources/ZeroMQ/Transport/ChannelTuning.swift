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

/// What the system is told about the descriptors of a socket's listeners and connections, before any octet flows.
package struct ChannelTuning: Sendable, Hashable {
    /// What a descriptor is for.
    package enum Role: Sendable, Hashable, CaseIterable {
        case listener
        case accepted
        case dialled
    }

    package var tcp: TCPOptions
    package var sendBuffer: Int?
    package var receiveBuffer: Int?

    package init(tcp: TCPOptions = TCPOptions(), sendBuffer: Int? = nil, receiveBuffer: Int? = nil) {
        self.tcp = tcp
        self.sendBuffer = sendBuffer
        self.receiveBuffer = receiveBuffer
    }

    /// For a Unix domain socket.
    package var ipcOptions: [SystemOption] {
        var options: [SystemOption] = []
        if let size = self.sendBuffer {
            options.append(.init("sendBuffer (ZMQ_SNDBUF)", .socket, SO_SNDBUF, size))
        }
        if let size = self.receiveBuffer {
            options.append(.init("receiveBuffer (ZMQ_RCVBUF)", .socket, SO_RCVBUF, size))
        }
        return options
    }

    /// For a TCP socket. Buffers come first: the window that TCP offers depends on them from the first packet on.
    package func tcpOptions(for role: Role, ipv6: Bool) -> [SystemOption] {
        self.ipcOptions + self.packetOptions(ipv6: ipv6) + self.linuxOptions(for: role)
            + (role == .listener ? [] : self.lifeOptions)
    }

    /// How connections notice that their peer is gone.
    private var lifeOptions: [SystemOption] {
        var options: [SystemOption] = []
        if let keepAlive = self.tcp.keepAlive {
            options.append(.init("tcp.keepAlive (ZMQ_TCP_KEEPALIVE)", .socket, SO_KEEPALIVE, keepAlive ? 1 : 0))
        }
        if let count = self.tcp.keepAliveCount {
            options.append(.init("tcp.keepAliveCount (ZMQ_TCP_KEEPALIVE_CNT)", .tcp, TCP_KEEPCNT, count))
        }
        if let idle = self.tcp.keepAliveIdle {
            #if canImport(Darwin)
            let option = TCP_KEEPALIVE
            #else
            let option = TCP_KEEPIDLE
            #endif
            options.append(
                .init("tcp.keepAliveIdle (ZMQ_TCP_KEEPALIVE_IDLE)", .tcp, option, idle.roundedUp(to: .seconds(1))))
        }
        if let interval = self.tcp.keepAliveInterval {
            let seconds = interval.roundedUp(to: .seconds(1))
            options.append(.init("tcp.keepAliveInterval (ZMQ_TCP_KEEPALIVE_INTVL)", .tcp, TCP_KEEPINTVL, seconds))
        }
        if let time = self.tcp.maxRetransmissionTime {
            let name = "tcp.maxRetransmissionTime (ZMQ_TCP_MAXRT)"
            #if canImport(Darwin)
            options.append(.init(name, .tcp, TCP_RXT_CONNDROPTIME, time.roundedUp(to: .seconds(1))))
            #else
            options.append(.init(name, .tcp, TCP_USER_TIMEOUT, time.roundedUp(to: .milliseconds(1))))
            #endif
        }
        return options
    }

    private func packetOptions(ipv6: Bool) -> [SystemOption] {
        guard self.tcp.typeOfService != 0 else { return [] }
        let name = "tcp.typeOfService (ZMQ_TOS)"
        guard ipv6 else { return [.init(name, .ip, IP_TOS, self.tcp.typeOfService)] }
        var options = [SystemOption(name, .ipv6, IPV6_TCLASS, self.tcp.typeOfService)]
        #if !canImport(Darwin)
        // An IPv6 descriptor carries IPv4 as well, which has an octet of its own.
        options.append(.init(name, .ip, IP_TOS, self.tcp.typeOfService))
        #endif
        return options
    }

    private func linuxOptions(for role: Role) -> [SystemOption] {
        var options: [SystemOption] = []
        #if os(Linux) || os(Android)
        if self.tcp.priority != 0 {
            options.append(.init("tcp.priority (ZMQ_PRIORITY)", .socket, SO_PRIORITY, self.tcp.priority))
        }
        if self.tcp.busyPoll != .zero {
            let microseconds = self.tcp.busyPoll.roundedUp(to: .microseconds(1))
            options.append(.init("tcp.busyPoll (ZMQ_BUSY_POLL)", .socket, SO_BUSY_POLL, microseconds))
        }
        // A connection that comes in has its listener's.
        if let device = self.tcp.device, role != .accepted {
            options.append(.init("tcp.device (ZMQ_BINDTODEVICE)", .socket, SO_BINDTODEVICE, .text(device)))
        }
        #endif
        return options
    }
}

extension Duration {
    /// How many whole units cover it.
    fileprivate func roundedUp(to unit: Duration) -> Int {
        Int((self / unit).rounded(.up))
    }
}

extension ChannelTuning {
    /// Tells the system, on the channel's event loop, before the channel is connected, bound or read.
    func apply(to channel: any Channel, as role: Role, ipv6: Bool) throws {
        try Self.apply(self.tcpOptions(for: role, ipv6: ipv6), to: channel)
    }

    /// The same for a Unix domain socket.
    func applyToIPC(_ channel: any Channel) throws {
        try Self.apply(self.ipcOptions, to: channel)
    }

    private static func apply(_ options: [SystemOption], to channel: any Channel) throws {
        guard !options.isEmpty else { return }
        try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { descriptor in
            for option in options { try option.set(on: descriptor) }
        }
    }
}
