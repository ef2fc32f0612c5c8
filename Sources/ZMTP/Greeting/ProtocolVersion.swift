// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A version of ZMTP, as the greeting announces it.
public struct ProtocolVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number before the point; 3 and more share one greeting and one framing.
    public let major: UInt8

    /// The number behind the point.
    public let minor: UInt8

    /// A version by its two numbers.
    public init(major: UInt8, minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    /// ZMTP 1.0 (RFC 13), spoken by ZeroMQ 2: no version on the wire, no socket types, no commands.
    public static let v10 = ProtocolVersion(major: 1, minor: 0)

    /// ZMTP 2.0 (RFC 15), spoken by ZeroMQ 3: socket types, no commands.
    public static let v20 = ProtocolVersion(major: 2, minor: 0)

    /// ZMTP 3.0 (RFC 23): subscriptions travel as messages.
    public static let v30 = ProtocolVersion(major: 3, minor: 0)

    /// ZMTP 3.1 (RFC 37): subscriptions travel as commands. The one that is announced here.
    public static let v31 = ProtocolVersion(major: 3, minor: 1)

    /// The version to speak with a peer that announced `other`: the lower of the two.
    ///
    /// RFC 37, "Version Negotiation": a peer of a higher version is met with our own.
    public func negotiated(with other: ProtocolVersion) -> ProtocolVersion {
        min(self, other)
    }

    /// Orders by major, then by minor.
    public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// The two numbers, as in `3.1`.
    public var description: String { "\(self.major).\(self.minor)" }
}
