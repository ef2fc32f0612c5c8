// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import Testing
import ZMTP
import ZeroMQ

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Writing from a sender's thread", .timeLimit(.minutes(3)))
struct DirectWriterTests {
    @Test("leaves everything to the loop until it is opened, while it is claimed, and once it is closed")
    func phases() throws {
        let sockets = try SocketPair()
        let queue = QueueOwner()
        let writer = WriterProbe()
        #expect(queue.offer("0"))
        #expect(!writer.write())
        writer.open(try sockets.copy(), for: queue.end)
        #expect(writer.claim()?.octets == nil)
        #expect(!writer.write())
        writer.unclaim()
        #expect(writer.write())
        #expect(sockets.read() == wire("0"))
        #expect(queue.offer("1"), "the right to flush was given back")
        #expect(writer.close()?.octets == nil)
        #expect(!writer.write())
        #expect(sockets.read() == [])
        #expect(queue.waiting == 1)
    }

    @Test("writes all that waits, and gives the right to flush back only if nothing more does")
    func all() throws {
        let sockets = try SocketPair()
        let queue = QueueOwner()
        let writer = WriterProbe()
        writer.open(try sockets.copy(), for: queue.end)
        #expect(queue.offer("0"))
        #expect(!queue.offer("1"))
        #expect(writer.write())
        #expect(sockets.read() == wire("0", "1"))
        // Another sender is faster than this one's return.
        #expect(queue.offer("2"))
        queue.whenTaken { _ = queue.offer("3") }
        #expect(!writer.write())
        #expect(sockets.read() == wire("2"))
        #expect(writer.takeRest()?.octets == nil)
        #expect(writer.write())
        #expect(sockets.read() == wire("3"))
    }

    @Test("finds nothing where the loop was faster")
    func nothing() throws {
        let sockets = try SocketPair()
        let queue = QueueOwner()
        let writer = WriterProbe()
        writer.open(try sockets.copy(), for: queue.end)
        #expect(writer.write())
        #expect(sockets.read() == [])
    }

    @Test("leaves closing to the loop", arguments: [false, true])
    func draining(hasMessage: Bool) throws {
        let sockets = try SocketPair()
        let queue = QueueOwner()
        let writer = WriterProbe()
        writer.open(try sockets.copy(), for: queue.end)
        if hasMessage { #expect(queue.offer("0")) }
        #expect(queue.drain() == !hasMessage)
        #expect(!writer.write(), "the loop is to be told")
        #expect(sockets.read() == (hasMessage ? wire("0") : []))
        guard case .drained = queue.takeOutgoing(for: queue.end.peer) else {
            Issue.record("the loop does not find the end")
            return
        }
    }

    @Test("leaves large parts and what the system does not take to the loop, octet for octet")
    func rests() throws {
        let sockets = try SocketPair(buffer: 4096)
        let queue = QueueOwner()
        let writer = WriterProbe()
        writer.open(try sockets.copy(), for: queue.end)
        let large: Message = ["0", Message.Part(pattern(OutgoingQueue.referencedSize))]
        #expect(queue.offer(large))
        #expect(!writer.write())
        #expect(!writer.write(), "what is left goes first")
        let rest = try #require(writer.takeRest())
        #expect(rest.octets == wire(large))
        #expect(rest.segment.messages == 1)
        #expect(writer.takeRest()?.octets == nil)

        var heard: [UInt8] = []
        var sent: [UInt8] = []
        for number in 0..<200 {
            let message: Message = [Message.Part("\(number)"), Message.Part(pattern(1 + number * 37 % 9000))]
            sent += wire(message)
            // The right to flush is still the test's, after the first one.
            _ = queue.offer(message)
            if writer.write() {
                guard number % 3 == 0 else { continue }
                heard += sockets.read()
                continue
            }
            let rest = number % 2 == 0 ? writer.takeRest() : writer.claim()
            heard += sockets.read() + (rest?.octets ?? [])
            writer.unclaim()
        }
        heard += sockets.read()
        #expect(heard == sent)
    }

    @Test("takes a broken connection for one that takes nothing, and closes its descriptor")
    func brokenConnection() throws {
        let sockets = try SocketPair()
        let queue = QueueOwner()
        let writer = WriterProbe()
        writer.open(try sockets.copy(), for: queue.end)
        sockets.closeReader()
        #expect(queue.offer("0"))
        #expect(!writer.write())
        #expect(writer.close()?.octets == wire("0"))
    }

    @Test("closing says what was left, and lets the peer see the end")
    func closing() throws {
        let sockets = try SocketPair(buffer: 4096)
        let queue = QueueOwner()
        let writer = WriterProbe()
        writer.open(try sockets.copy(), for: queue.end)
        let message = Message(Message.Part(pattern(OutgoingQueue.referencedSize)))
        #expect(queue.offer(message))
        #expect(!writer.write())
        sockets.closeWriter()
        #expect(!sockets.isAtEnd)
        #expect(writer.close()?.segment.messages == 1)
        #expect(sockets.isAtEnd)
    }

    @Test("many senders and a loop that has something to say share a connection without mixing octets")
    func race() async throws {
        let (senders, messages, commands) = (4, 400, 300)
        let sockets = try SocketPair(buffer: 4096)
        let queue = QueueOwner()
        let loop = LoopStandIn(sockets, queue)
        loop.writer.open(try sockets.copy(), for: queue.end)
        async let reading = sockets.readMessages(senders * messages + commands)
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<senders {
                group.addTask {
                    for number in 0..<messages {
                        let size = (sender + 1) * (number % 50) * 7
                        let message: Message = [
                            Message.Part("\(sender)"), Message.Part("\(number)"), Message.Part(pattern(size)),
                        ]
                        if queue.offer(message), !loop.writer.write() { loop.flush() }
                        if number % 20 == 0 { await Task.yield() }
                    }
                }
            }
            group.addTask {
                for number in 0..<commands {
                    loop.say(["loop", Message.Part("\(number)")])
                    await Task.yield()
                }
            }
        }
        let heard = try await reading
        for name in (0..<senders).map({ "\($0)" }) + ["loop"] {
            let numbers = heard.filter { String($0[0]) == name }.map { Int(String($0[1])) }
            #expect(numbers == Array(0..<(name == "loop" ? commands : messages)), "\(name)")
        }
        #expect(queue.waiting == 0)
        #expect(loop.writer.close()?.octets == nil)
    }
}
