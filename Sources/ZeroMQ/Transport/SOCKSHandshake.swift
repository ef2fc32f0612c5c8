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

/// The client's side of SOCKS5 up to the connection (RFC 1928, RFC 1929): octets in, octets out.
///
/// Duties: to say which ways of authentication are offered, to send name and password if the proxy wants them, to ask
/// for the connection, to understand the answer. Offers one way only: the name and password if there are some,
/// otherwise none, as libzmq does. Not its duties: to carry octets, time.
///
/// Odd cases: an error is told as soon as its octet is there, whatever follows; octets behind the answer are the peer's
/// and given back.
package struct SOCKSHandshake: Sendable {
    /// What to do.
    package enum Step: Sendable, Hashable {
        /// More octets are needed.
        case wait
        case send([UInt8])
        /// The connection is there; the octets are the first of it.
        case established([UInt8])
    }

    private enum Phase: Sendable {
        case choosingMethod
        case authenticating
        case connecting
        case established
    }

    private let credentials: SOCKSProxy.Credentials?
    private let request: [UInt8]
    private let place: String
    private var phase = Phase.choosingMethod
    private var received: [UInt8] = []

    /// - Parameters:
    ///   - proxy: Names the proxy in errors, and has the name and password.
    ///   - endpoint: Where to connect to.
    /// - Throws: `.invalidEndpoint` if the host cannot be told to a proxy.
    package init(_ proxy: SOCKSProxy, to endpoint: TCPEndpoint) throws(ZeroMQError) {
        self.credentials = proxy.credentials
        self.place = "tcp://\(endpoint) through the SOCKS proxy \(proxy)"
        guard let address = Self.address(of: endpoint.host) else {
            throw ZeroMQError(
                .invalidEndpoint,
                "cannot connect to \(self.place): expected a host name of at most 255 octets, or an address without "
                    + "a zone")
        }
        let port = [UInt8(truncatingIfNeeded: endpoint.port >> 8), UInt8(truncatingIfNeeded: endpoint.port)]
        self.request = [Self.version, Self.connect, 0] + address + port
    }

    /// What to send first.
    package var greeting: [UInt8] { [Self.version, 1, self.method] }

    /// Octets have come from the proxy.
    ///
    /// - Throws: What the proxy refuses or does not understand.
    package mutating func receive(_ octets: some Sequence<UInt8>) throws(ZeroMQError) -> Step {
        self.received += octets
        switch self.phase {
        case .choosingMethod: return try self.readMethod()
        case .authenticating: return try self.readStatus()
        case .connecting: return try self.readReply()
        case .established: return .established(self.take(self.received.count))
        }
    }

    /// The proxy has closed the connection before the answer was whole.
    package func closed() -> ZeroMQError {
        self.error(.io, "the proxy closed the connection \(self.moment)")
    }

    /// The time is up.
    package func timedOut() -> ZeroMQError {
        self.error(.timedOut, "no answer from the proxy in the time allowed, \(self.moment)")
    }

    private var moment: String {
        switch self.phase {
        case .choosingMethod: "before it chose a way of authentication"
        case .authenticating: "before it answered to the name and password"
        case .connecting, .established: "before it answered to the request"
        }
    }
}

// MARK: - Answers

extension SOCKSHandshake {
    private static let version: UInt8 = 5
    private static let authenticationVersion: UInt8 = 1
    private static let connect: UInt8 = 1

    /// 0 is no authentication, 2 is name and password (RFC 1928 section 3).
    private var method: UInt8 { self.credentials == nil ? 0 : 2 }

    private mutating func readMethod() throws(ZeroMQError) -> Step {
        try self.expect(Self.version, "version 5")
        guard self.received.count >= 2 else { return .wait }
        guard self.received[1] == self.method else {
            let offered = self.credentials == nil ? "a connection without a name" : "a name and password"
            throw self.error(.permissionDenied, "the proxy does not accept \(offered)")
        }
        _ = self.take(2)
        guard let credentials = self.credentials else { return self.askToConnect() }
        self.phase = .authenticating
        let (name, password) = (Array(credentials.username.utf8), Array(credentials.password.utf8))
        return .send([Self.authenticationVersion, UInt8(name.count)] + name + [UInt8(password.count)] + password)
    }

