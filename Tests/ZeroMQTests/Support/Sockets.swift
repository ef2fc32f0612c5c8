// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZeroMQ

/// Runs a test with a context that waits for nobody at the end.
func withSockets<Value>(_ body: (Context) async throws -> Value) async throws -> Value {
    try await withContext(shutdownWithin: .zero, body)
}

/// Binds one socket to a new endpoint and connects the other one to it.
@discardableResult
func join(_ binder: some Socket, _ connector: some Socket, over transport: Transport) async throws -> String {
    let endpoint = try await binder.bind(to: transport.wildcard())
    try await connector.connect(to: endpoint)
    return endpoint
}

/// Keeps sockets open until here: one that nobody holds any more is closed.
func keepOpen(_ sockets: any Socket...) {
    withExtendedLifetime(sockets) {}
}

extension SocketOptions {
    /// The defaults with some changes.
    static func with(_ change: (inout SocketOptions) -> Void) -> SocketOptions {
        var options = SocketOptions()
        change(&options)
        return options
    }

    /// High-water marks for both ways.
    static func marks(sending: Int?, receiving: Int?) -> SocketOptions {
        .with {
            $0.sendHighWaterMark = sending
            $0.receiveHighWaterMark = receiving
        }
    }
}

extension ReconnectPolicy {
    /// For tests in which a peer comes back.
    static let quick = ReconnectPolicy(initialDelay: .milliseconds(2), maxDelay: .milliseconds(20))
}

extension Message {
    /// A message that holds a number.
    init(number: Int) { self.init("\(number)") }

    /// The number in the first part.
    var number: Int? { Int(String(self[0])) }

    /// The first part as text.
    var text: String { String(self[0]) }

    /// A message of one part with so many octets, each different from its neighbours.
    init(size: Int) { self.init(Part(size: size)) }

    /// The message with the empty delimiter in front.
    var delimited: Message {
        var message = self
        message.prepend("")
        return message
    }
}

extension Message.Part {
    /// A part with so many octets, each different from its neighbours.
    init(size: Int) {
        let pattern = (0..<Swift.min(size, 251)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
        var buffer = ByteBuffer()
        while buffer.readableBytes + pattern.count <= size, size > 0 { buffer.writeBytes(pattern) }
        buffer.writeBytes(pattern.prefix(size - buffer.readableBytes))
        self.init(buffer: buffer)
    }
}

/// Expects that something fails with a certain code.
@discardableResult
func expectError<Value>(
    _ code: ZeroMQError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async -> ZeroMQError? {
    let error = await #expect(throws: ZeroMQError.self, sourceLocation: sourceLocation) { _ = try await body() }
    #expect(error?.code == code, "\(error.map { "\($0)" } ?? "no error")", sourceLocation: sourceLocation)
    return error
}

/// Sends numbers, in order.
func send(_ numbers: Range<Int>, to socket: some SendingSocket) async throws {
    for number in numbers { try await socket.send(Message(number: number)) }
}

/// Receives as many messages as there are numbers in the range and expects them to be these, in order.
func expect(
    _ numbers: Range<Int>,
    from socket: some ReceivingSocket<Message>,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    var received: [Int] = []
    received.reserveCapacity(numbers.count)
    while received.count < numbers.count { received.append(try await socket.receive().number ?? -1) }
    #expect(received.elementsEqual(numbers), "\(firstDifference(received, numbers))", sourceLocation: sourceLocation)
}

private func firstDifference(_ received: [Int], _ expected: Range<Int>) -> String {
    guard let pair = zip(received, expected).first(where: { $0 != $1 }) else { return "none" }
    return "received \(pair.0) where \(pair.1) was expected"
}

/// Whether something was sent in time.
func sends(_ body: () async throws -> Void) async throws -> Bool {
    do {
        try await body()
        return true
    } catch let error as ZeroMQError where error.code == .timedOut {
        return false
    }
}
