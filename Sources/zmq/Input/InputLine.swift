// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// One line of standard input, without its newline, byte for byte.
struct InputLine: Sendable, Equatable {
    /// Its bytes.
    let bytes: [UInt8]
    /// Its number, counting from 1.
    let number: Int

    /// A complaint about this line, naming the column of the byte at `offset`.
    ///
    /// Columns are counted in characters from 1, as editors show them: bytes that continue a character do not count.
    func failure(at offset: Int, _ message: String) -> ToolFailure {
        let column = bytes.prefix(offset).count { $0 & 0xC0 != 0x80 } + 1
        return .failed("standard input: line \(number), column \(column): \(message)")
    }
}
