// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

extension Double {
    /// The number with exactly three decimals, as `%.3f` prints it.
    var withThreeDecimals: String {
        guard isFinite, magnitude < 1e15 else { return "\(self)" }
        let thousandths = Int64((magnitude * 1000).rounded())
        let decimals = String(thousandths % 1000)
        let sign = self < 0 && thousandths > 0 ? "-" : ""
        return "\(sign)\(thousandths / 1000)." + String(repeating: "0", count: 3 - decimals.count) + decimals
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { self / .seconds(1) }

    /// The duration for people: `2 s`, `0.5 s`.
    var inSeconds: String {
        var text = seconds.withThreeDecimals
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text + " s"
    }
}
