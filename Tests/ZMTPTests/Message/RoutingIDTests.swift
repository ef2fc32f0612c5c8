// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP

@Suite("RFC 37, The Identity Property: routing ids")
struct RoutingIDTests {
    @Test("have 1 to 255 octets", arguments: [0, 1, 2, 32, 33, 254, 255, 256, 1000])
    func checksLength(count: Int) throws {
        let octets = [UInt8](repeating: 0x41, count: count)
        let text = String(repeating: "A", count: count)
        if (1...255).contains(count) {
            #expect(try [UInt8](RoutingID(octets).part) == octets)
            #expect(try RoutingID(text) == RoutingID(octets))
        } else {
            #expect(throws: ZMTPError.self) { try RoutingID(octets) }
            #expect(throws: ZMTPError.self) { try RoutingID(text) }
        }
    }

    @Test("do not begin with a zero octet", arguments: [1, 5, 255])
    func refusesZero(count: Int) throws {
        let octets = [UInt8](repeating: 0, count: count)
        let error = #expect(throws: ZMTPError.self) { try RoutingID(octets) }
        #expect(error?.code == .invalidRoutingID)
        _ = try RoutingID([1] + octets.dropLast())
    }

    @Test("are equal by their octets")
    func compares() throws {
        #expect(try RoutingID([0x61]) == "a")
        #expect("a" as RoutingID != "b")
        #expect(Set(["a", "a", "b"] as [RoutingID]).count == 2)
    }

    @Test("that are generated begin with a zero octet and differ")
    func generates() {
        let ids = [0, 1, 255, 256, 65_536, .max].map { RoutingID.generated($0) }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.part.first == 0 && $0.part.count == 5 })
        #expect([UInt8](RoutingID.generated(0x0102_0304).part) == [0, 1, 2, 3, 4])
    }

    @Test("are shown as text if it is printable, otherwise in hexadecimal")
    func describes() throws {
        #expect("\("worker 1" as RoutingID)" == "worker 1")
        #expect(try "\(RoutingID([0x0A, 0xFF]))" == "0x0aff")
    }
}