    private mutating func readStatus() throws(ZeroMQError) -> Step {
        try self.expect(Self.authenticationVersion, "version 1 of the name and password")
        guard self.received.count >= 2 else { return .wait }
        guard self.received[1] == 0 else {
            throw self.error(.permissionDenied, "the proxy refuses the name or the password")
        }
        _ = self.take(2)
        return self.askToConnect()
    }

    private mutating func askToConnect() -> Step {
        self.phase = .connecting
        return .send(self.request)
    }

    private mutating func readReply() throws(ZeroMQError) -> Step {
        try self.expect(Self.version, "version 5")
        guard self.received.count >= 2 else { return .wait }
        if self.received[1] != 0 { throw self.refusal(self.received[1]) }
        guard self.received.count >= 5 else { return .wait }
        let length: Int
        switch self.received[3] {
        case 1: length = 4 + 4 + 2
        case 3: length = 4 + 1 + Int(self.received[4]) + 2
        case 4: length = 4 + 16 + 2
        case let type: throw self.error(.io, "expected an address of type 1, 3 or 4 in the answer, got \(type)")
        }
        guard self.received.count >= length else { return .wait }
        _ = self.take(length)
        self.phase = .established
        return .established(self.take(self.received.count))
    }

    /// A way to find out early that the other side is something else.
    private func expect(_ version: UInt8, _ what: String) throws(ZeroMQError) {
        guard let first = self.received.first, first != version else { return }
        throw self.error(.io, "this is no SOCKS5 proxy: expected \(what), got \(first)")
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        defer { self.received.removeFirst(count) }
        return Array(self.received.prefix(count))
    }

    private func refusal(_ reply: UInt8) -> ZeroMQError {
        switch reply {
        case 2: self.error(.permissionDenied, "the proxy's rules do not allow it")
        case 3: self.error(.io, "the proxy reports that the network cannot be reached")
        case 4: self.error(.io, "the proxy reports that the host cannot be reached")
        case 5:
            // So that it counts as what it is (`ReconnectStop.connectionRefused`).
            self.error(
                .io, "the proxy reports that nobody is listening there",
                cause: IOError(errnoCode: ECONNREFUSED, reason: "SOCKS reply 5"))
        case 6: self.error(.timedOut, "the proxy reports that there was no answer in time")
        case 7: self.error(.notSupported, "the proxy cannot connect")
        case 8: self.error(.notSupported, "the proxy does not know this kind of address")
        default: self.error(.io, "the proxy reports failure \(reply)")
        }
    }

    private func error(_ code: ZeroMQError.Code, _ problem: String, cause: (any Error)? = nil) -> ZeroMQError {
        ZeroMQError(code, "cannot connect to \(self.place): \(problem)", cause: cause)
    }
}

// MARK: - Addresses

extension SOCKSHandshake {
    /// The address with its type in front (RFC 1928 section 5).
    private static func address(of host: TCPEndpoint.Host) -> [UInt8]? {
        switch host {
        case .any, .ipv6(_, zone: .some): return nil
        case .ipv4(let text): return Self.octets(of: text, AF_INET, count: 4).map { [1] + $0 }
        case .ipv6(let text, zone: nil): return Self.octets(of: text, AF_INET6, count: 16).map { [4] + $0 }
        case .name(let name):
            guard let length = UInt8(exactly: name.utf8.count) else { return nil }
            return [3, length] + Array(name.utf8)
        }
    }

    private static func octets(of text: String, _ family: CInt, count: Int) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: count)
        return unsafe inet_pton(family, text, &octets) == 1 ? octets : nil
    }
}
