// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

extension Conversation {
    /// Sends the lines of the input, each as soon as a peer can take it.
    func sendInput(atMost count: Int) async throws {
        var pacer = makePacer()
        var sent = 0
        while sent < count, let message = try await nextFromInput(&pacer) {
            try await line.send(message)
            sent += 1
        }
    }

    /// Writes what is received. Messages that have come together are written together.
    func receive(atMost count: Int) async throws {
        var received = 0
        while received < count {
            var output: [UInt8] = []
            writer.append(try await line.receive(), to: &output)
            received += 1
            while received < count, output.count < 65_536, let message = try line.tryReceive() {
                writer.append(message, to: &output)
                received += 1
            }
            try await StandardOutput.write(output)
        }
    }
}
