// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// What a measurement moves: so many messages of such a size.
struct PerfLoad: Sendable {
    /// The bytes in each part.
    let size: Int
    /// The messages, or round trips.
    let count: Int
    /// The parts in each message.
    let parts: Int
    /// Whether to run on the socket's event loop instead of the global executor.
    let onLoop: Bool

    /// The bytes in one message.
    var byteCount: Int { size * parts }

    /// One such message. Sending a copy of it costs what sending a fresh one would.
    func makeMessage() -> Message {
        let part = Message.Part(repeatElement(UInt8(0), count: size))
        return Message(parts: repeatElement(part, count: parts))
    }

    /// The share of one of `peers` sockets in the whole count; the first ones take what cannot be divided.
    func share(of peer: Int, among peers: Int) -> Int {
        count / peers + (peer < count % peers ? 1 : 0)
    }

    /// Runs a measuring loop where the options say.
    func run<Result: Sendable>(on socket: any Socket, _ loop: () async throws -> Result) async throws -> Result {
        guard onLoop else { return try await loop() }
        return try await withTaskExecutorPreference(socket.executor, operation: loop)
    }

    /// Refuses a message that is not what the other side was told to send.
    @inline(__always)
    func check(_ bytes: Int) throws(ToolFailure) {
        guard bytes == byteCount else { throw wrongSize(bytes) }
    }

    private func wrongSize(_ bytes: Int) -> ToolFailure {
        .failed("message of \(bytes) bytes received, expected MESSAGE-SIZE \(size) in \(parts) parts")
    }
}
