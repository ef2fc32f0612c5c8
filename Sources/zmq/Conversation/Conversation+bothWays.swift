// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

extension Conversation {
    private enum Half: Sendable {
        case sending
        case receiving
    }

    /// DEALER, ROUTER, PAIR: sends the input and writes what is received, at the same time.
    ///
    /// With `--count` it ends when both halves are done; without it, at the end of the input.
    func talkBothWays() async throws {
        try await withThrowingTaskGroup(of: Half.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await sendInput(atMost: .max)
                return .sending
            }
            group.addTask {
                try await receive(atMost: count)
                return .receiving
            }
            while let half = try await group.next() {
                if half == .sending, arguments.count == nil { return }
            }
        }
    }
}
