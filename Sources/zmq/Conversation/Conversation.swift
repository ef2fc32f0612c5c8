// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// What a socket verb does between opening its socket and closing it. Each type has its own, in a file of its own.
struct Conversation: Sendable {
    let socket: PatientSocket
    let arguments: SocketArguments
    let reader: MessageReader
    let writer: MessageWriter
    let input = StandardInput()

    init(_ socket: PatientSocket, arguments: SocketArguments) {
        self.socket = socket
        self.arguments = arguments
        self.reader = MessageReader(format: arguments.format, socketType: socket.base.type)
        self.writer = MessageWriter(format: arguments.format)
    }

    /// How many messages end it.
    var count: Int { arguments.count ?? .max }

    /// Talks as the type does, until there is no more to say.
    func run(echo: Bool) async throws {
        switch socket.base.type {
        case _ where echo: try await self.echo()
        case .push, .pub: try await sendInput(atMost: count)
        case .pull, .sub: try await receive(atMost: count)
        case .req: try await askAndPrint()
        case .rep: try await answerFromInput()
        default: try await talkBothWays()
        }
    }

    /// A pacer for the messages that this conversation sends.
    func makePacer() -> Pacer {
        Pacer(delay: arguments.delay, interval: arguments.interval)
    }

    /// The next message of the input; nil at its end. The time it takes is ours, not the peer's.
    func nextFromInput(_ pacer: inout Pacer) async throws -> Message? {
        try await socket.patience.whileBusy {
            guard let next = try await input.next() else { return nil }
            let message = try reader.message(from: next)
            try await pacer.waitForTurn()
            return message
        }
    }

    /// Writes one message.
    func write(_ message: Message) async throws {
        var output: [UInt8] = []
        writer.append(message, to: &output)
        try await StandardOutput.write(output)
    }
}
