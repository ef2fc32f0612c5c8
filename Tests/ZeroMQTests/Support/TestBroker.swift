// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ
import ZeroMQServices

/// A broker between REQ clients and REQ workers: each request goes to the worker that was used least recently.
struct TestBroker: Sendable {
    let frontendEndpoint: String
    let backendEndpoint: String
    private let frontend: RouterSocket
    private let backend: RouterSocket

    init(_ transport: Transport, _ context: Context) async throws {
        self.frontend = try context.makeRouterSocket()
        self.backend = try context.makeRouterSocket()
        self.frontendEndpoint = try await self.frontend.bind(to: transport.wildcard())
        self.backendEndpoint = try await self.backend.bind(to: transport.wildcard())
    }

    /// Begins once so many workers are there, and tells who gets each request.
    func run(workers: Int, _ assigned: @Sendable (RoutingID) -> Void) async throws {
        var idle = LeastRecentlyUsedQueue<Peer>()
        while idle.count < workers { idle.add(try await self.backend.receive().peer) }
        while true {
            let sockets: [any ReceivingSocket] = idle.isEmpty ? [self.backend] : [self.backend, self.frontend]
            let received = try await receive(from: sockets)
            guard let peer = received.peer else { continue }
            if received.index == 0 {
                idle.add(peer)
                // Delimiter, client, delimiter, reply.
                var reply = received.message
                _ = reply.removeFirst()
                let client = RoutingID(unchecked: reply.removeFirst().bytes)
                try await self.frontend.send(reply, to: client)
            } else if let worker = idle.take() {
                assigned(worker.routingID)
                var request = received.message
                request.prepend(peer.routingID.part)
                try await self.backend.send(request.delimited, to: worker)
            }
        }
    }

    /// A worker that answers each request with a copy of it, as fast as it can.
    static func work(_ worker: ReqSocket) async throws {
        var task = try await worker.request("ready")
        while true { task = try await worker.request(task) }
    }
}
