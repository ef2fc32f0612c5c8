// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import ZeroMQTesting

/// The built `zmq` tool, beside this test bundle.
enum Tool {
    /// Starts the tool with arguments.
    static func start(_ arguments: [String]) throws -> ChildProcess {
        guard let path = Self.path else {
            throw ForeignPeer.Failure(code: "ENOENT", text: "no zmq beside \(Self.directories.map(\.path))")
        }
        return try ChildProcess(path, arguments)
    }

    /// Starts one of the programs in `Peers` on a Python that has pyzmq.
    static func startPython(_ script: String, _ arguments: [String]) throws -> ChildProcess {
        guard let python = ForeignPeer.Library.libzmq.python else {
            throw ForeignPeer.Failure(code: "ENOENT", text: "no Python that can import zmq")
        }
        return try ChildProcess(python, [ForeignPeer.scripts.appending(path: script).path] + arguments)
    }

    private static let path = Self.directories.map { $0.appending(path: "zmq").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Where the build put the tests: the directory of the running program, or on macOS of the bundle it was given.
    private static let directories: [URL] = {
        let bundles = CommandLine.arguments.filter { $0.contains(".xctest/") }
        return [Bundle.main.bundleURL]
            + bundles.map { bundle in
                var directory = URL(fileURLWithPath: bundle)
                while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
                return directory
            }
    }()
}

extension ChildProcess {
    /// The endpoint in the line `bound ENDPOINT` of either stream, once it is there.
    func boundEndpoint() async throws -> String {
        let prefix = "bound "
        _ = try await eventually { (self.output + self.errors).contains { $0.hasPrefix(prefix) } }
        guard let line = (self.output + self.errors).first(where: { $0.hasPrefix(prefix) }) else { throw Silence() }
        return String(line.dropFirst(prefix.count))
    }
}

extension ChildProcess.Outcome {
    /// The number in a line such as `Total: 12 tasks`, after the label; nil without such a line.
    func figure(_ label: String) -> Int? { self.figures(label).first }

    /// The numbers in all lines that begin with the label.
    func figures(_ label: String) -> [Int] {
        self.output.filter { $0.hasPrefix(label + ":") }
            .compactMap { $0.dropFirst(label.count + 1).split(separator: " ").first.flatMap { Int($0) } }
    }
}
