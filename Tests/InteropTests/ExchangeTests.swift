// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Messages of every shape", .serialized, .timeLimit(.minutes(4)), .enabled(if: ForeignPeer.isAvailable))
struct ShapeTests {
    /// Bodies at the edges of short and long frames, of empty parts, of many parts, and one of several megabytes.
    static let bodies: [Message] =
        [0, 1, 254, 255, 256, 65536, 5_000_000].map { Message.octets($0) } + [
            ["one", "two", "three"], ["", ""], ["", "middle", ""], ["first", "", ""], ["", "", "last"],
            Message(parts: (0..<1000).map { Message.Part($0 % 7 == 0 ? "" : "part \($0)") }),
            Message.octets(255, 256, 0, 65536, 1),
        ]

    @Test("arrive unchanged, and so do the answers", arguments: Scenario.all)
    func bodiesArrive(scenario: Scenario) async throws {
        try await withConversation(scenario) { ours, theirs in
            let (first, second): (any ConversationEnd, any ConversationEnd) =
                scenario.pair.weBegin ? (ours, theirs) : (theirs, ours)
            for body in Self.bodies where !(scenario.hasFaultyRep && body.hasAdjacentEmptyParts) {
                if scenario.hasFaultyPublisher && body.count == 1000 { continue }
                try await first.send(body)
                let arrived = try await second.receive()
                #expect(arrived == body)
                guard scenario.isTwoWay else { continue }
                try await second.send(arrived)
                #expect(try await first.receive() == body)
            }
        }
    }
}

@Suite("2,000 messages each way", .serialized, .timeLimit(.minutes(4)), .enabled(if: ForeignPeer.isAvailable))
struct OrderTests {
    static let count = 2000
    static let numbers = (0..<Self.count).map { Message("\($0)") }

    @Test("arrive in order", arguments: Scenario.all.filter { !($0.hasFaultyRep && $0.pair.ours == .dealer) })
    func inOrder(scenario: Scenario) async throws {
        try await withConversation(scenario) { ours, theirs in
            switch (scenario.pair.ours, scenario.pair.theirs) {
            case (.req, _): try await Self.weRequest(ours, theirs, inTurn: true)
            case (.dealer, .rep): try await Self.weRequest(ours, theirs, inTurn: false)
            case (_, .req): try await Self.theyRequest(ours, theirs, inTurn: true)
            case (.rep, .dealer): try await Self.theyRequest(ours, theirs, inTurn: false)
            case (.push, _), (.pub, _), (.xpub, .sub): try await Self.weStream(ours, theirs)
            case (.pull, _), (.sub, _), (.xsub, .pub):
                try await Self.theyStream(ours, theirs, atOnce: !scenario.hasFaultyPublisher)
            case (.xpub, .xsub), (.xsub, .xpub):
                if scenario.isTwoWay || scenario.pair.ours == .xpub { try await Self.weStream(ours, theirs) }
                if scenario.isTwoWay || scenario.pair.ours == .xsub {
                    try await Self.theyStream(ours, theirs, atOnce: !scenario.hasFaultyPublisher)
                }
            default:
                try await Self.meet(ours, theirs, weBegin: scenario.pair.weBegin)
                try await Self.weStream(ours, theirs)
                try await Self.theyStream(ours, theirs)
            }
        }
    }

    /// One message, so that both ends know each other's address.
    static func meet(_ ours: OurEnd, _ theirs: TheirEnd, weBegin: Bool) async throws {
        let (first, second): (any ConversationEnd, any ConversationEnd) = weBegin ? (ours, theirs) : (theirs, ours)
        try await first.send("hello")
        #expect(try await second.receive() == "hello")
    }

    /// Their end echoes what ours asks.
    static func weRequest(_ ours: OurEnd, _ theirs: TheirEnd, inTurn: Bool) async throws {
        async let echoed = theirs.socket.echo(Self.count)
        async let sent: Void = inTurn ? () : Self.send(from: ours)
        for number in Self.numbers {
            if inTurn { try await ours.send(number) }
            try #require(try await ours.receive().text == number.text)
        }
        try await sent
        #expect(try await echoed == Self.count)
    }

    /// Our end echoes what theirs asks.
    static func theyRequest(_ ours: OurEnd, _ theirs: TheirEnd, inTurn: Bool) async throws {
        async let answered = Self.requests(of: theirs, inTurn: inTurn)
        for number in Self.numbers {
            let request = try await ours.receive()
            try #require(request.text == number.text)
            try await ours.send(request)
        }
        #expect(try await answered.map { theirs.body(of: $0).text } == Self.numbers.map(\.text))
    }

    private static func requests(of theirs: TheirEnd, inTurn: Bool) async throws -> [Message] {
        if inTurn { return try await theirs.socket.requestMany(Self.count) }
        try await theirs.socket.sendMany(Self.count, theirs.head)
        return try await theirs.socket.receiveMany(Self.count)
    }

    static func weStream(_ ours: OurEnd, _ theirs: TheirEnd) async throws {
        async let arrived = theirs.socket.receiveMany(Self.count)
        try await Self.send(from: ours)
        #expect(try await arrived.map { theirs.body(of: $0).text } == Self.numbers.map(\.text))
    }

    static func theyStream(_ ours: OurEnd, _ theirs: TheirEnd, atOnce: Bool = true) async throws {
        guard atOnce else {
            for number in Self.numbers {
                try await theirs.send(number)
                try #require(try await ours.receive().text == number.text)
            }
            return
        }
        async let sent: Void = theirs.socket.sendMany(Self.count, theirs.head, patient: true)
        for number in Self.numbers {
            try #require(try await ours.receive().text == number.text)
        }
        try await sent
    }

    private static func send(from ours: OurEnd) async throws {
        for number in Self.numbers { try await ours.send(number) }
    }
}

extension Message {
    /// Whether an empty part follows another, or the delimiter.
    fileprivate var hasAdjacentEmptyParts: Bool {
        self.isMultipart && zip([""] + self, self).contains { $0.isEmpty && $1.isEmpty }
    }
}
