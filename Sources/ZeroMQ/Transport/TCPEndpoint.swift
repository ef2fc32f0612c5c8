// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The address part of a `tcp` endpoint: `host:port`, or `source:port;host:port` when connecting.
package struct TCPEndpoint: Sendable, Hashable {
    /// A host as written; names are looked up later.
    package enum Host: Sendable, Hashable {
        /// `*`: every interface of this machine.
        case any

        /// Four numbers, canonical.
        case ipv4(String)

        /// Canonical text without brackets; the zone is an interface name or number.
        case ipv6(String, zone: String?)

        /// The name of a host, or when binding also of a network interface.
        case name(String)
    }

    /// The local end to connect from.
    package struct Source: Sendable, Hashable {
        package let host: Host

        /// Zero lets the system choose.
        package let port: UInt16
    }

    package let host: Host

    /// Zero, written `*`, lets the system choose. Never zero when connecting.
    package let port: UInt16

    /// What stood before `;`, if anything.
    package let source: Source?

    /// Whether this is written as an IPv6 address, so that only a socket with IPv6 on can use it.
    package var requiresIPv6: Bool {
        if case .ipv6 = self.host { return true }
        if case .ipv6 = self.source?.host { return true }
        return false
    }

    init(host: Host, port: UInt16, source: Source? = nil) {
        self.host = host
        self.port = port
        self.source = source
    }

    /// Reads the part after `tcp://`.
    init(_ address: String, in text: EndpointText) throws(ZeroMQError) {
        guard let semicolon = address.utf8.lastIndex(of: UInt8(ascii: ";")) else {
            let role: HostPort.Role = text.purpose == .bind ? .bind : .destination
            let end = try HostPort(address, role, in: text)
            self.init(host: end.host, port: end.port)
            return
        }
        guard text.purpose == .connect else {
            throw text.error("a source address before \";\" is for connecting only")
        }
        let source = try HostPort(String(address[..<semicolon]), .source, in: text)
        let afterSemicolon = address.utf8.index(after: semicolon)
        let end = try HostPort(String(address[afterSemicolon...]), .destination, in: text)
        self.init(host: end.host, port: end.port, source: Source(host: source.host, port: source.port))
    }
}

extension TCPEndpoint: CustomStringConvertible {
    package var description: String {
        let destination = "\(self.host):\(Self.portText(self.port))"
        guard let source = self.source else { return destination }
        return "\(source.host):\(Self.portText(source.port));\(destination)"
    }

    private static func portText(_ port: UInt16) -> String {
        port == 0 ? "*" : "\(port)"
    }
}

extension TCPEndpoint.Host: CustomStringConvertible {
    package var description: String {
        switch self {
        case .any: "*"
        case .ipv4(let address): address
        case .ipv6(let address, nil): "[\(address)]"
        case .ipv6(let address, let zone?): "[\(address)%\(zone)]"
        case .name(let name): name
        }
    }
}
