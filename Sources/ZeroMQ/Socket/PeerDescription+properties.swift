// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

extension SocketEvent.PeerDescription {
    /// A property of the connection as text, by the name that `zmq_msg_gets` knows it by; nil if there is none.
    ///
    /// `Peer-Address` is the numeric address, over tcp only; `Socket-Type` and `Routing-Id`, or `Identity`, are what the
    /// peer announced; names that begin with `X-` are its own (`ZMQ_METADATA`), as are any others. What only this side
    /// can know, `Peer-Address` and `User-Id`, is never taken from what the peer says. Names count without regard to
    /// case.
    public func property(_ name: String) -> String? {
        switch name.lowercased() {
        case "peer-address": self.numericAddress
        case "user-id": nil
        case "routing-id": self.properties.text("Identity")
        default: self.properties.text(name)
        }
    }

    private var numericAddress: String? {
        guard case .tcp(let endpoint) = try? Endpoint.parse(self.address, for: .connect) else { return nil }
        switch endpoint.host {
        case .ipv4(let address): return address
        case .ipv6(let address, _): return address
        default: return nil
        }
    }

    /// What the peer adds under names of its own, for a log: printable, and not too much of it.
    var metadataDescription: String {
        self.properties.filter { $0.name.lowercased().hasPrefix("x-") }.prefix(8)
            .map { ", \($0.name): \(Self.printable($0.value))" }.joined()
    }

    private static func printable(_ value: [UInt8]) -> String {
        let shown = value.prefix(64).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: shown, as: UTF8.self) + (value.count > 64 ? "…" : "")
    }
}

/// What a socket keeps of a peer's connection, once for all messages that come through it.
final class PeerProfile: Sendable {
    let description: SocketEvent.PeerDescription

    init(_ description: SocketEvent.PeerDescription) {
        self.description = description
    }
}

extension SocketOptions {
    /// What all entries may take in the handshake, so that a peer with our own limits accepts it.
    private static var largestMetadata: Int { 65_000 }

    func checkMetadata() throws(ZeroMQError) {
        var size = 0
        var properties = PeerProperties()
        for (name, text) in self.metadata {
            guard name.hasPrefix("X-"), name.utf8.count > 2 else {
                throw Self.badMetadata(name, "a name that begins with X-")
            }
            guard !text.isEmpty, !text.utf8.contains(0) else {
                throw Self.badMetadata(name, "a text that is not empty and has no zero octet")
            }
            guard properties[name] == nil else { throw Self.badMetadata(name, "no two names that differ in case only") }
            do throws(ZMTPError) {
                try properties.add(name, text)
            } catch {
                throw Self.badMetadata(name, "at most 255 letters, digits, -, _, . and + as a name")
            }
            size += name.utf8.count + text.utf8.count + 5
        }
        guard size <= Self.largestMetadata else {
            throw ZeroMQError(
                .invalidOption, "metadata (ZMQ_METADATA): expected \(Self.largestMetadata) octets at most, got \(size)")
        }
    }

    private static func badMetadata(_ name: String, _ expected: String) -> ZeroMQError {
        ZeroMQError(.invalidOption, "metadata (ZMQ_METADATA): expected \(expected), at \"\(name)\"")
    }

    /// The metadata in the order of its names, as libzmq sends it.
    var announcedMetadata: PeerProperties {
        var properties = PeerProperties()
        for (name, text) in self.metadata.sorted(by: { $0.key < $1.key }) {
            // Checked when the socket was made.
            try? properties.add(name, text)
        }
        return properties
    }
}
