// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

try await withContext { context in
    let server = try context.makeRouterSocket()
    let endpoint = try await server.bind(to: "tcp://127.0.0.1:*")
    async let _: Void = {
        for try await request in server.messages {
            try await server.send(request.message, to: request.peer)
        }
    }()
    let client = try context.makeDealerSocket()
    try await client.connect(to: endpoint)
    try await client.send("hello")
    let reply = try await client.receive()
    print(String(reply[0]))
}
