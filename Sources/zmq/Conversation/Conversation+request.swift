// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

extension Conversation {
    /// REQ: sends a line, writes its reply, takes the next line.
    func askAndPrint() async throws {
        var pacer = makePacer()
        var replies = 0
        while replies < count, let request = try await nextFromInput(&pacer) {
            try await socket.send(request)
            try await write(try await socket.receive())
            replies += 1
        }
    }
}
