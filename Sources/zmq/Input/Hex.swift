// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Bytes as hexadecimal digits: lower case when written, either case when read.
enum Hex {
    /// What is wrong with a text that should be hexadecimal, and at which byte of it.
    struct Mistake: Error, Equatable {
        let offset: Int
        let message: String
    }

    /// Adds two digits for each byte.
    static func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
        for byte in bytes {
            output.append(digit(byte >> 4))
            output.append(digit(byte & 0x0F))
        }
    }

    /// The bytes that the digits stand for.
    static func decode(_ digits: some RandomAccessCollection<UInt8>) throws(Mistake) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for (offset, character) in digits.enumerated() {
            guard let value = value(of: character) else {
                throw Mistake(
                    offset: offset, message: "expected a hexadecimal digit, not \(Ascii.describe(character))")
            }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        guard high == nil else {
            throw Mistake(
                offset: digits.count, message: "expected an even number of hexadecimal digits, not \(digits.count)")
        }
        return bytes
    }

    /// The value of one digit; nil if it is none.
    static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
