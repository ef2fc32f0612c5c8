// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Testing
import ZMTP

@Suite("Message")
struct MessageTests {
    /// Sizes on both sides of what is stored in place and of the short header.
    static let sizes = [0, 1, 27, 28, 29, 30, 31, 32, 33, 254, 255, 256, 1000]

    static func part(_ count: Int, from first: Int = 1) -> Message.Part {
        Message.Part((0..<count).map { UInt8(truncatingIfNeeded: $0 &+ first) })
    }

    @Test("without anything is one empty part")
    func isEmptyPart() {
        for message in [Message(), "", [], [""], Message(parts: []), Message([UInt8]()), Message(buffer: ByteBuffer())]
        {
            #expect(message.count == 1)
            #expect(message.first == "")
            #expect(message.byteCount == 0)
            #expect(!message.isMultipart)
            #expect(message == Message())
        }
    }

    @Test("is the same from text, octets, buffer, part and literal")
    func converts() {
        let octets = Array("grüße".utf8)
        let messages: [Message] = [
            "grüße", Message("grüße"), Message(octets), Message(octets[...]), Message(buffer: octets.buffer),
            Message(Message.Part(octets)), ["grüße"], Message(parts: ["grüße"]), Message(octets.lazy.map { $0 }),
        ]
        #expect(Set(messages).count == 1)
        #expect(messages[0].first.map { [UInt8]($0) } == octets)
        #expect(messages[0].first.map { String($0) } == "grüße")
    }

    @Test("has the parts that it was made of", arguments: sizes)
    func keepsParts(count: Int) {
        let parts = [Self.part(count), "", Self.part(count, from: 99), "end"]
        let message = Message(parts: parts)
        #expect(Array(message) == parts)
        #expect(parts.indices.map { message[$0] } == parts)
        #expect(message.count == 4)
        #expect(message.isMultipart)
        #expect(message.byteCount == 2 * count + 3)
        #expect(message.first == parts[0])
    }

    @Test("can be iterated again and indexed by its own indices")
    func isCollection() {
        let message: Message = ["a", "b", "c"]
        #expect(message.map { String($0) } == ["a", "b", "c"])
        #expect(message.map { String($0) } == ["a", "b", "c"])
        #expect(message.indices.map { String(message[$0]) } == ["a", "b", "c"])
        #expect(message.dropFirst().map { String($0) } == ["b", "c"])
        #expect(message.firstIndex(of: "c").map { message.distance(from: message.startIndex, to: $0) } == 2)
        #expect(message.distance(from: message.startIndex, to: message.endIndex) == 3)
        #expect(message.firstIndex(of: "d") == nil)
    }

    @Test("grows at its end", arguments: sizes)
    func appends(count: Int) {
        var message = Message(Self.part(count))
        var expected = [Self.part(count)]
        for index in 0..<5 {
            message.append(Self.part(index * 20))
            expected.append(Self.part(index * 20))
            #expect(Array(message) == expected)
        }
    }

    @Test("grows at its front", arguments: sizes)
    func prepends(count: Int) {
        var message = Message(Self.part(count))
        var expected = [Self.part(count)]
        for index in 0..<5 {
            message.prepend(Self.part(index * 20))
            expected.insert(Self.part(index * 20), at: 0)
            #expect(Array(message) == expected)
        }
    }

    @Test("gives its first part away until one empty part is left", arguments: sizes)
    func removesFirst(count: Int) {
        let parts = [Self.part(count), "", Self.part(300), Self.part(count, from: 7)]
        var message = Message(parts: parts)
        for index in parts.indices {
            #expect(Array(message) == Array(parts[index...]))
            #expect(message.removeFirst() == parts[index])
        }
        #expect(message == Message())
        #expect(message.removeFirst() == "")
        #expect(message == Message())
    }

    @Test("is a value: a copy does not change with it")
    func isValue() {
        var message: Message = ["one", Message.Part(String(repeating: "x", count: 100))]
        let copy = message
        message.append("three")
        _ = message.removeFirst()
        message.prepend("zero")
        #expect(copy == ["one", Message.Part(String(repeating: "x", count: 100))])
        #expect(message.count == 3)
        #expect(message.first == "zero")
    }

