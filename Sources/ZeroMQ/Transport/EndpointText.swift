// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The text being read and what for, so that every complaint about it can name both.
struct EndpointText {
    let text: String
    let purpose: Endpoint.Purpose

    /// An error that quotes the text.
    func error(_ problem: String, _ code: ZeroMQError.Code = .invalidEndpoint) -> ZeroMQError {
        ZeroMQError(code, "cannot \(self.purpose.phrase) \(self.quoted): \(problem)")
    }

    /// The text in quotes, control characters escaped, and cut where nobody would read on.
    private var quoted: String {
        let limit = 300
        guard self.text.utf8.count > limit else { return self.text.debugDescription }
        return "\(String(self.text.prefix(limit)).debugDescription)…"
    }
}
