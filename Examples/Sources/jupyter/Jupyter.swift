// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// A client of a Jupyter kernel: runs Python code in ipykernel and prints what it writes, as it writes it.
//
//     Examples/jupyter/run.sh                     installs a kernel, starts it, and runs this
//     swift run jupyter CONNECTION-FILE 'print(6 * 7)'
//
// Three kinds of socket talk to the kernel: DEALER sends requests to its ROUTER ("shell"), SUB receives what everybody
// may know from its PUB ("iopub"), REQ asks its REP whether it is alive ("hb"). The protocol is described in
// https://jupyter-client.readthedocs.io/en/stable/messaging.html.

import Foundation
import ZeroMQ

@main
enum Jupyter {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let file = arguments.first, let code = arguments.dropFirst().first else {
            fatalError("usage: jupyter CONNECTION-FILE CODE")
        }
        let kernel = try Kernel(readingFile: file)
        try await withContext { context in
            let shell = try context.makeDealerSocket(.init())
            let output = try context.makeSubSocket()
            let heart = try context.makeReqSocket()
            try output.subscribe()
            try await shell.connect(to: kernel.endpoint(kernel.shellPort))
            try await output.connect(to: kernel.endpoint(kernel.outputPort))
            try await heart.connect(to: kernel.endpoint(kernel.heartPort))

            // The heart beats once the kernel is up, and says back what it is sent.
            guard try await heart.request("are you there?") == "are you there?" else {
                fatalError("the kernel's heartbeat does not answer with the question")
            }
            // A publisher that does not know of the subscription yet says nothing to us: ask until it does.
            while try await output.receive(within: .milliseconds(200)) == nil {
                try await shell.send(kernel.message("kernel_info_request", [:]).message)
                _ = try await shell.receive()
            }
            let request = kernel.message("execute_request", ["code": code, "silent": false])
            try await shell.send(request.message)
            try await printOutput(of: request.id, from: output)
            let reply = Kernel.content(of: try await shell.receive())
            print("status: \(reply["status"] ?? "?"), execution count: \(reply["execution_count"] ?? "?")")
            if reply["status"] as? String != "ok" { exit(1) }
        }
    }

    /// Prints what the execution writes, until the kernel is idle again.
    static func printOutput(of id: String, from output: SubSocket) async throws {
        for try await message in output.messages where Kernel.parent(of: message) == id {
            let content = Kernel.content(of: message)
            switch Kernel.type(of: message) {
            case "stream":
                print(content["text"] as? String ?? "", terminator: "")
            case "execute_result", "display_data":
                print((content["data"] as? [String: Any])?["text/plain"] ?? "")
            case "error":
                print("\(content["ename"] ?? ""): \(content["evalue"] ?? "")")
            case "status":
                if content["execution_state"] as? String == "idle" { return }
            default:
                continue
            }
        }
    }
}

/// Where a kernel listens, and the form of its messages.
struct Kernel {
    let host: String
    let shellPort: Int
    let outputPort: Int
    let heartPort: Int
    private let session = UUID().uuidString

    init(readingFile path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let fields = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        guard let host = fields["ip"] as? String, let shell = fields["shell_port"] as? Int,
            let output = fields["iopub_port"] as? Int, let heart = fields["hb_port"] as? Int
        else { fatalError("\(path) is not a kernel's connection file") }
        guard (fields["key"] as? String ?? "").isEmpty else {
            fatalError("this example does not sign messages: start the kernel with an empty key, as run.sh does")
        }
        (self.host, self.shellPort, self.outputPort, self.heartPort) = (host, shell, output, heart)
    }

    func endpoint(_ port: Int) -> String { "tcp://\(self.host):\(port)" }

    /// Delimiter, signature (empty, since there is no key), header, parent's header, metadata, content.
    func message(_ type: String, _ content: [String: Any]) -> (id: String, message: Message) {
        let id = UUID().uuidString
        let header: [String: Any] = [
            "msg_id": id, "session": self.session, "username": "swift", "version": "5.3", "msg_type": type,
            "date": Date().ISO8601Format(),
        ]
        return (id, Message(parts: ["<IDS|MSG>", "", Self.json(header), "{}", "{}", Self.json(content)]))
    }

    private static func json(_ fields: [String: Any]) -> Message.Part {
        guard let data = try? JSONSerialization.data(withJSONObject: fields) else { fatalError("not JSON") }
        return Message.Part(data)
    }

    /// The JSON a few parts behind the delimiter; addresses may stand before it.
    private static func fields(_ number: Int, of message: Message) -> [String: Any] {
        let parts = Array(message)
        guard let delimiter = parts.firstIndex(of: "<IDS|MSG>"), delimiter + number < parts.count else { return [:] }
        let object = try? JSONSerialization.jsonObject(with: Data(parts[delimiter + number]))
        return object as? [String: Any] ?? [:]
    }

    static func type(of message: Message) -> String { self.fields(2, of: message)["msg_type"] as? String ?? "" }
    static func parent(of message: Message) -> String { self.fields(3, of: message)["msg_id"] as? String ?? "" }
    static func content(of message: Message) -> [String: Any] { self.fields(5, of: message) }
}
