// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser

/// Readers for the values of options. What they refuse is named together with what was expected.
enum Expecting {
    /// A whole number not below `minimum`.
    static func wholeNumber(from minimum: Int) -> @Sendable (String) throws -> Int {
        { text in
            guard let number = Int(text), number >= minimum else {
                throw ValidationError("expected a whole number from \(minimum)")
            }
            return number
        }
    }

    /// A number of seconds: digits, with a decimal point where wanted.
    @Sendable
    static func seconds(_ text: String) throws -> Duration {
        let isDecimal = text.allSatisfy { ("0"..."9").contains($0) || $0 == "." }
        guard isDecimal, let seconds = Double(text), seconds <= 1e9 else {
            throw ValidationError("expected a number of seconds such as 2 or 0.5")
        }
        return .seconds(seconds)
    }

    /// A number of seconds that is not 0.
    @Sendable
    static func someSeconds(_ text: String) throws -> Duration {
        let duration = try seconds(text)
        guard duration > .zero else { throw ValidationError("expected more than 0 seconds") }
        return duration
    }
}
