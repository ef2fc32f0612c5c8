// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// The loops that are measured: the public API, one message a call, and nothing beside it.
enum PerfLoops {
    /// Receives `count` messages; the clock starts when the first has arrived.
    static func receive(_ count: Int, from socket: PullSocket, _ load: PerfLoad) async throws -> ArrivalSpan {
        try load.check(try await socket.receive().byteCount)
        let first = ContinuousClock.now
        var received = 1
        while received < count {
            let message = try await socket.receive()
            try load.check(message.byteCount)
            received += 1
        }
        return ArrivalSpan(first: first, last: .now)
    }

    /// Sends `count` messages.
    static func send(_ count: Int, to socket: PushSocket, _ load: PerfLoad) async throws {
        let message = load.makeMessage()
        var sent = 0
        while sent < count {
            try await socket.send(message)
            sent += 1
        }
    }

    /// Receives `count` messages; the clock starts when the first has arrived.
    static func receive(_ count: Int, from socket: SubSocket, _ load: PerfLoad) async throws -> ArrivalSpan {
        try load.check(try await socket.receive().byteCount)
        let first = ContinuousClock.now
        var received = 1
        while received < count {
            let message = try await socket.receive()
            try load.check(message.byteCount)
            received += 1
        }
        return ArrivalSpan(first: first, last: .now)
    }

    /// Publishes as many messages as the load has, each beginning with one of the topics if there are any.
    static func publish(_ load: PerfLoad, on socket: some PublishingSocket, topics: Int = 0) async throws {
        let message = load.makeMessage()
        var octets = PerfTopics.octets(0, size: load.size)
        var sent = 0
        while sent < load.count {
            if topics > 0 {
                // Far from the last one, wherever that was.
                PerfTopics.write(sent &* 7919 % topics, into: &octets)
                try await socket.send(Message(octets))
            } else {
                try await socket.send(message)
            }
            sent += 1
        }
    }

    /// Makes `count` round trips, one after the other.
    static func ask(_ count: Int, of socket: ReqSocket, _ load: PerfLoad) async throws -> Duration {
        let message = load.makeMessage()
        let start = ContinuousClock.now
        var done = 0
        while done < count {
            try await socket.send(message)
            try load.check(try await socket.receive().byteCount)
            done += 1
        }
        return .now - start
    }

    /// Answers `count` requests with themselves.
    static func answer(_ count: Int, on socket: RepSocket, _ load: PerfLoad) async throws {
        var done = 0
        while done < count {
            let message = try await socket.receive()
            try load.check(message.byteCount)
            try await socket.send(message)
            done += 1
        }
    }

    /// Sends each message back to the peer it came from.
    static func echo(_ count: Int, on socket: RouterSocket, _ load: PerfLoad) async throws {
        var done = 0
        while done < count {
            let request = try await socket.receive()
            try load.check(request.message.byteCount)
            try await socket.send(request.message, to: request.peer)
            done += 1
        }
    }

    /// Sends each message back whole, with the address that a proxy has put in front of it.
    static func echo(_ count: Int, on socket: DealerSocket, _ load: PerfLoad) async throws {
        var done = 0
        while done < count {
            let message = try await socket.receive()
            try load.check(message.byteCount - (message.count > load.parts ? message[0].count : 0))
            try await socket.send(message)
            done += 1
        }
    }

    /// Makes `count` round trips, keeping up to `inFlight` of them under way.
    static func converse(
        _ count: Int, inFlight: Int, on socket: DealerSocket, _ load: PerfLoad
    ) async throws -> ArrivalSpan {
        let message = load.makeMessage()
        var sent = 0
        while sent < min(inFlight, count) {
            try await socket.send(message)
            sent += 1
        }
        try load.check(try await socket.receive().byteCount)
        let first = ContinuousClock.now
        var received = 1
        while received < count {
            if sent < count {
                try await socket.send(message)
                sent += 1
            }
            try load.check(try await socket.receive().byteCount)
            received += 1
        }
        return ArrivalSpan(first: first, last: .now)
    }
}
