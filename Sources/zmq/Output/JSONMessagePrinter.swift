// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// A message as a JSON array: each part a string if it is valid UTF-8, an object `{"hex":"…"}` if it is not.
enum JSONMessagePrinter {
    /// Adds the array to `output`, without a newline.
    static func append(_ message: Message, to output: inout [UInt8]) {
        output.append(Ascii.openBracket)
        var isFirst = true
        for part in message {
            if !isFirst { output.append(Ascii.comma) }
            isFirst = false
            append(part, to: &output)
        }
        output.append(Ascii.closeBracket)
    }

    private static func append(_ part: Message.Part, to output: inout [UInt8]) {
        guard String(validating: part, as: UTF8.self) != nil else {
            output.append(contentsOf: "{\"hex\":\"".utf8)
            Hex.append(part, to: &output)
            output.append(contentsOf: "\"}".utf8)
            return
        }
        output.append(Ascii.quote)
        for byte in part { appendEscaped(byte, to: &output) }
        output.append(Ascii.quote)
    }

    static func appendEscaped(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case Ascii.quote, Ascii.backslash:
            output.append(Ascii.backslash)
            output.append(byte)
        case 0x08: output.append(contentsOf: "\\b".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0C: output.append(contentsOf: "\\f".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        case 0..<0x20:
            output.append(contentsOf: "\\u00".utf8)
            Hex.append(CollectionOfOne(byte), to: &output)
        default: output.append(byte)
        }
    }
}
