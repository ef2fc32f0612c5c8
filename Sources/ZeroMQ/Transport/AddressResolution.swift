// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore

/// Turns the host of a `tcp` endpoint into addresses to bind or to dial.
///
/// Numeric hosts, `*` and interface names are answered on the spot. Other names are looked up on NIO's thread
/// pool, never on an event loop or a concurrency thread, and anew at each call.
package struct AddressResolution: Sendable {
    /// One way to dial: where to, and where from if the endpoint says so.
    package struct Route: Sendable, Hashable {
        package let remote: SocketAddress
        package let local: SocketAddress?
    }

    /// Whether IPv6 may be used (`ZMQ_IPV6`).
    package let allowsIPv6: Bool

    private let lookUp: HostLookUp

    /// - Parameters:
    ///   - allowsIPv6: Whether IPv6 may be used.
    ///   - lookUp: Who knows about names; a test may answer for the network.
    package init(allowsIPv6: Bool, lookUp: HostLookUp = .system) {
        self.allowsIPv6 = allowsIPv6
        self.lookUp = lookUp
    }

    /// Refuses an endpoint that is written as IPv6 while IPv6 is off. Needs no network.
    package func check(_ endpoint: TCPEndpoint, for purpose: Endpoint.Purpose) throws(ZeroMQError) {
        guard endpoint.requiresIPv6, !self.allowsIPv6 else { return }
        throw Use(purpose: purpose, endpoint: endpoint).error(
            .addressNotAvailable,
            "this is an IPv6 address and IPv6 is off; turn on the socket's ipv6 option"
        )
    }

    /// The address to bind.
    ///
    /// With IPv6 on, `*` gives `::`, to be bound for both families (`IPV6_V6ONLY` off). A name is tried as a
    /// network interface first, then as a host; of several addresses the first IPv4 one is taken.
    ///
    /// - Throws: `addressNotAvailable`, `resolutionFailed`, or `CancellationError` at once when cancelled.
    package func bindAddress(for endpoint: TCPEndpoint) async throws -> SocketAddress {
        let use = Use(purpose: .bind, endpoint: endpoint)
        try self.check(endpoint, for: .bind)
        switch endpoint.host {
        case .any:
            return try Self.numericAddress(Self.anyHost(self.allowsIPv6 ? .inet6 : .inet), endpoint.port, in: use)
        case .ipv4(let host):
            return try Self.numericAddress(host, endpoint.port, in: use)
        case .ipv6(let host, let zone):
            return try Self.numericAddress(Self.text(host, zone), endpoint.port, in: use)
        case .name(let name):
            if let address = try self.interfaceAddress(name, in: use) { return address }
            return try await self.hostAddresses(name, in: use).preferringIPv4
        }
    }

    /// The ways to dial, in the order to try them; never none.
    ///
    /// A source of the other family than the host's address leaves that address out.
    ///
    /// - Throws: `addressNotAvailable`, `resolutionFailed`, or `CancellationError` at once when cancelled.
    package func routes(for endpoint: TCPEndpoint) async throws -> [Route] {
        let use = Use(purpose: .connect, endpoint: endpoint)
        try self.check(endpoint, for: .connect)
        let remotes = try await self.remoteAddresses(in: use)
        guard let source = endpoint.source else {
            return remotes.all.map { Route(remote: $0, local: nil) }
        }
        let routes = try remotes.all.compactMap { (remote) throws(ZeroMQError) -> Route? in
            let local = try self.localAddress(source, of: remote.protocol, in: use)
            return local.map { Route(remote: remote, local: $0) }
        }
        guard !routes.isEmpty else {
            throw use.error(.addressNotAvailable, "the source \(source.host) and the host are of different families")
        }
        return routes
    }
}

// MARK: - Steps

extension AddressResolution {
    private func remoteAddresses(in use: Use) async throws -> HostLookUp.Addresses {
        let endpoint = use.endpoint
        switch endpoint.host {
        case .any:
            throw use.error(.invalidEndpoint, "\"*\" stands for every local interface; expected one host")
        case .ipv4(let host):
            return .init(try Self.numericAddress(host, endpoint.port, in: use))
        case .ipv6(let host, let zone):
            return .init(try Self.numericAddress(Self.text(host, zone), endpoint.port, in: use))
        case .name(let name):
            return try await self.hostAddresses(name, in: use)
        }
    }

    private func hostAddresses(_ name: String, in use: Use) async throws -> HostLookUp.Addresses {
        do {
            return try await self.lookUp.addresses(of: name, port: use.endpoint.port, allowsIPv6: self.allowsIPv6)
        } catch let failure as HostLookUp.Failure {
            let role = use.purpose == .bind ? "network interface or host" : "host"
            throw use.error(
                .resolutionFailed,
                "no address for a \(role) named \(name): \(failure.reason)",
                cause: failure.cause
            )
        }
    }

    /// Nil if there is no such interface.
    private func interfaceAddress(_ name: String, in use: Use) throws(ZeroMQError) -> SocketAddress? {
        guard let all = self.lookUp.interfaceAddresses(of: name, port: use.endpoint.port) else { return nil }
        let address = all.preferringIPv4
        guard self.allowsIPv6 || address.protocol == .inet else {
            throw use.error(.addressNotAvailable, "the interface \(name) has no IPv4 address, and IPv6 is off")
        }
        return address
    }

    /// The local end of one family; nil if the source has none.
    private func localAddress(
        _ source: TCPEndpoint.Source,
        of family: NIOBSDSocket.ProtocolFamily,
        in use: Use
    ) throws(ZeroMQError) -> SocketAddress? {
        switch source.host {
        case .any:
            return try Self.numericAddress(Self.anyHost(family), source.port, in: use)
        case .ipv4(let host):
            return family == .inet ? try Self.numericAddress(host, source.port, in: use) : nil
        case .ipv6(let host, let zone):
            return family == .inet6 ? try Self.numericAddress(Self.text(host, zone), source.port, in: use) : nil
        case .name(let name):
            guard let all = self.lookUp.interfaceAddresses(of: name, port: source.port) else {
                throw use.error(.addressNotAvailable, "there is no network interface \(name) to connect from")
            }
            return all.all.first { $0.protocol == family }
        }
    }

    private static func anyHost(_ family: NIOBSDSocket.ProtocolFamily) -> String {
        family == .inet6 ? "::" : "0.0.0.0"
    }

    private static func text(_ address: String, _ zone: String?) -> String {
        zone.map { "\(address)%\($0)" } ?? address
    }

    private static func numericAddress(
        _ text: String,
        _ port: UInt16,
        in use: Use
    ) throws(ZeroMQError) -> SocketAddress {
        do {
            return try SocketAddress(ipAddress: text, port: Int(port))
        } catch {
            throw use.error(
                .addressNotAvailable,
                "this machine has no network interface for the address \(text)",
                cause: error
            )
        }
    }
}

extension AddressResolution {
    /// The endpoint and what it is resolved for, so that every error can name both.
    private struct Use {
        let purpose: Endpoint.Purpose
        let endpoint: TCPEndpoint

        func error(_ code: ZeroMQError.Code, _ problem: String, cause: (any Error)? = nil) -> ZeroMQError {
            ZeroMQError(
                code,
                "cannot \(self.purpose.phrase) \(Endpoint.tcp(self.endpoint)): \(problem)",
                cause: cause
            )
        }
    }
}
