// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP

@Suite("RFC 37, Framing: header")
struct FrameHeaderTests {
    private func parse(_ bytes: [UInt8]) -> FrameHeader.ParseResult {
        unsafe bytes.withUnsafeBytes { unsafe FrameHeader.parse($0) }
    }

    private func header(_ bytes: [UInt8]) -> FrameHeader? {
        if case .header(let header) = self.parse(bytes) { header } else { nil }
    }

    private func error(_ bytes: [UInt8]) -> ZMTPError? {
        if case .invalid(let error) = self.parse(bytes) { error } else { nil }
    }

    private func missing(_ bytes: [UInt8]) -> Int? {
        if case .missing(let count) = self.parse(bytes) { count } else { nil }
    }

    private func written(flags: UInt8, bodyLength: Int) -> [UInt8] {
        let capacity = FrameHeader.longLength
        return unsafe Array(unsafeUninitializedCapacity: capacity) { (space, count) in
            guard let base = UnsafeMutableRawPointer(space.baseAddress) else { return }
            count = unsafe FrameHeader.write(to: base, flags: flags, bodyLength: bodyLength)
        }
    }

    @Test("knows the six legal flags and refuses all others", arguments: UInt8.min...UInt8.max)
    func checksFlags(flags: UInt8) {
        let header = self.header([flags, 0, 0, 0, 0, 0, 0, 0, 7])
        if [0, 1, 2, 3, 4, 6].contains(flags) {
            #expect(header?.hasMore == (flags & 1 != 0))
            #expect(header?.isCommand == (flags & 4 != 0))
            #expect(header?.bodyLength == (flags & 2 != 0 ? 7 : 0))
            #expect(header?.headerLength == (flags & 2 != 0 ? 9 : 2))
            #expect(header?.frameLength == (flags & 2 != 0 ? 16 : 2))
        } else {
            #expect(self.error([flags])?.code == .malformedFrame)
        }
    }

    @Test("says how much is missing", arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8])
    func countsMissing(count: Int) {
        let long = Wire.longHeader(0, size: 300)
        // Without the flags octet nobody knows that the header is long.
        #expect(self.missing(Array(long.prefix(count))) == (count == 0 ? 2 : 9 - count))
        #expect(self.missing([0]) == 1)
    }

    @Test("is written in the shortest form", arguments: FrameEncoderTests.sizes + [1 << 32])
    func writesShortestForm(length: Int) {
        let expected = length <= 255 ? [1, UInt8(length)] : Wire.longHeader(1, size: UInt64(length))
        #expect(self.written(flags: 1, bodyLength: length) == expected)
        #expect(FrameHeader.length(forBody: length) == expected.count)
        #expect(self.header(expected)?.bodyLength == length)
    }

    @Test("of 300 octets is as in the vector")
    func writesVector() {
        #expect(self.written(flags: 0, bodyLength: 300) == octets("02 00 00 00 00 00 00 01 2C"))
    }

    @Test(
        "refuses a size with the top bit set",
        arguments: [0x8000_0000_0000_0000, 0x8000_0000_0000_0001, 0xFFFF_FFFF_FFFF_FFFF] as [UInt64]
    )
    func refusesHugeSize(size: UInt64) {
        #expect(self.error(Wire.longHeader(0, size: size))?.code == .malformedFrame)
    }

    @Test(
        "accepts sizes up to what an address space may hold",
        arguments: [0, 255, 0x8000_0000, 0x100_0000_0000, 0x7FFF_FFFF_FFFF_FFF6] as [UInt64]
    )
    func acceptsLargeSize(size: UInt64) {
        #expect(self.header(Wire.longHeader(0, size: size))?.bodyLength == Int(size))
    }
}
