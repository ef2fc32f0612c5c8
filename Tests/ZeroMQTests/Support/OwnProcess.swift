// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if os(Linux)
import Foundation
import Testing
import ZeroMQTesting

/// This program, started again for a single test.
///
/// Not an exit test of the testing library: processes which that starts inherit the open sockets of this one, and keep
/// the ports of other tests busy. `Process` closes them.
enum OwnProcess {
    /// Runs the test that a filter names, and expects that it passes.
    static func play(_ filter: String, _ environment: [String: String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--testing-library", "swift-testing", "--filter", filter]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        closeOnExec(output.fileHandleForReading.fileDescriptor, output.fileHandleForWriting.fileDescriptor)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(text)")
        #expect(text.contains("Test run with 1 test "), "\(text)")
    }
}
#endif
