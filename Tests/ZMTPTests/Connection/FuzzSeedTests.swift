// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("Fuzzing: whatever a peer sends is an event, a message or an error")
struct FuzzSeedTests {
    static let refused: [(String, [UInt8], ZMTPError.Code)] = [
        ("bindCurveEncrypted", FuzzSeed.bindCurveEncrypted, .mechanismMismatch),
        ("bindCurveRepeated", FuzzSeed.bindCurveRepeated, .malformedGreeting),
        ("bindNullZeros", FuzzSeed.bindNullZeros, .malformedGreeting),
        ("bindNullNoise", FuzzSeed.bindNullNoise, .notZMTP),
        ("connectCurveEncrypted", FuzzSeed.connectCurveEncrypted, .mechanismMismatch),
    ]

    static let seeds =
        refused.map(\.1) + [
            FuzzSeed.connectNullNoise, FuzzSeed.bindNullSubscriber, FuzzSeed.connectNullPublisher,
            FragmentationTests.small,
            Wire.handshake("XSUB") + Wire.command("SUBSCRIBE", [0x41]) + Wire.message("x", "y"),
        ] + OldVersionTests.exchanges

    @Test("broken seeds are refused, whole and octet by octet", arguments: refused.indices)
    func refusesSeeds(index: Int) {
        let (name, bytes, code) = Self.refused[index]
        let whole = trace(of: bytes, by: .sub)
        #expect(whole.error?.code == code, "\(name)")
        #expect(!whole.isReady, "\(name)")
        #expect(trace(of: bytes.pieces(of: 1), by: ConnectionConfiguration(socketType: .sub)) == whole, "\(name)")
    }

    @Test("the seed that spells Socket-Type wrongly is ready, without a type, and ends at the noise behind")
    func endsAtNoise() {
        let trace = trace(of: FuzzSeed.connectNullNoise, by: .sub)
        #expect(trace.peer?.properties.map(\.name) == ["Socket-Txpe"])
        #expect(trace.peer?.socketType == nil)
        #expect(trace.error?.code == .malformedFrame)
        #expect(trace.messages.isEmpty)
    }

    @Test("the seed of a subscriber subscribes")
    func subscribes() {
        let trace = trace(of: FuzzSeed.bindNullSubscriber, by: .pub)
        #expect(trace.error == nil)
        #expect(trace.peer?.socketType == .sub)
        #expect(trace.events.last == .subscribed(ByteBuffer()))
    }

    @Test("the seed of a publisher publishes")
    func publishes() {
        let trace = trace(of: FuzzSeed.connectNullPublisher, by: .sub)
        #expect(trace.error == nil)
        #expect(trace.messages == ["hello", "world"])
    }

    @Test("seeds behind a handshake mean the same however they are cut", arguments: seeds.indices)
    func behindHandshake(index: Int) {
        let bytes = Wire.handshake("DEALER") + Self.seeds[index]
        let configuration = ConnectionConfiguration(socketType: .dealer)
        #expect(trace(of: bytes.pieces(of: 1), by: configuration) == trace(of: [bytes], by: configuration))
    }

    @Test("mutated seeds mean the same however they are cut", arguments: 0..<800 as Range<UInt64>)
    func mutated(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let type: SocketType = [.dealer, .pub, .sub, .router].randomElement(using: &generator) ?? .dealer
        var configuration = ConnectionConfiguration(socketType: type)
        configuration.oldestVersion = [.v10, .v20, .v30].randomElement(using: &generator) ?? .v30
        if Bool.random(using: &generator) {
            configuration.maxFrameSize = 200
            configuration.maxMessageSize = 300
            configuration.maxParts = 3
        }
        let bytes = Self.mutation(using: &generator)
        let whole = trace(of: [bytes], by: configuration)
        let pieces = bytes.pieces(upTo: Int.random(in: 1...40, using: &generator), using: &generator)
        #expect(trace(of: pieces, by: configuration, batch: 2) == whole)
        #expect(trace(of: bytes.pieces(of: 1), by: configuration) == whole)
    }

    /// A seed, sometimes behind a handshake, with some octets replaced, removed or doubled.
    static func mutation(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = Self.seeds.randomElement(using: &generator) ?? []
        if Bool.random(using: &generator) { bytes = Wire.handshake("SUB") + bytes }
        for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.remove(at: place)
            default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
            }
        }
        return bytes
    }
}
