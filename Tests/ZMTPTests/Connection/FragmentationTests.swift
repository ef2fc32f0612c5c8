// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("Fragmentation: octets cut anywhere mean the same")
struct FragmentationTests {
    static let configuration = ConnectionConfiguration(socketType: .router, routingID: "me")

    static func body(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
    }

    /// A whole exchange without large messages.
    static let small =
        Wire.handshake("DEALER", identity: Array("peer".utf8))
        + Wire.message("single") + Wire.message("a", "", "bc") + Wire.message("") + Wire.message("", "")
        + Wire.command("PING", [0, 10, 1, 2]) + Wire.command("HELLO") + Wire.long(4, [4] + Array("PING".utf8) + [0, 0])
        + Wire.short(1, [1]) + Wire.command("PING", [0, 0, 9]) + Wire.short(1, [2]) + Wire.long(0, [3])
        + Wire.message([Self.body(31)]) + Wire.message([Self.body(32)]) + Wire.message([Self.body(33)])
        + Wire.message("end")

    /// The same with messages around the size where the long form begins.
    static let medium =
        Self.small + Wire.message([Self.body(254)]) + Wire.message([Self.body(255)]) + Wire.message([Self.body(256)])
        + Wire.message([Self.body(256), [], Self.body(255), Self.body(40)]) + Wire.command("PING", [0, 0])
        + Wire.message("end")

    static let largeStart = Self.medium.count
    static let large =
        Self.medium + Wire.message([Self.body(70_000)]) + Wire.message([[1], Self.body(70_000), [2]])
        + Wire.command("PING", [0, 0, 5]) + Wire.message("end")

    static func run(_ pieces: [[UInt8]], batch: Int = .max) -> Trace {
        trace(of: pieces, by: Self.configuration, batch: batch)
    }

    @Test("the exchange itself is understood")
    func understands() {
        let trace = Self.run([Self.large])
        #expect(trace.error == nil)
        #expect(trace.isReady)
        #expect(trace.messages.map(\.count) == [1, 3, 1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 3, 1])
        #expect(trace.messages.map(\.byteCount).suffix(4) == [3, 70_000, 70_002, 3])
        let pongs = [[1, 2], [], [9], [], [5]].flatMap { Wire.command("PONG", $0) }
        #expect(trace.output.ends(with: pongs))
    }

    @Test("cut once, at every octet")
    func cutAtEveryOctet() {
        let whole = Self.run([Self.medium])
        let wrong = (0...Self.medium.count).filter { Self.run(Self.medium.cut(at: $0)) != whole }
        #expect(wrong == [])
    }

    @Test("cut once, through large messages")
    func cutThroughLarge() {
        let whole = Self.run([Self.large])
        let first = Self.largeStart
        let edges = [first, first + 70_009, Self.large.count - 40].flatMap { $0 - 20..<$0 + 40 }
        let cuts = edges + stride(from: first, to: Self.large.count, by: 4093)
        let wrong = cuts.filter { Self.run(Self.large.cut(at: min($0, Self.large.count))) != whole }
        #expect(wrong == [])
    }

    @Test("cut twice, at every pair of octets of the handshake's end and the first messages")
    func cutTwice() {
        let bytes = Array(Self.small.prefix(64 + 41 + 50))
        let whole = Self.run([bytes])
        for first in 60..<bytes.count {
            let wrong = (first..<bytes.count).filter { second in
                Self.run([Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]) != whole
            }
            #expect(wrong == [], "first cut at \(first)")
        }
    }

    @Test(
        "octet by octet, and in pieces of every small length",
        arguments: [1, 2, 3, 5, 7, 8, 9, 11, 31, 33, 64, 257, 4096]
    )
    func inPieces(length: Int) {
        #expect(Self.run(Self.large.pieces(of: length)) == Self.run([Self.large]))
    }

    @Test("with an empty piece between all others")
    func withEmptyPieces() {
        #expect(Self.run(Self.medium.pieces(of: 6).flatMap { [$0, []] }) == Self.run([Self.medium]))
    }

    @Test("in random pieces, messages asked for in batches", arguments: 0..<50 as Range<UInt64>)
    func inRandomPieces(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let longest = Int.random(in: 2...600, using: &generator)
        let pieces = Self.medium.pieces(upTo: longest, using: &generator)
        let batch = Int.random(in: 1...5, using: &generator)
        #expect(Self.run(pieces, batch: batch) == Self.run([Self.medium]))
    }

    @Test("two connections with messages both ways", arguments: [1, 2, 3, 7, 10, 11, 53, 63, 64, 65, 255, 1000])
    func pumped(length: Int) {
        var pump = Pump(.dealer, .router, pieceLength: length)
        pump.run()
        pump.sendFromLeft(encoded("one", ["two", "", "three"], Message(Self.body(256)), Message(Self.body(70_000))))
        pump.sendFromLeft(Wire.command("PING", [0, 0, 1]))
        #expect(pump.left.trace.isReady)
        #expect(
            pump.right.trace.messages == [
                "one", ["two", "", "three"], Message(Self.body(256)), Message(Self.body(70_000)),
            ]
        )
        #expect(pump.left.trace.error == nil)
        #expect(pump.right.trace.error == nil)
    }

    @Test("refusals come at the same place", arguments: RefusalTests.notReady.indices)
    func refusals(index: Int) {
        let bytes = Wire.greeting() + RefusalTests.notReady[index].1
        let whole = Self.run([bytes])
        #expect(whole.error != nil)
        #expect(Self.run(bytes.pieces(of: 1)) == whole)
        let wrong = (0...bytes.count).filter { Self.run(bytes.cut(at: $0)) != whole }
        #expect(wrong == [])
    }

    @Test("violations between messages come at the same place", arguments: TrafficTests.violations.indices)
    func violations(index: Int) {
        let bytes = Wire.handshake("DEALER") + Wire.message("before") + TrafficTests.violations[index].1 + [0, 0]
        let whole = Self.run([bytes])
        #expect(whole.error != nil)
        #expect(Self.run(bytes.pieces(of: 1)) == whole)
        let wrong = (0...bytes.count).filter { Self.run(bytes.cut(at: $0)) != whole }
        #expect(wrong == [])
    }
}
