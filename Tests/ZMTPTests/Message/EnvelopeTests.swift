// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP

@Suite("RFC 28, The Request-Reply Envelope")
struct EnvelopeTests {
    static let bodies: [Message] = [
        "", "Hi", Message(MessageTests.part(32)), Message(MessageTests.part(33)), Message(MessageTests.part(300)),
        ["a", "b"], ["", ""], [MessageTests.part(300), "", MessageTests.part(31)],
    ]

    @Test("a delimiter goes in front of a request", arguments: bodies.indices)
    func prependsDelimiter(index: Int) {
        let body = Self.bodies[index]
        let request = body.prepending(.delimiter)
        #expect(Array(request) == [""] + Array(body))
    }

    @Test("an address goes in front, whatever its length", arguments: [1, 5, 31, 32, 33, 255], bodies.indices)
    func prependsAddress(length: Int, index: Int) throws {
        let id = try RoutingID([UInt8](repeating: 0x69, count: length))
        let message = Self.bodies[index].prepending(Envelope(addressing: id))
        #expect(Array(message) == [id.part] + Array(Self.bodies[index]))
        #expect(encoded(message) == Wire.message(Array(message).map { [UInt8]($0) }))
    }

    @Test("addresses are split off up to the first delimiter and put back", arguments: bodies.indices, 0..<4)
    func splits(index: Int, addresses: Int) throws {
        let body = Self.bodies[index]
        let front = (0..<addresses).map { MessageTests.part($0 * 100 + 3) } + [""]
        let message = Message(parts: front + Array(body))
        let split = try #require(message.splitAtDelimiter())
        #expect(split.body == body)
        #expect(Array(Message("reply").prepending(split.envelope)) == front + ["reply"])
        #expect(body.prepending(split.envelope) == message)
    }

    @Test(
        "without a delimiter, or nothing behind it, there is no envelope",
        arguments: ["", "a", ["a", "b"], ["a", ""], ["a", "b", ""]] as [Message]
    )
    func refuses(message: Message) {
        #expect(message.splitAtDelimiter() == nil)
    }

    @Test("envelopes are joined in order")
    func joins() {
        let envelope = Envelope(addressing: "a" as RoutingID).appending(Envelope(addressing: "b" as RoutingID))
        #expect(Message("c").prepending(envelope.appending(.delimiter)) == ["a", "b", "", "c"])
    }
}
