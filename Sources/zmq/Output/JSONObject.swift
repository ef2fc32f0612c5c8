// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A JSON object in one line, its members in the order in which they were added. What is nil is left out.
struct JSONObject {
    private var bytes: [UInt8] = []

    /// The object as text.
    var text: String { "{" + String(decoding: bytes, as: UTF8.self) + "}" }

    /// Adds a string.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        begin(name)
        bytes.append(Ascii.quote)
        for byte in value.utf8 { JSONMessagePrinter.appendEscaped(byte, to: &bytes) }
        bytes.append(Ascii.quote)
    }

    /// Adds a whole number.
    mutating func add(_ name: String, _ value: Int?) {
        guard let value else { return }
        begin(name)
        bytes.append(contentsOf: "\(value)".utf8)
    }

    /// Adds true or false.
    mutating func add(_ name: String, _ value: Bool?) {
        guard let value else { return }
        begin(name)
        bytes.append(contentsOf: "\(value)".utf8)
    }

    /// Adds a time in milliseconds, with three decimals.
    mutating func add(_ name: String, _ value: Duration?) {
        guard let value else { return }
        begin(name)
        bytes.append(contentsOf: value.inMilliseconds.utf8)
    }

    /// Adds an object.
    mutating func add(_ name: String, _ value: JSONObject) {
        begin(name)
        bytes.append(contentsOf: value.text.utf8)
    }

    private mutating func begin(_ name: String) {
        if !bytes.isEmpty { bytes.append(Ascii.comma) }
        bytes.append(contentsOf: "\"".utf8)
        for byte in name.utf8 { JSONMessagePrinter.appendEscaped(byte, to: &bytes) }
        bytes.append(contentsOf: "\":".utf8)
    }
}

extension Duration {
    /// The number of milliseconds with three decimals.
    var inMilliseconds: String {
        let (seconds, attoseconds) = components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let fraction = "\(abs(microseconds) % 1000)"
        return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }
}
