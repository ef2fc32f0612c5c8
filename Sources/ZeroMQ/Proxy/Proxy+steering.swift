// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

extension Proxy {
    /// Passes messages as ``run()`` does, and does what a socket is told: twin of `zmq_proxy_steerable`.
    ///
    /// The socket receives the texts `PAUSE`, `RESUME`, `TERMINATE` and `STATISTICS`. A REP answers the first three with
    /// an empty message; the last is answered, on any socket that can send, with eight parts of 64 bits in the byte order of
    /// this machine: parts and octets received, parts and octets sent by the frontend, then by the backend. Other texts
    /// change nothing; a REP answers them with an empty message too.
    ///
    /// - Parameter socket: A PAIR or REP, or any other socket that receives.
    /// - Throws: What ``run()`` throws. After `TERMINATE` it returns.
    public func run(steeredBy socket: any Socket) async throws {
        var proxy = self
        let control = self.control ?? ProxyControl()
        proxy.control = control
        try await withThrowingTaskGroup(of: Void.self) { [proxy] group in
            group.addTask { try await proxy.run() }
            group.addTask { try await Self.obey(socket, control) }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Does what the socket is told, until it is told to end.
    private static func obey(_ socket: any Socket, _ control: ProxyControl) async throws {
        let engine = socket.control.engine
        let mustAnswer = engine.socketType == .rep
        while let order = try await engine.receiveOpenWaiting(within: nil) {
            var answer: Message? = mustAnswer ? Message() : nil
            let text = String(order.message[0])
            switch text {
            case "PAUSE": control.pause()
            case "RESUME": control.resume()
            case "STATISTICS": answer = engine.socketType.canSend ? control.statistics.message : nil
            default: break
            }
            if let answer {
                let address = order.peer.map { answer.prepending(Envelope(addressing: $0.routingID)) }
                _ = try await engine.sendOpenWaiting(address ?? answer, within: nil)
            }
            if text == "TERMINATE" { return control.terminate() }
        }
    }
}
