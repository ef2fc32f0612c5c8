// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The address part of an `ipc` endpoint.
package enum IPCEndpoint: Sendable, Hashable {
    /// A path in the file system, absolute or relative to the working directory.
    case path(String)

    /// `@name`, without the `@`: a name outside the file system. Linux only.
    case abstract(String)

    /// `*`: a new path in the temporary directory. For binding only.
    case wildcard

    /// How many octets a path, or an abstract name with its `@`, may have: the room in `sockaddr_un` less the
    /// closing zero.
    package static var maximumLength: Int {
        #if canImport(Darwin)
        103
        #else
        107
        #endif
    }

    /// Whether this platform has socket names outside the file system.
    package static var supportsAbstractNames: Bool {
        #if os(Linux) || os(Android)
        true
        #else
        false
        #endif
    }

    /// Reads the part after `ipc://`.
    init(_ address: String, in text: EndpointText) throws(ZeroMQError) {
        if address == "*" {
            guard text.purpose == .bind else {
                throw text.error("\"*\" stands for a new path; expected the path that the peer has bound")
            }
            self = .wildcard
            return
        }
        guard !address.utf8.contains(0) else {
            throw text.error("the path has a zero octet in it")
        }
        let length = address.utf8.count
        guard length <= Self.maximumLength else {
            throw text.error(
                "the path has \(length) octets; at most \(Self.maximumLength) are allowed on this platform",
                .nameTooLong
            )
        }
        self = address.utf8.first == UInt8(ascii: "@") ? try Self.readAbstract(address, in: text) : .path(address)
    }

    private static func readAbstract(_ address: String, in text: EndpointText) throws(ZeroMQError) -> Self {
        guard Self.supportsAbstractNames else {
            throw text.error("names beginning with \"@\" exist on Linux only; expected a path", .notSupported)
        }
        let name = String(decoding: address.utf8.dropFirst(), as: UTF8.self)
        guard !name.isEmpty else { throw text.error("the name after \"@\" is missing") }
        return .abstract(name)
    }
}

extension IPCEndpoint: CustomStringConvertible {
    package var description: String {
        switch self {
        case .path(let path): path
        case .abstract(let name): "@\(name)"
        case .wildcard: "*"
        }
    }
}
