// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq proxy`
struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Pass messages between two sockets, both ways, until a signal ends it.",
        discussion: """
            Each side is TYPE:EP and binds to EP; the endpoints are reported in the order frontend, backend, capture, \
            control. Usual pairs are router and dealer, xsub and xpub, pull and push. A sub is subscribed to everything. \
            The capture socket is sent a copy of every message. The control socket takes PAUSE, RESUME, STATISTICS and \
            TERMINATE, as that of libzmq's zmq_proxy_steerable; a rep answers each.
            """
    )

    @Option(
        help: ArgumentHelp("The side that clients or producers connect to.", valueName: "type:ep"),
        transform: ProxySide.parse)
    var frontend: ProxySide

    @Option(
        help: ArgumentHelp("The side that servers or consumers connect to.", valueName: "type:ep"),
        transform: ProxySide.parse)
    var backend: ProxySide

    @Option(
        help: ArgumentHelp(
            "A push, pub, xpub, dealer or pair socket that is sent a copy of everything.", valueName: "type:ep"),
        transform: ProxySide.parse)
    var capture: ProxySide?

    @Option(
        help: ArgumentHelp(
            "A rep, pair, dealer, pull or sub socket that is told to pause, resume, tell statistics or end.",
            valueName: "type:ep"),
        transform: ProxySide.parseControl)
    var control: ProxySide?

    func validate() throws {
        guard ProxySide.fit(frontend.type, backend.type) else {
            throw ValidationError(
                "--backend \(backend.type.rawValue): expected a type that fits a \(frontend.type.rawValue) frontend, "
                    + "such as dealer for router or push for pull")
        }
        if let capture, !ProxySide.canCapture(capture.type) {
            throw ValidationError("--capture \(capture.type.rawValue): expected push, pub, xpub, dealer or pair")
        }
    }

    func run() async throws {
        try await withToolContext { context in
            let frontend = try await open(self.frontend, "--frontend", in: context)
            let backend = try await open(self.backend, "--backend", in: context)
            var capture: AnySocket?
            if let side = self.capture { capture = try await open(side, "--capture", in: context) }
            let proxy = Proxy(frontend: frontend, backend: backend, capture: capture)
            if let side = self.control {
                try await proxy.run(steeredBy: try await open(side, "--control", in: context))
            } else {
                try await proxy.run()
            }
        }
    }

    private func open(_ side: ProxySide, _ argument: String, in context: Context) async throws -> AnySocket {
        let socket = try context.makeSocket(side.type)
        if side.type == .sub { try socket.subscribe() }
        try await Endpoints.bind(socket, to: side.endpoint, argument: argument)
        return socket
    }
}
