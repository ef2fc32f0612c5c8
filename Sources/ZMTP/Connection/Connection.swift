// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import struct NIOCore.ByteBuffer

/// One side of a ZMTP connection: octets in, events and messages out, and octets to send.
///
/// Speaks ZMTP 3.1 and 3.0, and 2.0 and 1.0 where ``ConnectionConfiguration/oldestVersion`` lets it.
///
/// A value without I/O, clock or task. The one who owns the transport drives it:
///
/// ```swift
/// var connection = Connection(ConnectionConfiguration(socketType: .dealer))
/// connection.start()                          // then send what takeOutput() gives
/// connection.receive(bytes)                   // for all that arrives …
/// while let event = try connection.nextEvent() { … }
/// // … and again send what takeOutput() gives, also after an error, before closing.
/// ```
///
/// **Duties**: greeting, version, mechanism, READY and ERROR, what the peer says of itself and whether it fits, the
/// answer to PING, heartbeats of its own when told the time, framing of what arrives, every limit before anything is
/// allocated for it.
///
/// **Not its duties**: framing of messages that leave (they are encoded before a connection exists), closing, the
/// clock, the time limit of the handshake.
///
/// **Odd cases**: Data may stand right behind the peer's READY in the same buffer; it stays inside until asked for. An
/// error is final: what was fed is dropped, and every later call throws it again. Messages that were decoded before
/// the error are in the queue and count. Output that nobody takes does not grow: PONG is left out while much of it
/// waits, so take output only when the transport can send.
///
/// Isolation: its owner's, by being a value that cannot be copied.
public struct Connection: ~Copyable, Sendable {
    enum Phase: ~Copyable, Sendable {
        /// Nothing sent, nothing read.
        case idle
        /// Our 10 octets are out, the peer's are awaited: it may speak 1.0.
        case signature
        /// Our 11 octets are out, the peer's are awaited.
        case opening
        /// The peer speaks 2.0 or 1.0, what it says of itself is awaited.
        case introduction
        /// All of our greeting is out, the rest of the peer's is awaited.
        case greeting
        /// The mechanism talks.
        case handshake(SecurityHandshake)
        /// Messages flow.
        case ready
        /// Over.
        case failed(ZMTPError)
    }

    let configuration: ConnectionConfiguration
    var phase = Phase.idle

    /// Octets of the peer's greeting; empty later.
    var inbound = ByteBuffer()
    /// Turns the frames of a 1.0 peer into later ones.
    var oldFrames: OldFrameReader?
    /// A subscription to everything has to be reported, for a subscriber that sends none.
    var owesSubscription = false
    var decoder: MessageDecoder
    var output = ByteBuffer()
    var peer: ConnectionEvent.Peer?
    var heartbeat = Heartbeat(HeartbeatSettings())
    /// A PING is in the output.
    var pingWaits = false

    /// The version that both sides speak; before the peer's greeting, the highest spoken here.
    public internal(set) var version = ProtocolVersion.v31

    /// A connection that has not begun.
    public init(_ configuration: ConnectionConfiguration) {
        self.configuration = configuration
        self.decoder = MessageDecoder(limits: configuration.limits)
    }

    /// Begins: queues the first 11 octets of the greeting, or 10 if the peer may speak 1.0. Later calls do nothing.
    ///
    /// What the peer sent before is kept until then.
    public mutating func start() {
        guard case .idle = self.phase.stage else { return }
        let identity = self.configuration.announcedIdentity ?? []
        if self.configuration.oldestAccepted < .v20 {
            self.ourGreeting.writeSignature(into: &self.output, routingIDLength: identity.count)
            self.phase = .signature
        } else {
            self.ourGreeting.writeOpening(into: &self.output, routingIDLength: identity.count)
            self.phase = .opening
        }
    }

    /// Takes what the connection itself wants sent, or returns `nil` when there is nothing.
    ///
    /// It belongs between whole messages, in the order in which it was taken.
    public mutating func takeOutput() -> ByteBuffer? {
        guard self.output.readableBytes > 0 else { return nil }
        self.pingWaits = false
        return exchange(&self.output, with: ByteBuffer())
    }

    /// Feeds octets from the peer; ask for events or messages after that.
    public mutating func receive(_ bytes: ByteBuffer) {
        self.heartbeat.hasHeard = true
        switch self.phase.stage {
        case .idle, .greeting: self.inbound.writeImmutableBuffer(bytes)
        case .handshake: self.decoder.append(bytes)
        case .ready:
            if let frames = self.oldFrames?.translate(bytes) {
                self.decoder.append(frames)
            } else {
                self.decoder.append(bytes)
            }
        case .failed: break
        }
    }

    /// The name of the security mechanism that is demanded here, and therefore spoken.
    public var mechanism: String { self.configuration.mechanism.name }

    /// The type of the peer's socket, once ready; `nil` also if it did not say.
    public var peerSocketType: SocketType? { self.peer?.socketType }

    /// How the peer wants to be called by a ROUTER, once ready; `nil` also if it has no wish.
    public var peerRoutingID: RoutingID? { self.peer?.routingID }

    /// All that the peer said of itself, once ready; empty before.
    public var peerProperties: PeerProperties { self.peer?.properties ?? PeerProperties() }

    /// Ends everything with an error and lets go of what was fed.
    mutating func fail(_ error: ZMTPError) -> ZMTPError {
        self.phase = .failed(error)
        self.inbound = ByteBuffer()
        self.oldFrames = nil
        self.decoder = MessageDecoder(limits: self.configuration.limits)
        return error
    }
}

extension Connection.Phase {
    /// Where the connection stands, without what moves it on: a copy to look at.
    enum Stage {
        case idle, greeting, handshake, ready
        case failed(ZMTPError)
    }

    var stage: Stage {
        switch self {
        case .idle: .idle
        case .signature: .greeting
        case .opening: .greeting
        case .introduction: .greeting
        case .greeting: .greeting
        case .handshake: .handshake
        case .ready: .ready
        case .failed(let error): .failed(error)
        }
    }
}
