// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP

/// Two connections joined in memory.
///
/// Octets go to and fro until nothing moves, cut into pieces of `pieceLength`.
struct Pump: ~Copyable {
    var left: Subject
    var right: Subject
    private let pieceLength: Int

    init(_ left: ConnectionConfiguration, _ right: ConnectionConfiguration, pieceLength: Int = .max) {
        self.left = Subject(left)
        self.right = Subject(right)
        self.pieceLength = pieceLength
    }

    init(_ left: SocketType, _ right: SocketType, pieceLength: Int = .max) {
        self.init(
            ConnectionConfiguration(socketType: left),
            ConnectionConfiguration(socketType: right),
            pieceLength: pieceLength
        )
    }

    /// Shovels until both are silent, which they must be soon.
    mutating func run() {
        for _ in 0..<100 {
            let toRight = self.left.drainOutput()
            let toLeft = self.right.drainOutput()
            if toRight.isEmpty, toLeft.isEmpty { return }
            for piece in toRight.inPieces(self.pieceLength) { self.right.feed(piece) }
            for piece in toLeft.inPieces(self.pieceLength) { self.left.feed(piece) }
        }
        Issue.record("two connections do not stop talking")
    }

    /// Lets the left side's application send.
    mutating func sendFromLeft(_ bytes: [UInt8]) {
        for piece in bytes.inPieces(self.pieceLength) { self.right.feed(piece) }
        self.run()
    }
}

extension Array where Element == UInt8 {
    fileprivate func inPieces(_ length: Int) -> [[UInt8]] {
        length >= self.count ? [self] : self.pieces(of: length)
    }
}

/// The canonical frames of messages, made by the encoder that sending uses.
func encoded(_ messages: Message...) -> [UInt8] {
    var buffer = RawBuffer()
    for message in messages { buffer.append(message) }
    return unsafe buffer.withUnsafeBytes { unsafe Array($0) }
}
