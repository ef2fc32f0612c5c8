// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing

extension ForeignPeer {
    /// Which implementation of ZeroMQ a peer runs on.
    enum Library: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case libzmq = "zmq"
        case omq = "pyomq"

        var testDescription: String { self == .libzmq ? "libzmq" : "omq" }

        /// A Python that has the library, looked for once.
        var python: String? { self == .libzmq ? Self.pythonOfLibzmq : Self.pythonOfOMQ }

        private static let pythonOfLibzmq = Self.findPython(importing: "zmq")
        private static let pythonOfOMQ = Self.findPython(importing: "pyomq")

        /// Looks at the system's Python and at the package's virtual environment; `ZEROMQ_PYTHON` names another one.
        private static func findPython(importing module: String) -> String? {
            let chosen = ProcessInfo.processInfo.environment["ZEROMQ_PYTHON"].map { [$0] } ?? []
            let pythons = chosen + ["/usr/bin/python3", ForeignPeer.root.appending(path: ".venv/bin/python3").path]
            return pythons.first { python in
                guard FileManager.default.isExecutableFile(atPath: python) else { return false }
                let probe = Process()
                probe.executableURL = URL(fileURLWithPath: python)
                probe.arguments = ["-c", "import \(module)"]
                probe.standardError = FileHandle.nullDevice
                guard (try? probe.run()) != nil else { return false }
                probe.waitUntilExit()
                return probe.terminationStatus == 0
            }
        }
    }

    /// The directory of the package.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The directory of the peers' programs.
    static let scripts = ForeignPeer.root.appending(path: "Tests/InteropTests/Peers")

    /// Whether there is a libzmq to test against. In CI its absence is not a reason to skip, but a failure.
    static let isAvailable = ProcessInfo.processInfo.environment["CI"] == "true" || Library.libzmq.python != nil

    /// The libraries to test against: libzmq always, others if they are installed.
    static let libraries = Library.allCases.filter { $0 == .libzmq || $0.python != nil }
}
