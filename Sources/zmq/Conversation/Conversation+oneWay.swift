// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

extension Conversation {
    /// Sends the lines of the input, each as soon as a peer can take it.
    func sendInput(atMost count: Int) async throws {
        var pacer = makePacer()
        var sent = 0
        while sent < count, let message = try await nextFromInput(&pacer) {
            try await socket.send(message)
            sent += 1
        }
    }

    /// Writes what is received. Messages that have come together are written together, as many as fit into a portion.
    func receive(atMost count: Int) async throws {
        var received = 0
        while received < count {
            var output: [UInt8] = []
            writer.append(try await socket.receive(), to: &output)
            received += 1
            while received < count, let message = try socket.tryReceive() {
                let end = output.count
                writer.append(message, to: &output)
                received += 1
                guard output.count > StandardOutput.portion else { continue }
                try await StandardOutput.write(Array(output[..<end]))
                output.removeFirst(end)
            }
            try await StandardOutput.write(output)
        }
    }
}
