// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Refuses values of options that are outside their limits, in words that name the option and what was expected.
enum OptionRule {
    /// A whole number in a range; nil is always allowed.
    static func check(
        _ name: String, _ value: Int?, in range: ClosedRange<Int>, none: String
    ) throws(ZeroMQError) {
        guard let value, !range.contains(value) else { return }
        let limit = range.upperBound == Int.max ? "at least \(range.lowerBound)" : Self.text(range)
        throw Self.error("\(name): expected \(limit), or nil for \(none), got \(value)")
    }

    /// A whole number in a range.
    static func check(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws(ZeroMQError) {
        guard !range.contains(value) else { return }
        throw Self.error("\(name): expected \(Self.text(range)), got \(value)")
    }

    /// A time in a range; nil is always allowed.
    static func check(
        _ name: String, _ value: Duration?, in range: ClosedRange<Duration>, none: String
    ) throws(ZeroMQError) {
        guard let value, !range.contains(value) else { return }
        throw Self.error(
            "\(name): expected \(range.lowerBound) to \(range.upperBound), or nil for \(none), got \(value)")
    }

    /// What this platform cannot do, asked for or not.
    static func check(_ name: String, isUsed: Bool, worksHere: Bool) throws(ZeroMQError) {
        guard isUsed, !worksHere else { return }
        throw ZeroMQError(.notSupported, "\(name): this platform has no such option; expected it unset")
    }

    static func error(_ text: String) -> ZeroMQError { ZeroMQError(.invalidOption, text) }

    private static func text(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
}
