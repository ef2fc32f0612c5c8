// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import ZMTP

/// All that was seen of one connection.
struct Trace: Equatable {
    var events: [ConnectionEvent] = []
    var messages: [Message] = []
    var output: [UInt8] = []
    var error: ZMTPError?

    var isReady: Bool { self.peer != nil }

    var peer: ConnectionEvent.Peer? {
        for case .ready(let peer) in self.events { return peer }
        return nil
    }
}

/// A connection under test, fed by hand, with a trace of what it does.
struct Subject: ~Copyable {
    var connection: Connection
    private(set) var trace = Trace()
    private let batch: Int

    /// A started connection of which `batch` messages are asked for at a time.
    init(_ configuration: ConnectionConfiguration, batch: Int = .max) {
        self.connection = Connection(configuration)
        self.batch = batch
        self.connection.start()
        self.takeOutput()
    }

    init(_ type: SocketType, batch: Int = .max) {
        self.init(ConnectionConfiguration(socketType: type), batch: batch)
    }

    /// Feeds octets and notes all that comes of them.
    mutating func feed(_ bytes: [UInt8]) {
        self.connection.receive(bytes.buffer)
        do throws(ZMTPError) {
            while let event = try self.connection.nextEvent() { self.trace.events.append(event) }
            try self.receiveMessages()
        } catch {
            self.trace.error = error
        }
        self.takeOutput()
    }

    private mutating func receiveMessages() throws(ZMTPError) {
        var queue = MessageQueue()
        do throws(ZMTPError) {
            while true {
                let outcome = try self.connection.receiveMessages(into: &queue, limit: self.batch)
                self.note(&queue)
                switch outcome {
                case .needsMoreBytes: return
                case .limitReached: continue
                case .event(let event): self.trace.events.append(event)
                }
            }
        } catch {
            self.note(&queue)
            throw error
        }
    }

    private mutating func note(_ queue: inout MessageQueue) {
        while let message = queue.popFirst() { self.trace.messages.append(message) }
    }

    mutating func takeOutput() {
        if let output = self.connection.takeOutput() { self.trace.output += [UInt8](buffer: output) }
    }

    /// What was put out since the last call.
    mutating func drainOutput() -> [UInt8] {
        defer { self.trace.output = [] }
        return self.trace.output
    }
}

/// What a connection does when it is fed these pieces one after the other.
func trace(of pieces: [[UInt8]], by configuration: ConnectionConfiguration, batch: Int = .max) -> Trace {
    var subject = Subject(configuration, batch: batch)
    for piece in pieces { subject.feed(piece) }
    return subject.trace
}

/// What a connection of this type does when it is fed all of these octets at once.
func trace(of bytes: [UInt8], by type: SocketType = .dealer) -> Trace {
    trace(of: [bytes], by: ConnectionConfiguration(socketType: type))
}
