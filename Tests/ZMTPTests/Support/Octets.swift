// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

/// Octets from hexadecimal digits; blanks and line ends between them mean nothing.
func octets(_ digits: String) -> [UInt8] {
    let nibbles = digits.filter { !$0.isWhitespace }.compactMap { UInt8(String($0), radix: 16) }
    return stride(from: 0, to: nibbles.count - 1, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
}

extension Array where Element == UInt8 {
    var buffer: ByteBuffer { ByteBuffer(bytes: self) }

    /// The octets in two pieces.
    func cut(at index: Int) -> [[UInt8]] { [Array(self[..<index]), Array(self[index...])] }

    /// The octets in pieces of `length`, the last one shorter.
    func pieces(of length: Int) -> [[UInt8]] {
        stride(from: 0, to: self.count, by: length).map { Array(self[$0..<Swift.min($0 + length, self.count)]) }
    }
}

/// The octets that a peer sends, put together by hand: what is tested has no part in it.
enum Wire {
    static func greeting(
        major: UInt8 = 3,
        minor: UInt8 = 1,
        mechanism: String = "NULL",
        asServer: UInt8 = 0
    ) -> [UInt8] {
        let name = Array(mechanism.utf8)
        return octets("FF 0000000000000001 7F") + [major, minor] + name
            + Array(repeating: 0, count: 20 - name.count) + [asServer] + Array(repeating: 0, count: 31)
    }

    static func short(_ flags: UInt8, _ body: [UInt8]) -> [UInt8] {
        [flags, UInt8(body.count)] + body
    }

    static func long(_ flags: UInt8, _ body: [UInt8]) -> [UInt8] {
        Self.longHeader(flags, size: UInt64(body.count)) + body
    }

    static func longHeader(_ flags: UInt8, size: UInt64) -> [UInt8] {
        [flags | 2] + (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) }
    }

    static func frame(_ flags: UInt8, _ body: [UInt8]) -> [UInt8] {
        body.count <= 255 ? Self.short(flags, body) : Self.long(flags, body)
    }

    static func message(_ parts: [[UInt8]]) -> [UInt8] {
        parts.dropLast().flatMap { Self.frame(1, $0) } + parts.suffix(1).flatMap { Self.frame(0, $0) }
    }

    static func message(_ parts: String...) -> [UInt8] {
        Self.message(parts.map { Array($0.utf8) })
    }

    static func command(_ name: String, _ data: [UInt8] = []) -> [UInt8] {
        Self.frame(4, [UInt8(name.utf8.count)] + Array(name.utf8) + data)
    }

    static func property(_ name: String, _ value: [UInt8]) -> [UInt8] {
        let size = UInt32(value.count)
        return [UInt8(name.utf8.count)] + Array(name.utf8)
            + (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + value
    }

    static func property(_ name: String, _ value: String) -> [UInt8] {
        Self.property(name, Array(value.utf8))
    }

    static func ready(_ type: String, identity: [UInt8]? = nil) -> [UInt8] {
        Self.command(
            "READY",
            Self.property("Socket-Type", type) + (identity.map { Self.property("Identity", $0) } ?? [])
        )
    }

    /// All that a peer sends until it is ready.
    static func handshake(_ type: String, identity: [UInt8]? = nil) -> [UInt8] {
        Self.greeting() + Self.ready(type, identity: identity)
    }
}

/// A generator that gives the same numbers every time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Array where Element == UInt8 {
    /// The octets in pieces of 1 to `longest` octets.
    func pieces<G: RandomNumberGenerator>(upTo longest: Int, using generator: inout G) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < self.count {
            let end = Swift.min(self.count, start + Int.random(in: 1...longest, using: &generator))
            pieces.append(Array(self[start..<end]))
            start = end
        }
        return pieces
    }
}

/// Whether nothing but this variable refers to the buffer's memory.
func isUnique(_ buffer: inout ByteBuffer) -> Bool {
    let before = unsafe buffer.withUnsafeReadableBytes { $0.baseAddress }
    buffer.setInteger(2 as UInt8, at: buffer.readerIndex)
    return unsafe buffer.withUnsafeReadableBytes { $0.baseAddress } == before
}
