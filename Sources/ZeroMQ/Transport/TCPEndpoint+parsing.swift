// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

extension TCPEndpoint {
    /// One `host:port`, checked for the part it plays.
    struct HostPort {
        enum Role {
            case bind, source, destination
        }

        let host: Host
        let port: UInt16

        init(_ address: String, _ role: Role, in text: EndpointText) throws(ZeroMQError) {
            let (host, port) = try Self.split(address, in: text)
            self.host = try Host(host, role, in: text)
            self.port = try Self.port(port, role, in: text)
        }

        /// Cuts at the last colon, as libzmq does, so that an IPv6 address may come without brackets.
        private static func split(
            _ address: String,
            in text: EndpointText
        ) throws(ZeroMQError) -> (host: String, port: String) {
            let missing = text.error("the port is missing; expected host:port, for example 127.0.0.1:5555")
            let bracket = address.hasPrefix("[") ? address.utf8.lastIndex(of: UInt8(ascii: "]")) : nil
            guard let colon = address.utf8.lastIndex(of: UInt8(ascii: ":")) else { throw missing }
            if let bracket, colon < bracket { throw missing }
            return (String(address[..<colon]), String(address[address.utf8.index(after: colon)...]))
        }

        private static func port(_ port: String, _ role: Role, in text: EndpointText) throws(ZeroMQError) -> UInt16 {
            guard !port.isEmpty else {
                throw text.error("the port after \":\" is missing; expected \(Self.expectedPort(role))")
            }
            if port == "*", role != .destination { return 0 }
            guard port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                throw text.error("the port \(port.debugDescription) is not a number; expected \(expectedPort(role))")
            }
            guard let number = UInt16(port) else {
                throw text.error("the port \(port) is too large; expected \(Self.expectedPort(role))")
            }
            guard number != 0 || role != .destination else {
                throw text.error("a connection needs a port; expected \(Self.expectedPort(role))")
            }
            return number
        }

        private static func expectedPort(_ role: Role) -> String {
            role == .destination ? "a number from 1 to 65535" : "a number up to 65535, or * for any free port"
        }
    }
}

extension TCPEndpoint.Host {
    init(_ host: String, _ role: TCPEndpoint.HostPort.Role, in text: EndpointText) throws(ZeroMQError) {
        if host == "*" {
            guard role != .destination else {
                throw text.error("\"*\" stands for every local interface; expected one host to connect to")
            }
            self = .any
        } else if host.hasPrefix("[") {
            guard host.hasSuffix("]"), let address = Self.readIPv6(host.dropFirst().dropLast()) else {
                throw text.error("\(host.debugDescription) is not an IPv6 address in brackets")
            }
            self = address
        } else if host.utf8.contains(UInt8(ascii: ":")) {
            guard let address = Self.readIPv6(host[...]) else {
                throw text.error(
                    "the host \(host.debugDescription) has a colon; expected host:port, or an IPv6 address "
                        + "in brackets and a port, for example [::1]:5555"
                )
            }
            self = address
        } else if let address = Self.readIPv4(host) {
            self = address
        } else {
            self = .name(try Self.readName(host, role, in: text))
        }
    }

    private static func readIPv4(_ host: String) -> Self? {
        guard Self.isNumeric(host), let address = try? SocketAddress(ipAddress: host, port: 0) else { return nil }
        guard case .v4 = address, let canonical = address.ipAddress else { return nil }
        return .ipv4(canonical)
    }

    /// The zone is taken off first: whether such an interface exists shows only when the address is used.
    private static func readIPv6(_ host: Substring) -> Self? {
        let pieces = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bare = pieces.first.map(String.init), bare.utf8.allSatisfy(Self.isInIPv6) else { return nil }
        guard let address = try? SocketAddress(ipAddress: bare, port: 0) else { return nil }
        guard case .v6 = address, let canonical = address.ipAddress else { return nil }
        guard pieces.count > 1 else { return .ipv6(canonical, zone: nil) }
        let zone = String(pieces[1])
        guard !zone.isEmpty, zone.utf8.allSatisfy(Self.isInName) else { return nil }
        return .ipv6(canonical, zone: zone)
    }

    private static func readName(
        _ host: String,
        _ role: TCPEndpoint.HostPort.Role,
        in text: EndpointText
    ) throws(ZeroMQError) -> String {
        guard !host.isEmpty else {
            let wildcard = role == .destination ? "" : ", or * for every interface"
            throw text.error("the host before \":\" is missing; expected an address or a name\(wildcard)")
        }
        guard !Self.isNumeric(host) else {
            throw text.error("the host \(host.debugDescription) is not an IPv4 address of four numbers up to 255")
        }
        guard host.utf8.allSatisfy(Self.isInName), !host.hasPrefix("-"), !host.hasPrefix("."), host.utf8.count <= 253
        else {
            throw text.error(
                "the host \(host.debugDescription) is not a name; expected letters, digits, \"-\", \"_\" and \".\""
            )
        }
        return host
    }

    /// Digits and dots only: never a host name, so a slip in an address is told at once and not looked up.
    private static func isNumeric(_ host: String) -> Bool {
        host.utf8.allSatisfy { Self.isDigit($0) || $0 == UInt8(ascii: ".") }
    }

    private static func isDigit(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
    }

    private static func isInIPv6(_ octet: UInt8) -> Bool {
        let isHexLetter = (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(octet | 0x20)
        return isDigit(octet) || isHexLetter || octet == UInt8(ascii: ":") || octet == UInt8(ascii: ".")
    }

    private static func isInName(_ octet: UInt8) -> Bool {
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20)
        return isDigit(octet) || isLetter || "-_.".utf8.contains(octet)
    }
}
