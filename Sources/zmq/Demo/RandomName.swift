// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A printable name that no other process is likely to have: `XXXX-XXXX`, in hexadecimal.
func randomName() -> String {
    func group() -> String {
        let digits = String(UInt16.random(in: 0...UInt16.max), radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
    return group() + "-" + group()
}
