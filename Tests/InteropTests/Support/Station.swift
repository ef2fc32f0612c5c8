// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// A PUB, SUB, XPUB or XSUB socket of either side, so that one test plays both ways.
struct Station: Sendable {
    /// Whose socket it is.
    enum Side: String, Sendable, CaseIterable {
        case ours, theirs

        var other: Side { self == .ours ? .theirs : .ours }
    }

    private enum Kind: Sendable {
        case ours(AnySocket)
        case theirs(ForeignSocket)
    }

    let type: SocketType
    private let kind: Kind

    /// Makes a socket.
    ///
    /// - Parameters:
    ///   - type: PUB, SUB, XPUB or XSUB.
    ///   - side: Whose it is.
    ///   - place: Where the sockets of both sides live.
    ///   - options: What it shall be like if it is ours. Our reconnecting is quick.
    ///   - foreign: The same for libzmq.
    /// - Throws: If one of the options is wrong, or the peer has ended.
    init(
        _ type: SocketType, _ side: Side, in place: (Context, ForeignPeer), _ options: SocketOptions = SocketOptions(),
        foreign: [String: ForeignPeer.Option] = [:]
    ) async throws {
        self.type = type
        switch side {
        case .ours:
            var options = options
            options.reconnect = ReconnectPolicy(initialDelay: .milliseconds(10), maxDelay: .milliseconds(50))
            self.kind = .ours(try place.0.makeSocket(type, options))
        case .theirs:
            let options = ["reconnect_ivl": 10].merging(foreign) { $1 }
            self.kind = .theirs(try await place.1.open(type, options))
        }
    }

    @discardableResult
    func bind(to endpoint: String = "tcp://127.0.0.1:*") async throws -> String {
        switch self.kind {
        case .ours(let socket):
            // A process that is just being started holds every descriptor of this one for a moment, so that an endpoint
            // that was unbound may be in use still. The foreign peer tries again for the same reason.
            for _ in 0..<500 {
                do {
                    return try await socket.bind(to: endpoint)
                } catch let error as ZeroMQError where error.code == .addressInUse {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            return try await socket.bind(to: endpoint)
        case .theirs(let socket): return try await socket.bind(to: endpoint)
        }
    }

    func connect(to endpoint: String) async throws {
        switch self.kind {
        case .ours(let socket): try await socket.connect(to: endpoint)
        case .theirs(let socket): try await socket.connect(to: endpoint)
        }
    }

    func subscribe(to topic: Message.Part) async throws {
        switch self.kind {
        case .ours(let socket): try socket.subscribe(to: topic)
        case .theirs(let socket): try await socket.subscribe(to: topic)
        }
    }

    func unsubscribe(from topic: Message.Part) async throws {
        switch self.kind {
        case .ours(let socket): try socket.unsubscribe(from: topic)
        case .theirs(let socket): try await socket.unsubscribe(from: topic)
        }
    }

    func send(_ message: Message) async throws {
        switch self.kind {
        case .ours(let socket): try await socket.send(message)
        case .theirs(let socket): try await socket.send(message)
        }
    }

    /// Whether the message could be sent in time.
    func send(_ message: Message, within limit: Duration) async throws -> Bool {
        do {
            switch self.kind {
            case .ours(let socket): try await socket.send(message, within: limit)
            case .theirs(let socket): try await socket.send(message, within: limit)
            }
            return true
        } catch let error as ZeroMQError where error.code == .timedOut {
            return false
        } catch let error as ForeignPeer.Failure where error.code == "EAGAIN" {
            return false
        }
    }

    /// Sends the message `count` times, each with a number from 0 on as a last part of its own.
    func sendMany(_ count: Int, _ parts: [Message.Part]) async throws {
        switch self.kind {
        case .ours(let socket):
            for number in 0..<count { try await socket.send(Message(parts: parts + [Message.Part("\(number)")])) }
        case .theirs(let socket): try await socket.sendMany(count, parts)
        }
    }

    func receive(within limit: Duration = .seconds(20)) async throws -> Message? {
        switch self.kind {
        case .ours(let socket): try await socket.receive(within: limit)
        case .theirs(let socket): try await socket.receive(within: limit)
        }
    }

    /// Receives so many messages; throws if they do not come.
    func receive(_ count: Int) async throws -> [Message] {
        var messages: [Message] = []
        switch self.kind {
        case .ours(let socket):
            while messages.count < count, let message = try await socket.receive(within: .seconds(20)) {
                messages.append(message)
            }
        case .theirs(let socket):
            messages = try await socket.receiveMany(count, within: .seconds(20))
        }
        guard messages.count == count else {
            throw Silence(description: "\(messages.count) messages came where \(count) were expected")
        }
        return messages
    }

    /// As an XPUB, receives so many subscriptions, in words.
    func subscriptions(_ count: Int) async throws -> [String] {
        try await self.receive(count).map { message in
            guard let subscription = Subscription(message) else { return "message \(message.text)" }
            return (subscription.isCancellation ? "-" : "+") + String(subscription.topic)
        }
    }

    func close() async throws {
        switch self.kind {
        case .ours(let socket): await socket.close()
        case .theirs(let socket): try await socket.close()
        }
    }

    /// As a publisher, returns when a subscriber's subscriptions, all that it made so far, have arrived.
    ///
    /// The subscriber asks for a topic that nobody else asks for. Since they arrive in order, that comes last. As an
    /// XPUB, what comes before is taken.
    func settle(_ subscriber: Station) async throws {
        let mark = Message.Part("!\(Fresh.number())")
        try await subscriber.subscribe(to: mark)
        if self.type == .xpub {
            while let message = try await self.receive(), message != Subscription(mark).message {}
        } else {
            try await self.publishUntilHeard(mark, by: subscriber)
        }
        try await subscriber.unsubscribe(from: mark)
    }

    /// Publishes until a subscriber hears it, since a PUB says nothing of those it has; then all that was published is
    /// received.
    func publishUntilHeard(_ topic: Message.Part, by subscriber: Station) async throws {
        let isHeard = try await eventually {
            try await self.send([topic, "probe"])
            while let message = try await subscriber.receive(within: .milliseconds(10)) {
                if message[0] == topic { return true }
            }
            return false
        }
        #expect(isHeard, "no subscription reached the publisher")
        try await self.send([topic, "last"])
        while let message = try await subscriber.receive(within: .seconds(20)), message != [topic, "last"] {}
    }
}

/// A publisher and a subscriber of two sides.
struct PublishingPair: Sendable, CustomTestStringConvertible {
    var publisher: SocketType
    var subscriber: SocketType
    /// Whose the publisher is; the subscriber is the other's.
    var side: Station.Side

    var testDescription: String {
        let (publisher, subscriber) = self.side == .ours ? ("our", "their") : ("their", "our")
        return "\(publisher) \(self.publisher) and \(subscriber) \(self.subscriber)"
    }

    static let all: [PublishingPair] = Station.Side.allCases.flatMap { side in
        [SocketType.pub, .xpub].flatMap { publisher in
            [SocketType.sub, .xsub].map { PublishingPair(publisher: publisher, subscriber: $0, side: side) }
        }
    }
    /// Those whose subscriptions can be seen.
    static let ofXPub = Self.all.filter { $0.publisher == .xpub }
    /// Those whose subscriber filters.
    static let ofSub = Self.all.filter { $0.subscriber == .sub }
}
