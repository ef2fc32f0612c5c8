// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Messages to lines of output, in the format asked for.
struct MessageWriter: Sendable {
    let format: MessageFormat

    /// Adds the message and a newline to `output`.
    func append(_ message: Message, to output: inout [UInt8]) {
        switch format {
        case .text:
            for part in message { output.append(contentsOf: part) }
        case .hex:
            for part in message { Hex.append(part, to: &output) }
        case .json:
            JSONMessagePrinter.append(message, to: &output)
        }
        output.append(Ascii.newline)
    }
}
