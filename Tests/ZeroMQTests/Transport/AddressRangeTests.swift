// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Ranges of addresses")
struct AddressRangeTests {
    @Test(
        "hold the addresses that agree in the prefix, and no others",
        arguments: [
            ("10.0.0.7", [10, 0, 0, 7], true), ("10.0.0.7", [10, 0, 0, 8], false),
            ("192.168.0.0/16", [192, 168, 255, 1], true), ("192.168.0.0/16", [192, 169, 0, 1], false),
            ("10.1.2.3/8", [10, 9, 9, 9], true), ("0.0.0.0/0", [1, 2, 3, 4], true),
            ("172.16.0.0/12", [172, 31, 0, 1], true), ("172.16.0.0/12", [172, 32, 0, 1], false),
            ("10.0.0.7/32", [10, 0, 0, 7], true), ("10.0.0.6/31", [10, 0, 0, 7], true),
        ] as [(String, [UInt8], Bool)])
    func ipv4(text: String, address: [UInt8], isInside: Bool) throws {
        let range = try AddressRange(text)
        #expect(range.contains(address) == isInside)
        // The same peer seen by a listener for both families.
        #expect(range.contains(Array(repeating: 0, count: 10) + [0xFF, 0xFF] + address) == isInside)
    }

    @Test("of IPv6 hold IPv6 addresses alone")
    func ipv6() throws {
        let range = try AddressRange("fd00:1::/32")
        let inside: [UInt8] = [0xFD, 0, 0, 1] + Array(repeating: 9, count: 12)
        #expect(range.contains(inside))
        #expect(!range.contains([0xFD, 0, 0, 2] + Array(repeating: 9, count: 12)))
        #expect(try !AddressRange("::/0").contains([10, 0, 0, 7]))
        #expect(try AddressRange("::1").contains(Array(repeating: 0, count: 15) + [1]))
        #expect(try AddressRange("::ffff:10.0.0.0/104").contains([10, 1, 2, 3]))
    }

    @Test(
        "have one form",
        arguments: [("10.1.2.3/8", "10.0.0.0/8"), ("::ffff:1.2.3.4", "1.2.3.4/32"), ("::1", "::1/128")])
    func form(text: String, expected: String) throws {
        #expect(try AddressRange(text).description == expected)
    }

    @Test(
        "are numeric, with a prefix that fits",
        arguments: [
            "", "localhost", "10.0.0", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/-1", "10.0.0.1/+8", "::1/129",
            "1.2.3.4/8/8", "::ffff:1.2.3.4/95", "/8",
        ])
    func refused(text: String) {
        let error = #expect(throws: ZeroMQError.self) { try AddressRange(text) }
        #expect(error?.code == .invalidOption)
        #expect(error?.message.contains("ZMQ_TCP_ACCEPT_FILTER") == true)
    }
}
