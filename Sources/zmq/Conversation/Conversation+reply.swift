// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

extension Conversation {
    /// REP: writes a request, answers it with the next line of the input.
    func answerFromInput() async throws {
        var pacer = makePacer()
        var replies = 0
        while replies < count, let request = try await requestUnlessInputEnds() {
            try await write(request)
            guard let reply = try await nextFromInput(&pacer) else { return }
            try await socket.send(reply)
            replies += 1
        }
    }

    /// REP, ROUTER, DEALER with `--echo`: writes each message and sends it back.
    func echo() async throws {
        var pacer = makePacer()
        var echoed = 0
        while echoed < count {
            let message = try await socket.receive()
            try await write(message)
            try await pacer.waitForTurn()
            try await socket.send(message)
            echoed += 1
        }
    }

    private enum Happening: Sendable {
        case request(Message)
        case answerIsThere
        case inputEnded
    }

    /// The next request; nil if the input ends first, since nothing could be answered then.
    private func requestUnlessInputEnds() async throws -> Message? {
        try await withThrowingTaskGroup(of: Happening.self) { group in
            group.addTask { .request(try await socket.receive()) }
            group.addTask { try await input.isAtEnd() ? .inputEnded : .answerIsThere }
            defer { group.cancelAll() }
            while let happening = try await group.next() {
                switch happening {
                case .request(let message): return message
                case .inputEnded: return nil
                case .answerIsThere: continue
                }
            }
            return nil
        }
    }
}
