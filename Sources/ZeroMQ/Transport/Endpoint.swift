// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Where a socket binds or connects, read from text such as `tcp://127.0.0.1:5555`.
///
/// Reading checks the form only. Whether a host, an interface or a directory exists shows when the endpoint
/// is used, because that may change between two attempts.
package enum Endpoint: Sendable, Hashable {
    /// `tcp://host:port`.
    case tcp(TCPEndpoint)

    /// `ipc://path`: a Unix domain socket.
    case ipc(IPCEndpoint)

    /// `inproc://name`: sockets of the same context.
    case inproc(name: String)

    /// What the endpoint is read for: some forms make sense for one purpose only.
    package enum Purpose: Sendable, Hashable {
        case bind, connect
    }

    /// The names of the transports, as written before `://`.
    package static let transports = ["tcp", "ipc", "inproc"]

    /// The longest `inproc` name in octets, as documented for libzmq.
    package static let maximumNameLength = 256

    /// Reads an endpoint.
    ///
    /// - Parameters:
    ///   - text: For example `tcp://*:5555`. The transport is written in lower case.
    ///   - purpose: What it is for. Wildcards are for binding, a source address is for connecting.
    /// - Returns: The endpoint; printed again, it gives the canonical form of `text`.
    /// - Throws: `invalidEndpoint`, `unsupportedTransport`, `nameTooLong` or `notSupported`.
    package static func parse(_ text: String, for purpose: Purpose) throws(ZeroMQError) -> Endpoint {
        let source = EndpointText(text: text, purpose: purpose)
        guard let separator = text.utf8.firstRange(of: "://".utf8) else {
            throw source.error("there is no \"://\"; expected transport://address, for example tcp://127.0.0.1:5555")
        }
        let address = String(text[separator.upperBound...])
        let transport = String(text[..<separator.lowerBound])
        guard !transport.isEmpty else {
            throw source.error("the transport before \"://\" is missing; expected \(Self.transportList)")
        }
        guard Self.transports.contains(transport) else {
            throw source.error(
                "this library has no transport \(transport.debugDescription); expected \(Self.transportList)",
                .unsupportedTransport
            )
        }
        guard !address.isEmpty else {
            throw source.error("the address after \"://\" is missing")
        }
        return try Self.parse(address, of: transport, in: source)
    }

    private static func parse(
        _ address: String,
        of transport: String,
        in source: EndpointText
    ) throws(ZeroMQError) -> Endpoint {
        switch transport {
        case "tcp": return .tcp(try TCPEndpoint(address, in: source))
        case "ipc": return .ipc(try IPCEndpoint(address, in: source))
        default: return .inproc(name: try Self.readName(address, in: source))
        }
    }

    private static func readName(_ name: String, in source: EndpointText) throws(ZeroMQError) -> String {
        guard name.utf8.count <= Self.maximumNameLength else {
            throw source.error(
                "the name has \(name.utf8.count) octets; at most \(Self.maximumNameLength) are allowed",
                .nameTooLong
            )
        }
        return name
    }

    private static var transportList: String {
        Self.transports.map { "\($0)://" }.joined(separator: ", ")
    }
}

extension Endpoint: CustomStringConvertible {
    /// The canonical form, which reads back as the same endpoint.
    package var description: String {
        switch self {
        case .tcp(let endpoint): "tcp://\(endpoint)"
        case .ipc(let endpoint): "ipc://\(endpoint)"
        case .inproc(let name): "inproc://\(name)"
        }
    }
}

extension Endpoint.Purpose {
    /// How an error names what was tried, before the endpoint.
    var phrase: String {
        switch self {
        case .bind: "bind to"
        case .connect: "connect to"
        }
    }
}