    @Test("is equal by its parts, not by how it came to be", arguments: sizes)
    func comparesParts(count: Int) {
        let part = Self.part(count)
        var appended = Message(part)
        appended.append("x")
        var removed: Message = ["gone", part, "x"]
        _ = removed.removeFirst()
        var prepended: Message = "x"
        prepended.prepend(part)
        #expect(Set([appended, removed, prepended, [part, "x"], appended.detached()]).count == 1)
    }

    @Test("differs when a part, an order, a border or a number differs")
    func distinguishes() {
        let messages: [Message] = [
            "", "a", "b", "ab", ["a", ""], ["", "a"], ["a", "b"], ["b", "a"], ["", ""], ["", "", ""],
            Message([1, 0, 0, 0]), ["", "\0"],
        ]
        #expect(Set(messages).count == messages.count)
        for (index, message) in messages.enumerated() {
            #expect(messages.filter { $0 == message } == [messages[index]])
        }
    }

    @Test("is equal to one that was received in the long form")
    func comparesLongForm() throws {
        var decoder = MessageDecoder(limits: FrameLimits())
        decoder.append((Wire.long(1, [1, 2]) + Wire.long(0, [3])).buffer)
        var queue = MessageQueue()
        _ = try decoder.decode(into: &queue, limit: 1)
        let message: Message = [Message.Part([1, 2] as [UInt8]), Message.Part([3] as [UInt8])]
        let popped = queue.popFirst()
        let received = try #require(popped)
        #expect(received == message)
        #expect(received.hashValue == message.hashValue)
    }

    @Test("is equal detached", arguments: sizes)
    func detaches(count: Int) {
        let single = Message(Self.part(count))
        let multipart: Message = [Self.part(count), Self.part(count)]
        #expect(single.detached() == single)
        #expect(multipart.detached() == multipart)
    }

    @Test("shows sizes and never contents")
    func describes() {
        let description = "\(["secret", Message.Part("pass")] as Message)"
        #expect(description.contains("6"))
        #expect(description.contains("4"))
        #expect(!description.contains("secret"))
    }
}

@Suite("Message.Part")
struct MessagePartTests {
    @Test("holds its octets", arguments: MessageTests.sizes)
    func holdsOctets(count: Int) {
        let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        for part in [Message.Part(octets), Message.Part(buffer: octets.buffer), Message.Part(octets.lazy.map { $0 })] {
            #expect(part.count == count)
            #expect([UInt8](part) == octets)
            #expect(Array(part.reversed()) == octets.reversed())
            #expect(unsafe part.withUnsafeBytes { unsafe Array($0) } == octets)
            #expect([UInt8](buffer: part.buffer) == octets)
            #expect(part.detached() == part)
        }
    }

    @Test("takes the readable part of a buffer only")
    func takesReadablePart() {
        var buffer = ByteBuffer(bytes: 0..<200)
        buffer.moveReaderIndex(forwardBy: 50)
        buffer.moveWriterIndex(to: 150)
        #expect([UInt8](Message.Part(buffer: buffer)) == Array(50..<150))
        buffer.moveWriterIndex(to: 60)
        #expect([UInt8](Message.Part(buffer: buffer)) == Array(50..<60))
    }

    @Test("does not change with the buffer it was made of")
    func keepsContents() {
        var buffer = ByteBuffer(repeating: 1, count: 100)
        let part = Message.Part(buffer: buffer)
        buffer.setInteger(9 as UInt8, at: 0)
        buffer.clear()
        buffer.writeRepeatingByte(7, count: 100)
        #expect(part.allSatisfy { $0 == 1 })
    }

    @Test("is read as UTF-8, repaired where it is none")
    func readsText() {
        #expect(String("héllo" as Message.Part) == "héllo")
        #expect(String(Message.Part([0x61, 0xFF, 0x62])) == "a\u{FFFD}b")
    }

    @Test("is equal in place and shared", arguments: MessageTests.sizes)
    func compares(count: Int) {
        let octets = [UInt8](repeating: 5, count: count)
        let message = Message(parts: ["x", Message.Part(octets), "y"])
        #expect(message[1] == Message.Part(octets))
        #expect(message[1].hashValue == Message.Part(octets).hashValue)
        #expect(message[1] != Message.Part(octets + [5]))
    }

    @Test("passes typed errors through")
    func passesErrors() {
        for count in [1, 100] {
            let part = MessageTests.part(count)
            #expect(throws: ZMTPError(.notZMTP, "x")) {
                try unsafe part.withUnsafeBytes { (_) throws(ZMTPError) in throw ZMTPError(.notZMTP, "x") }
            }
        }
    }
}
