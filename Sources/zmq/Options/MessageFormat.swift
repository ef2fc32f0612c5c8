// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser

/// How messages are written and read.
enum MessageFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
    /// One single-part message a line, byte for byte; received parts are joined.
    case text
    /// As text, each byte as two hexadecimal digits.
    case hex
    /// One message a line, an array of parts.
    case json
}
