// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore
package import ZMTP

/// Finds out what a peer is by saying as little as possible.
///
/// **Duties**: greeting with the mechanism NULL, hearing the peer's READY before answering with the READY of a type that
/// fits, one PING.
///
/// **Not its duties**: to disturb. It is never a peer that may be given messages or that keeps others out: before a
/// PUSH, DEALER, REQ or PAIR, or a type unknown here, it leaves without a READY. It subscribes to nothing and sends no
/// message. A peer that demands another mechanism than NULL has told so in its greeting; that is all it tells.
///
/// A value without I/O or clock. Isolation: its owner's.
package struct ProbeConversation: ~Copyable {
    private enum Phase {
        case opening
        case greeting
        case handshake
        case ping
        case done
    }

    /// What is known so far; nil before the peer has shown that it speaks ZMTP.
    package private(set) var report: ProbeReport?
    private var phase = Phase.opening
    private var inbound = ByteBuffer()
    private var decoder = MessageDecoder(limits: FrameLimits(maxFrameSize: 1 << 20))
    private var output = ByteBuffer()
    private let began: NIODeadline
    private var pinged: NIODeadline
    private let context: UInt64

    /// - Parameters:
    ///   - now: When the transport was connected.
    ///   - context: What the peer shall echo.
    package init(at now: NIODeadline, context: UInt64) {
        self.began = now
        self.pinged = now
        self.context = context
        Self.greeting.writeOpening(into: &self.output, routingIDLength: 0)
    }

    private static var greeting: Greeting { Greeting(version: .v31, mechanism: "NULL", isServer: false) }

    /// Nothing more is to be learned.
    package var isDone: Bool { self.phase == .done }

    /// What is to be sent now.
    package mutating func takeOutput() -> ByteBuffer? {
        guard self.output.readableBytes > 0 else { return nil }
        defer { self.output = ByteBuffer() }
        return self.output
    }

    /// Octets came.
    ///
    /// - Throws: If the peer does not speak ZMTP, or not by its rules.
    package mutating func receive(_ bytes: ByteBuffer, at now: NIODeadline) throws(ZMTPError) {
        switch self.phase {
        case .opening, .greeting: self.inbound.writeImmutableBuffer(bytes)
        case .handshake, .ping: self.decoder.append(bytes)
        case .done: return
        }
        if self.phase == .opening { try self.readOpening(at: now) }
        if self.phase == .greeting { try self.readGreeting(at: now) }
        while self.phase == .handshake || self.phase == .ping {
            guard try self.readCommand(at: now) else { return }
        }
    }

    private mutating func readOpening(at now: NIODeadline) throws(ZMTPError) {
        if let old = self.oldVersion {
            guard old.isComplete else { return }
            self.report = ProbeReport(version: old.version)
            self.report?.socketType = old.type
            self.report?.handshakeTime = .nanoseconds((now - self.began).nanoseconds)
            self.report?.remark = "speaks a version of ZMTP that has no READY and no PING"
            self.phase = .done
            return
        }
        guard try Greeting.checkOpening(self.inbound) else { return }
        Self.greeting.writeRest(into: &self.output)
        self.phase = .greeting
    }

    /// RFC 15: a signature, the revision 1, and the type of the socket.
    private var oldVersion: (version: ProtocolVersion, type: String?, isComplete: Bool)? {
        let start = self.inbound.readerIndex
        guard self.inbound.getInteger(at: start, as: UInt8.self) == 0xFF,
            self.inbound.getInteger(at: start + 9, as: UInt8.self) == 0x7F,
            let revision = self.inbound.getInteger(at: start + 10, as: UInt8.self), revision < 3
        else { return nil }
        let types = ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH"]
        let type = self.inbound.getInteger(at: start + 11, as: UInt8.self)
        return (
            ProtocolVersion(major: 2, minor: 0),
            type.flatMap { $0 < types.count ? types[Int($0)] : nil }, type != nil
        )
    }

    private mutating func readGreeting(at now: NIODeadline) throws(ZMTPError) {
        guard let greeting = try Greeting(reading: &self.inbound) else { return }
        var report = ProbeReport(version: greeting.version)
        report.mechanism = greeting.mechanism
        report.isServer = greeting.isServer
        report.handshakeTime = .nanoseconds((now - self.began).nanoseconds)
        guard greeting.mechanism == "NULL" else {
            report.remark = "demands \(greeting.mechanism), which hides everything else from strangers"
            self.report = report
            self.phase = .done
            return
        }
        self.report = report
        self.decoder.append(self.inbound)
        self.inbound = ByteBuffer()
        self.phase = .handshake
    }

    /// Reads one command; false if there is none yet.
    private mutating func readCommand(at now: NIODeadline) throws(ZMTPError) -> Bool {
        var messages = MessageQueue()
        // A message that comes behind READY is not for us; a peer that was chosen with care sends none.
        switch try self.decoder.decode(into: &messages, limit: self.phase == .ping ? 1024 : 0) {
        case .needsMoreBytes: return false
        case .limitReached:
            if self.phase == .ping { return true }
            throw ZMTPError(.unexpectedMessage, "handshake: expected READY, got a message (RFC 37, Formal Grammar)")
        case .command(let body):
            switch try Command(body: body) {
            case .ready(let properties): self.hear(properties, at: now)
            case .error(let reason): self.finish("refuses strangers: \(reason)")
            case .pong(let context) where self.phase == .ping && context == self.pingContext:
                self.report?.roundTripTime = .nanoseconds((now - self.pinged).nanoseconds)
                self.phase = .done
            case .ping, .pong, .subscribe, .cancel, .unknown: break
            }
            return true
        }
    }

    private var pingContext: ByteBuffer { ByteBuffer(integer: self.context) }

    private mutating func hear(_ properties: PeerProperties, at now: NIODeadline) {
        guard self.phase == .handshake else { return }
        let type = properties.text("Socket-Type")
        self.report?.properties = properties
        self.report?.socketType = type
        self.report?.routingID = properties["Identity"].flatMap { try? RoutingID($0) }
        self.report?.handshakeTime = .nanoseconds((now - self.began).nanoseconds)
        guard let disguise = type.flatMap({ SocketType(wireName: $0) })?.harmlessPeer else {
            return self.finish("was not asked for a PING: it would take the asker for one to send messages to")
        }
        guard let version = self.report?.version, version >= .v31 else {
            return self.finish("speaks ZMTP 3.0, which has no PING")
        }
        var announced = PeerProperties()
        // Cannot fail: the names and values are valid.
        try? announced.add("Socket-Type", disguise.wireName)
        if disguise == .dealer { try? announced.add("Identity", [UInt8]()) }
        Command.ready(announced).write(into: &self.output)
        Command.ping(timeToLive: 0, context: self.pingContext).write(into: &self.output)
        self.pinged = now
        self.phase = .ping
    }

    private mutating func finish(_ remark: String) {
        self.report?.remark = remark
        self.phase = .done
    }

    /// The peer has closed, or the time is up: what is known then.
    package mutating func end(_ why: String) -> ProbeReport? {
        if self.phase != .done {
            let missing = self.phase == .ping ? "no answer to PING" : "no READY"
            self.report?.remark = "\(missing): \(why)"
            self.phase = .done
        }
        return self.report
    }
}

extension SocketType {
    /// A type that may connect to this one without being given messages, or being in anybody's way.
    fileprivate var harmlessPeer: SocketType? {
        switch self {
        case .rep, .router: .dealer
        case .pull: .push
        case .sub, .xsub: .pub
        case .pub, .xpub: .sub
        case .push, .dealer, .req, .pair: nil
        @unknown default: nil
        }
    }
}
