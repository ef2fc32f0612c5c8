// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Reads a message written as a JSON array: strings, and `{"hex":"…"}` for bytes that are not UTF-8.
///
/// A value, fed with one line; it knows nothing of files. It accepts what RFC 8259 allows for these shapes and nothing
/// else: no numbers, no nesting, no trailing comma. A mistake carries the byte offset in the line where it was seen.
struct JSONMessageParser {
    /// What is wrong, and at which byte of the line.
    struct Mistake: Error, Equatable {
        let offset: Int
        let message: String
    }

    private let line: [UInt8]
    private var position = 0

    private init(_ line: [UInt8]) { self.line = line }

    /// The bytes of each part; there is at least one.
    static func parts(of line: [UInt8]) throws(Mistake) -> [[UInt8]] {
        var parser = JSONMessageParser(line)
        return try parser.array()
    }

    private mutating func array() throws(Mistake) -> [[UInt8]] {
        try expect(Ascii.openBracket, "'[' that opens the array of parts")
        var parts = [try part()]
        while take(Ascii.comma) { parts.append(try part()) }
        try expect(Ascii.closeBracket, "',' or ']'")
        skipBlanks()
        guard position == line.count else { throw unexpected("nothing more after the array") }
        return parts
    }

    private mutating func part() throws(Mistake) -> [UInt8] {
        if take(Ascii.quote) { return try string() }
        if take(Ascii.openBrace) { return try hexObject() }
        throw unexpected("a part: a string or {\"hex\":\"…\"}")
    }

    private mutating func hexObject() throws(Mistake) -> [UInt8] {
        try expect(Ascii.quote, "\"hex\"")
        let start = position
        guard try string() == Array("hex".utf8) else {
            throw Mistake(offset: start, message: "expected the name \"hex\"")
        }
        try expect(Ascii.colon, "':'")
        try expect(Ascii.quote, "a string of hexadecimal digits")
        let digits = position
        let text = try string()
        try expect(Ascii.closeBrace, "'}'")
        do throws(Hex.Mistake) {
            return try Hex.decode(text)
        } catch {
            throw Mistake(offset: digits + error.offset, message: error.message)
        }
    }

    /// The rest of a string whose opening quote has been taken.
    private mutating func string() throws(Mistake) -> [UInt8] {
        let start = position
        var bytes: [UInt8] = []
        while let byte = next() {
            switch byte {
            case Ascii.quote:
                guard String(validating: bytes, as: UTF8.self) != nil else {
                    throw Mistake(
                        offset: start, message: "expected UTF-8 in a string; other bytes go in {\"hex\":\"…\"}")
                }
                return bytes
            case Ascii.backslash:
                try escape(into: &bytes)
            case 0..<0x20:
                position -= 1
                throw unexpected("an escape for a control character")
            default:
                bytes.append(byte)
            }
        }
        throw unexpected("'\"' that closes the string")
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(Mistake) {
        switch next() {
        case Ascii.quote?: bytes.append(Ascii.quote)
        case Ascii.backslash?: bytes.append(Ascii.backslash)
        case UInt8(ascii: "/")?: bytes.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b")?: bytes.append(0x08)
        case UInt8(ascii: "f")?: bytes.append(0x0C)
        case UInt8(ascii: "n")?: bytes.append(0x0A)
        case UInt8(ascii: "r")?: bytes.append(0x0D)
        case UInt8(ascii: "t")?: bytes.append(0x09)
        case UInt8(ascii: "u")?: bytes.append(contentsOf: Array(String(try unicode()).utf8))
        case let other:
            if other != nil { position -= 1 }
            throw unexpected("one of \" \\ / b f n r t u after the backslash")
        }
    }

    /// The character after `\u`, of one or two groups of four digits (RFC 8259, section 7).
    private mutating func unicode() throws(Mistake) -> Character {
        let start = position - 2
        var units = [try unit()]
        if UTF16.isLeadSurrogate(units[0]), line[position...].starts(with: "\\u".utf8) {
            position += 2
            units.append(try unit())
        }
        guard let text = String(validating: units, as: UTF16.self), let character = text.first else {
            throw Mistake(offset: start, message: "expected a whole character: surrogates come in pairs, high then low")
        }
        return character
    }

    private mutating func unit() throws(Mistake) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < line.count, let digit = Hex.value(of: line[position]) else {
                throw unexpected("four hexadecimal digits after \\u")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    // MARK: Tokens

    private mutating func next() -> UInt8? {
        guard position < line.count else { return nil }
        defer { position += 1 }
        return line[position]
    }

    private mutating func skipBlanks() {
        while position < line.count, line[position] == 0x20 || line[position] == 0x09 || line[position] == 0x0D {
            position += 1
        }
    }

    private mutating func take(_ token: UInt8) -> Bool {
        skipBlanks()
        guard position < line.count, line[position] == token else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ token: UInt8, _ expected: String) throws(Mistake) {
        guard take(token) else { throw unexpected(expected) }
    }

    private func unexpected(_ expected: String) -> Mistake {
        let found = position < line.count ? Ascii.describe(line[position]) : "the end of the line"
        return Mistake(offset: position, message: "expected \(expected), not \(found)")
    }
}
