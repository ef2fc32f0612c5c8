// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// A range of IP addresses, such as `192.168.0.0/16`, `10.0.0.7` or `fd00::/8`.
///
/// IPv4 addresses in the form that IPv6 has for them, `::ffff:10.0.0.7`, are taken for what they are.
public struct AddressRange: Sendable, Hashable {
    /// 4 or 16 octets, with zeros behind the prefix.
    private let octets: [UInt8]

    /// How many leading bits of an address must agree: 0 to 32, or to 128.
    public let prefixLength: Int

    /// Reads a range.
    ///
    /// - Parameter text: A numeric address and, behind a slash, how many of its bits count; without that all do.
    /// - Throws: `.invalidOption` if it is none.
    public init(_ text: String) throws(ZeroMQError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, let octets = Self.octets(of: String(host)) else { throw Self.error(text) }
        var length = octets.count * 8
        if parts.count == 2 {
            let digits = parts[1]
            guard digits.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(digits), number <= length
            else { throw Self.error(text) }
            length = number
        }
        let mapped = Self.unmapped(octets)
        guard mapped.count == octets.count || length >= 96 else { throw Self.error(text) }
        self.prefixLength = length - (octets.count - mapped.count) * 8
        self.octets = Self.masked(mapped, self.prefixLength)
    }

    /// Whether an address of 4 or 16 octets is in the range.
    package func contains(_ address: [UInt8]) -> Bool {
        let address = Self.unmapped(address)
        return address.count == self.octets.count && Self.masked(address, self.prefixLength) == self.octets
    }

    private static func masked(_ octets: [UInt8], _ length: Int) -> [UInt8] {
        octets.indices.map { index in
            let bits = min(8, max(0, length - index * 8))
            return octets[index] & UInt8(truncatingIfNeeded: 0xFF00 >> bits)
        }
    }

    private static func unmapped(_ octets: [UInt8]) -> [UInt8] {
        let prefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        return octets.count == 16 && octets.starts(with: prefix) ? Array(octets.dropFirst(12)) : octets
    }

    private static func octets(of text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var octets = [UInt8](repeating: 0, count: count)
            if unsafe inet_pton(family, text, &octets) == 1 { return octets }
        }
        return nil
    }

    private static func error(_ text: String) -> ZeroMQError {
        OptionRule.error(
            "tcp.acceptedRanges (ZMQ_TCP_ACCEPT_FILTER): expected an address such as 10.0.0.7, or a range such as "
                + "192.168.0.0/16 or fd00::/8, got \(text.prefix(80).debugDescription)")
    }
}

extension AddressRange: CustomStringConvertible {
    /// The range in its usual form.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = self.octets.count == 4 ? AF_INET : AF_INET6
        _ = unsafe inet_ntop(family, self.octets, &text, socklen_t(text.count))
        let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(address)/\(self.prefixLength)"
    }
}
