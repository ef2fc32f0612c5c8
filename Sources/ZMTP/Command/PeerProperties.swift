// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import struct NIOCore.ByteBuffer

/// What a side of a connection says of itself in the handshake: names and values (RFC 37, "Connection Metadata").
///
/// Names count without regard to case, and only once: the first of several stays. Names for applications begin with
/// `X-`.
public struct PeerProperties: Sendable, Hashable {
    /// A name and its value.
    public struct Property: Sendable, Hashable {
        /// 1 to 255 letters, digits and `-`, `_`, `.`, `+`, spelled as its sender spells it.
        public let name: String

        /// Any octets, also none.
        public let value: [UInt8]

        /// The value read as UTF-8, with what is invalid replaced.
        public var text: String { String(decoding: self.value, as: UTF8.self) }
    }

    private var properties: [Property] = []

    /// No properties.
    public init() {}

    /// The value of the property with this name, or `nil` without one.
    public subscript(name: String) -> [UInt8]? {
        self.property(named: name)?.value
    }

    /// The value of the property with this name read as UTF-8, or `nil` without one.
    public func text(_ name: String) -> String? {
        self.property(named: name)?.text
    }

    /// Adds a property, unless one with this name is there already.
    ///
    /// - Throws: `.malformedMetadata` if the name or the length of the value breaks the grammar of RFC 37.
    public mutating func add(_ name: String, _ value: some Sequence<UInt8>) throws(ZMTPError) {
        let property = Property(name: name, value: Array(value))
        try Self.check(name: Array(name.utf8), valueLength: property.value.count)
        if self.property(named: name) == nil { self.properties.append(property) }
    }

    /// Adds a property with a text as its value, unless one with this name is there already.
    ///
    /// - Throws: `.malformedMetadata` if the name or the length of the value breaks the grammar of RFC 37.
    public mutating func add(_ name: String, _ value: String) throws(ZMTPError) {
        try self.add(name, value.utf8)
    }

    private func property(named name: String) -> Property? {
        self.properties.first { Self.areEqual($0.name, name) }
    }

    /// Whether two names count as one.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        self.folded(left) == self.folded(right)
    }

    /// ASCII capitals made small; nothing else is equal to anything but itself.
    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}

extension PeerProperties: RandomAccessCollection {
    /// The position of the first property, always 0.
    public var startIndex: Int { 0 }

    /// The number of properties.
    public var endIndex: Int { self.properties.count }

    /// The property at a position, in the order of the wire.
    public subscript(position: Int) -> Property { self.properties[position] }
}

extension PeerProperties {
    /// RFC 37, "The NULL Security Mechanism": a value has at most 2^31-1 octets.
    private static let maxValueLength = Int(Int32.max)

    /// Reads properties up to the end of `data`; octets that are left over and make no property are an error.
    package init(decoding data: ByteBuffer) throws(ZMTPError) {
        var data = data
        var seen: Set<[UInt8]> = []
        while data.readableBytes > 0 {
            let property = try Self.read(from: &data)
            if seen.insert(Self.folded(property.name)).inserted { self.properties.append(property) }
        }
    }

    private static func read(from data: inout ByteBuffer) throws(ZMTPError) -> Property {
        guard
            let nameLength = data.readInteger(as: UInt8.self), let name = data.readBytes(length: Int(nameLength)),
            let valueLength = data.readInteger(as: UInt32.self)
        else { throw Self.cut("name") }
        try Self.check(name: name, valueLength: Int(valueLength))
        guard let value = data.readBytes(length: Int(valueLength)) else { throw Self.cut("value") }
        return Property(name: String(decoding: name, as: UTF8.self), value: value)
    }

    private static func cut(_ field: String) -> ZMTPError {
        ZMTPError(
            .malformedMetadata,
            "property \(field): the command ends before it does (RFC 37, The NULL Security Mechanism)"
        )
    }

    private static func check(name: [UInt8], valueLength: Int) throws(ZMTPError) {
        guard (1...255).contains(name.count) else {
            throw ZMTPError(
                .malformedMetadata,
                "property name: expected 1 to 255 octets, got \(name.count) (RFC 37, The NULL Security Mechanism)"
            )
        }
        guard name.allSatisfy(\.isPropertyNameOctet) else {
            throw ZMTPError(
                .malformedMetadata,
                "property name: expected letters, digits and -_.+ only (RFC 37, The NULL Security Mechanism)"
            )
        }
        guard valueLength <= Self.maxValueLength else {
            throw ZMTPError(
                .malformedMetadata,
                "property value: expected at most 2^31-1 octets, got \(valueLength) "
                    + "(RFC 37, The NULL Security Mechanism)"
            )
        }
    }

    /// Writes the properties as READY carries them.
    package func write(into buffer: inout ByteBuffer) {
        for property in self.properties {
            buffer.writeInteger(UInt8(truncatingIfNeeded: property.name.utf8.count))
            buffer.writeString(property.name)
            buffer.writeInteger(UInt32(truncatingIfNeeded: property.value.count))
            buffer.writeBytes(property.value)
        }
    }
}

extension UInt8 {
    /// name-char of the grammar.
    fileprivate var isPropertyNameOctet: Bool {
        self.isASCIILetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+")].contains(self)
    }
}
