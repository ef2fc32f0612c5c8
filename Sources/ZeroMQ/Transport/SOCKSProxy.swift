// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A SOCKS5 proxy through which `tcp` endpoints are dialled (RFC 1928, RFC 1929).
///
/// The names of hosts are handed to the proxy as they are; it looks them up. What the proxy refuses is an event of the
/// socket, and dialled again like everything else. Name and password go over the network as they are.
public struct SOCKSProxy: Sendable, Hashable {
    /// A name and its password, as RFC 1929 sends them.
    struct Credentials: Sendable, Hashable {
        let username: String
        let password: String
    }

    let endpoint: TCPEndpoint
    let credentials: Credentials?

    /// Names a proxy.
    ///
    /// - Parameters:
    ///   - address: `host:port`, an IPv6 address in brackets. Twin of `ZMQ_SOCKS_PROXY`.
    ///   - username: 1 to 255 octets, or nil to ask the proxy for a connection without a name. Twin of
    ///     `ZMQ_SOCKS_USERNAME`.
    ///   - password: At most 255 octets; of use with a name only. Twin of `ZMQ_SOCKS_PASSWORD`.
    /// - Throws: `.invalidOption`.
    public init(_ address: String, username: String? = nil, password: String = "") throws(ZeroMQError) {
        guard let parsed = try? Endpoint.parse("tcp://\(address)", for: .connect), case .tcp(let endpoint) = parsed
        else {
            throw OptionRule.error(
                "socksProxy (ZMQ_SOCKS_PROXY): expected host:port, for example 127.0.0.1:1080, got "
                    + "\(address.prefix(300).debugDescription)")
        }
        if let username, !(1...255).contains(username.utf8.count) {
            throw OptionRule.error(
                "socksProxy (ZMQ_SOCKS_USERNAME): expected 1 to 255 octets, got \(username.utf8.count)")
        }
        guard password.utf8.count <= 255 else {
            throw OptionRule.error(
                "socksProxy (ZMQ_SOCKS_PASSWORD): expected at most 255 octets, got \(password.utf8.count)")
        }
        self.endpoint = endpoint
        self.credentials = username.map { Credentials(username: $0, password: password) }
    }
}

extension SOCKSProxy {
    /// Why the proxy itself could not be connected to.
    func unreachable(_ error: any Error, for endpoint: String) -> ZeroMQError {
        let described = ZeroMQError.describing(error, while: .connect, .tcp(self.endpoint))
        let message = "cannot connect to \(endpoint) through a SOCKS proxy: \(described.message)"
        // Not its cause: that nobody listens at the proxy says nothing about the endpoint.
        return ZeroMQError(described.code, message, cause: described)
    }
}

extension TCPEndpoint {
    /// Where to connect to first, from the same source.
    func through(_ proxy: SOCKSProxy) -> TCPEndpoint {
        TCPEndpoint(host: proxy.endpoint.host, port: proxy.endpoint.port, source: self.source ?? proxy.endpoint.source)
    }
}

extension SOCKSProxy: CustomStringConvertible, CustomReflectable {
    /// Where the proxy is; never the password.
    public var description: String { "\(self.endpoint)" }

    /// Shows where the proxy is and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["endpoint": self.description]) }
}
