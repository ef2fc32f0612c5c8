// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// A socket in a foreign peer. Its messages are raw: a ROUTER's begin with the routing id, a REQ's and a REP's have no
/// delimiter, as pyzmq shows them.
struct ForeignSocket: Sendable {
    let peer: ForeignPeer
    let name: String

    func set(_ options: [String: ForeignPeer.Option]) async throws {
        var command = ForeignPeer.Command("set", self.name)
        command.options = options
        _ = try await self.peer.call(command)
    }

    /// Binds, again and again while the address is in use, and returns the resolved endpoint.
    @discardableResult
    func bind(to endpoint: String) async throws -> String {
        try await self.call("bind", endpoint).endpoint ?? endpoint
    }

    func connect(to endpoint: String) async throws {
        _ = try await self.call("connect", endpoint)
    }

    func unbind(from endpoint: String) async throws {
        _ = try await self.call("unbind", endpoint)
    }

    func disconnect(from endpoint: String) async throws {
        _ = try await self.call("disconnect", endpoint)
    }

    func close() async throws {
        _ = try await self.peer.call(ForeignPeer.Command("close", self.name))
    }

    private func call(_ op: String, _ endpoint: String) async throws -> ForeignPeer.Answer {
        var command = ForeignPeer.Command(op, self.name)
        command.endpoint = endpoint
        return try await self.peer.call(command)
    }
}

extension ForeignSocket {
    /// Sends one message; `patient` waits for an unroutable peer to appear.
    func send(_ message: Message, patient: Bool = false, within limit: Duration = .seconds(20)) async throws {
        var command = ForeignPeer.Command("send", self.name, timeout: limit)
        command.parts = message.wire
        command.patient = patient
        _ = try await self.peer.call(command)
    }

    /// Receives one message, or nil when none came in time.
    func receive(within limit: Duration = .seconds(20)) async throws -> Message? {
        let answer = try await self.peer.call(ForeignPeer.Command("receive", self.name, timeout: limit))
        return answer.parts.map(Message.init(wire:))
    }

    /// Receives one message and its properties of these names, as `zmq_msg_gets` tells them; libzmq only.
    func receive(
        properties names: [String], within limit: Duration = .seconds(20)
    ) async throws -> (message: Message, properties: [String: String])? {
        var command = ForeignPeer.Command("receive_described", self.name, timeout: limit)
        command.names = names
        let answer = try await self.peer.call(command)
        return answer.parts.map { (Message(wire: $0), answer.properties ?? [:]) }
    }

    /// Sends the message `count` times, each with a number from 0 on as a last part of its own.
    func sendMany(_ count: Int, _ parts: [Message.Part] = [], patient: Bool = false) async throws {
        var command = ForeignPeer.Command("send_many", self.name, timeout: .seconds(60))
        command.count = count
        command.parts = parts.map(\.wire)
        command.patient = patient
        _ = try await self.peer.call(command)
    }

    /// Receives up to `count` messages.
    func receiveMany(_ count: Int, within limit: Duration = .seconds(60)) async throws -> [Message] {
        var command = ForeignPeer.Command("receive_many", self.name, timeout: limit)
        command.count = count
        return try await self.peer.call(command).messages?.map(Message.init(wire:)) ?? []
    }

    /// Sends a message whose parts have certain sizes and the octets of ``Message/Part/octets(_:)``, made at the peer.
    func send(sizes: [Int]) async throws {
        var command = ForeignPeer.Command("send_sizes", self.name, timeout: .seconds(30))
        command.sizes = sizes
        _ = try await self.peer.call(command)
    }

    /// Receives a message of which the peer tells the sizes alone; throws if its octets are others than those of
    /// ``Message/Part/octets(_:)``.
    func receiveSizes() async throws -> [Int] {
        let answer = try await self.peer.call(ForeignPeer.Command("receive_sizes", self.name, timeout: .seconds(30)))
        guard let sizes = answer.sizes else { throw Silence() }
        guard answer.same == true else { throw Silence(description: "\(sizes) octets came, but others than were sent") }
        return sizes
    }

    /// As ``sendMany(_:_:patient:)``, but each message waits for its reply; returns the replies.
    func requestMany(_ count: Int, _ parts: [Message.Part] = []) async throws -> [Message] {
        var command = ForeignPeer.Command("request_many", self.name, timeout: .seconds(60))
        command.count = count
        command.parts = parts.map(\.wire)
        return try await self.peer.call(command).messages?.map(Message.init(wire:)) ?? []
    }

    /// Sends each of the next `count` messages back as it came and returns how many there were.
    @discardableResult
    func echo(_ count: Int, within limit: Duration = .seconds(60)) async throws -> Int {
        var command = ForeignPeer.Command("echo", self.name, timeout: limit)
        command.count = count
        return try await self.peer.call(command).count ?? 0
    }
}

extension ForeignSocket {
    /// Asks for topics: an XSUB by messages, other types by the option.
    func subscribe(to topics: Message.Part...) async throws { try await self.ask("subscribe", topics) }

    /// Takes topics back, one by one.
    func unsubscribe(from topics: Message.Part...) async throws { try await self.ask("unsubscribe", topics) }

    private func ask(_ op: String, _ topics: [Message.Part]) async throws {
        var command = ForeignPeer.Command(op, self.name)
        command.topics = topics.map(\.wire)
        _ = try await self.peer.call(command)
    }
}

extension ForeignSocket {
    /// Begins to watch the socket; libzmq only.
    func monitor() async throws {
        _ = try await self.peer.call(ForeignPeer.Command("monitor", self.name))
    }

    /// The next event of a name, such as `HANDSHAKE_SUCCEEDED`, or nil when none came in time.
    func event(_ name: String, within limit: Duration = .seconds(20)) async throws -> ForeignPeer.Event? {
        var command = ForeignPeer.Command("event", self.name, timeout: limit)
        command.name = name
        return try await self.peer.call(command).event
    }
}

extension ForeignPeer {
    /// Opens a socket with options by their libzmq names in lower case; it does not linger unless told so.
    func open(
        _ type: SocketType,
        _ options: [String: Option] = [:],
        name: String? = nil
    ) async throws -> ForeignSocket {
        let socket = ForeignSocket(peer: self, name: name ?? Self.freshName(for: type))
        var command = Command("open", socket.name)
        command.type = type.rawValue
        command.options = options
        _ = try await self.call(command)
        return socket
    }

    /// Joins two sockets by the library's own proxy until the process ends.
    func runProxy(_ frontend: ForeignSocket, _ backend: ForeignSocket) async throws {
        var command = Command("proxy", "proxy")
        command.frontend = frontend.name
        command.backend = backend.name
        _ = try await self.call(command)
    }

    /// Sends bytes over a plain TCP connection, and returns what came back and whether the other side closed.
    func stream(_ bytes: [UInt8], to port: Int, within limit: Duration = .seconds(10)) async throws -> Answer {
        var command = Command("stream", Self.freshName(for: .pair), timeout: limit)
        command.host = "127.0.0.1"
        command.port = port
        command.bytes = .init(bytes)
        return try await self.call(command)
    }

    /// A port whose connections go on to another one of this machine, and whose both sides believe that the other one
    /// speaks an old version of ZMTP, `1.0` or `2.0`.
    func relay(to port: Int, version: String) async throws -> Int {
        var command = Command("relay", Self.freshName(for: .pair))
        command.port = port
        command.version = version
        return try await self.call(command).count ?? 0
    }

    private static func freshName(for type: SocketType) -> String { "\(type.rawValue) \(Fresh.number())" }
}
