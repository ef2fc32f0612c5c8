// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// What the system is told about connections.
extension SocketOptionTable {
    static let network: [String: Entry] = [
        "ipv6": flag(\.options.ipv6),
        "ipv4only": inverse(\.options.ipv6),
        "backlog": number(\.options.backlog, from: 1),
        "sndbuf": number(\.options.sendBuffer, in: 0...Int(Int32.max), none: -1, "a number of bytes"),
        "rcvbuf": number(\.options.receiveBuffer, in: 0...Int(Int32.max), none: -1, "a number of bytes"),
        "tcp_keepalive": keepAlive,
        "tcp_keepalive_cnt": number(\.options.tcp.keepAliveCount, in: 1...127, none: -1, "a number of probes"),
        "tcp_keepalive_idle": seconds(\.options.tcp.keepAliveIdle),
        "tcp_keepalive_intvl": seconds(\.options.tcp.keepAliveInterval),
        "tcp_maxrt": time(\.options.tcp.maxRetransmissionTime, none: 0),
        "tos": number(\.options.tcp.typeOfService, in: 0...255),
        "priority": number(\.options.tcp.priority, in: 0...Int(Int32.max)),
        "bindtodevice": device,
        "busy_poll": busyPoll,
        "tcp_accept_filter": acceptFilter,
        "ipc_filter_uid": filter(\.options.ipc.acceptedUsers, "a user id"),
        "ipc_filter_gid": filter(\.options.ipc.acceptedGroups, "a group id"),
        "ipc_filter_pid": filter(\.options.ipc.acceptedProcesses, "a process id"),
        "use_fd": descriptor,
        "reconnect_stop": reconnectStop,
        "socks_proxy": socksProxy,
        "socks_username": socksUsername,
        "socks_password": socksPassword,
    ]

    private static let keepAlive = Entry(expected: "-1 for the system's own, 0 or 1") { value, settings in
        guard let number = Int(value), (-1...1).contains(number) else { return false }
        settings.options.tcp.keepAlive = number == -1 ? nil : number == 1
        return true
    }

    private static let acceptFilter = Entry(
        expected: "an address or a range such as 10.0.0.0/8, or nothing to let all in"
    ) { value, settings in
        guard !value.isEmpty else {
            settings.options.tcp.acceptedRanges = []
            return true
        }
        guard let range = try? AddressRange(value) else { return false }
        settings.options.tcp.acceptedRanges.append(range)
        return true
    }

    private static let descriptor = Entry(expected: "the number of a descriptor that listens, -1 for none") {
        value, settings in
        guard let number = CInt(value), number >= -1 else { return false }
        settings.listeningDescriptor = number == -1 ? nil : number
        return true
    }

    private static let reconnectStop = Entry(
        expected: "a sum of 1 (refused), 2 (handshake failed) and 4 (after disconnecting)"
    ) { value, settings in
        guard let number = Int(value), (0...7).contains(number) else { return false }
        settings.options.reconnectStop = ReconnectStop(rawValue: number)
        return true
    }

    private static let socksProxy = Entry(expected: "host:port, or nothing for no proxy") { value, settings in
        guard value.isEmpty || (try? SOCKSProxy(value)) != nil else { return false }
        settings.socksAddress = value.isEmpty ? nil : value
        return true
    }

    private static let socksUsername = Entry(expected: "at most 255 bytes") { value, settings in
        guard value.utf8.count <= 255 else { return false }
        settings.socksUsername = value.isEmpty ? nil : value
        return true
    }

    private static let socksPassword = Entry(expected: "at most 255 bytes", isSecret: true) { value, settings in
        guard value.utf8.count <= 255 else { return false }
        settings.socksPassword = value
        return true
    }

    /// A number to be added to a set, or nothing to empty it.
    private static func filter<Number: FixedWidthInteger & SendableMetatype>(
        _ path: Path<Set<Number>>, _ what: String
    ) -> Entry {
        Entry(expected: "\(what), or nothing to let all in") { value, settings in
            guard !value.isEmpty else {
                settings[keyPath: path] = []
                return true
            }
            guard let number = Number(value), number >= 0 else { return false }
            settings[keyPath: path].insert(number)
            return true
        }
    }

    private static let device = Entry(expected: "the name of a network interface, at most 15 bytes") {
        value, settings in
        guard value.utf8.count <= 15, !value.utf8.contains(0) else { return false }
        settings.options.tcp.device = value.isEmpty ? nil : value
        return true
    }

    private static let busyPoll = Entry(expected: "a time in microseconds, 0 for the system's own") { value, settings in
        guard let number = Int(value), (0...Int(Int32.max)).contains(number) else { return false }
        settings.options.tcp.busyPoll = .microseconds(number)
        return true
    }

    private static func seconds(_ path: Path<Duration?>) -> Entry {
        Entry(expected: "a time in seconds from 1 to 32767, -1 for the system's own") { value, settings in
            guard let number = Int(value), number == -1 || (1...32_767).contains(number) else { return false }
            settings[keyPath: path] = number == -1 ? nil : .seconds(number)
            return true
        }
    }

    /// A number in a range, or the one that stands for the system's own.
    private static func number(
        _ path: Path<Int?>, in range: ClosedRange<Int>, none: Int, _ unit: String
    ) -> Entry {
        Entry(expected: "\(unit) from \(range.lowerBound) to \(range.upperBound), \(none) for the system's own") {
            value, settings in
            guard let number = Int(value), number == none || range.contains(number) else { return false }
            settings[keyPath: path] = number == none ? nil : number
            return true
        }
    }

    /// 0 or 1, with the opposite meaning.
    private static func inverse(_ path: Path<Bool>) -> Entry {
        Entry(expected: "0 or 1") { value, settings in
            guard value == "0" || value == "1" else { return false }
            settings[keyPath: path] = value == "0"
            return true
        }
    }
}
