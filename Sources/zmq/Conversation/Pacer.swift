// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// `--delay` and `--interval`: the time before the first message sent, and between two.
struct Pacer {
    private let interval: Duration
    private var pause: Duration

    init(delay: Duration, interval: Duration) {
        self.pause = delay
        self.interval = interval
    }

    /// Waits until the next message may be sent.
    mutating func waitForTurn() async throws {
        let pause = pause
        self.pause = interval
        if pause > .zero { try await Task.sleep(for: pause) }
    }
}
