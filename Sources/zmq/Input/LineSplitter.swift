// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Cuts a stream of bytes into lines; the last one counts even without a newline.
struct LineSplitter {
    private var bytes: [UInt8] = []
    /// Where the line being looked for starts, and up to where there is no newline.
    private var start = 0
    private var searched = 0
    private var number = 0
    private var isFinished = false

    /// What can be taken now.
    enum Next: Equatable {
        case line(InputLine)
        case needsMore
        case end
    }

    /// More bytes have come.
    mutating func append(_ more: [UInt8]) {
        bytes.removeFirst(start)
        searched -= start
        start = 0
        bytes.append(contentsOf: more)
    }

    /// No more bytes will come.
    mutating func finish() { isFinished = true }

    /// Takes the next line.
    mutating func next() -> Next {
        if let newline = bytes[searched...].firstIndex(of: Ascii.newline) {
            return .line(take(upTo: newline, next: newline + 1))
        }
        searched = bytes.count
        guard isFinished else { return .needsMore }
        return start < bytes.count ? .line(take(upTo: bytes.count, next: bytes.count)) : .end
    }

    /// Whether nothing is left to take; nil if that is not known yet.
    var isAtEnd: Bool? {
        if start < bytes.count { return false }
        return isFinished ? true : nil
    }

    private mutating func take(upTo end: Int, next: Int) -> InputLine {
        defer {
            start = next
            searched = next
        }
        number += 1
        return InputLine(bytes: Array(bytes[start..<end]), number: number)
    }
}
