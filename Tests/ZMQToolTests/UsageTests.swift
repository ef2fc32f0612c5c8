// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("Command line: what cannot be carried out ends with 2 and one line", .serialized)
struct UsageTests {
    /// A command line, and what its error has to name.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let arguments: String
        let names: [String]

        init(_ arguments: String, _ names: String...) {
            self.arguments = arguments
            self.names = names
        }

        var testDescription: String { "zmq \(arguments)" }
    }

    static let mistakes = [
        Mistake("", "verb", "req"),
        Mistake("nonsense", "'nonsense'", "router"),
        Mistake("perf", "local_thr"),
        Mistake("perf nonsense", "'nonsense'", "remote_lat"),
        Mistake("demo", "workers", "server"),
        Mistake("push", "--bind", "--connect"),
        Mistake("rep --echo", "--bind", "--connect"),
        Mistake("pull --bind", "-b"),
        Mistake("pull --bind tcp://127.0.0.1:0 extra", "'extra'"),
        Mistake("pull --bind tcp://127.0.0.1:0 --nonsense", "--nonsense"),
        Mistake("pull --bind tcp://127.0.0.1:0 --count 0", "--count", "whole number"),
        Mistake("pull --bind tcp://127.0.0.1:0 --count many", "'many'", "--count"),
        Mistake("pull --bind tcp://127.0.0.1:0 --timeout soon", "'soon'", "--timeout", "seconds"),
        Mistake("pull --bind tcp://127.0.0.1:0 --timeout=-1", "--timeout", "seconds"),
        Mistake("push --bind tcp://127.0.0.1:0 --interval x", "--interval", "seconds"),
        Mistake("push --bind tcp://127.0.0.1:0 --delay x", "--delay", "seconds"),
        Mistake("pull --bind tcp://127.0.0.1:0 --format xml", "'xml'", "--format", "json"),
        Mistake("push --bind tcp://127.0.0.1:0 --echo", "--echo"),
        Mistake("pull --bind tcp://127.0.0.1:0 --echo", "--echo"),
        Mistake("pair --bind tcp://127.0.0.1:0 --echo", "--echo"),
        Mistake("req --bind tcp://127.0.0.1:0 --echo", "--echo"),
        Mistake("proxy --frontend router:tcp://127.0.0.1:0", "--backend"),
        Mistake("proxy --frontend nonsense --backend dealer:tcp://127.0.0.1:0", "--frontend", "TYPE:EP"),
        Mistake("proxy --frontend cat:tcp://127.0.0.1:0 --backend dealer:tcp://127.0.0.1:0", "'cat'", "router"),
        Mistake("proxy --frontend router:tcp://127.0.0.1:0 --backend push:tcp://127.0.0.1:0", "--backend", "push"),
        Mistake(
            "proxy --frontend pull:tcp://127.0.0.1:0 --backend push:tcp://127.0.0.1:0 --capture pull:tcp://127.0.0.1:0",
            "--capture", "push"),
        Mistake(
            "proxy --frontend pull:tcp://127.0.0.1:0 --backend push:tcp://127.0.0.1:0 --control push:tcp://127.0.0.1:0",
            "--control", "'push'", "rep, pair"),
        Mistake("perf local_thr tcp://127.0.0.1:0 1", "count"),
        Mistake("perf local_thr tcp://127.0.0.1:0 one 1", "'one'", "message-size"),
        Mistake("perf inproc_thr 1 0", "count"),
        Mistake("perf remote_thr tcp://127.0.0.1:1 1 1 --peers 0", "--peers"),
        Mistake("perf remote_echo tcp://127.0.0.1:1 1 1 --in-flight none", "--in-flight"),
        Mistake("perf local_lat tcp://127.0.0.1:0 1 1 --parts 0", "--parts"),
        Mistake("demo workers --workers 0", "--workers"),
        Mistake("demo server --role cook", "'cook'", "--role", "client"),
        Mistake("demo server --seconds long", "'long'", "--seconds"),
    ]

    @Test("A mistake is named, with what was expected", arguments: mistakes)
    func mistake(_ mistake: Mistake) async throws {
        let outcome = try await Tool.run(mistake.arguments.split(separator: " ").map(String.init))
        expectUsageError(outcome, naming: mistake.names)
    }

    @Test(
        "What this version does not have is said to be missing",
        arguments: ["keygen"])
    func plannedVerb(verb: String) async throws {
        let outcome = try await Tool.run(verb.split(separator: " ").map(String.init) + ["--bind", anyPort])
        expectUsageError(outcome, naming: ["this version"])
    }

    @Test(
        "Security options are usage errors for now",
        arguments: ["--plain-username=u", "--plain-server=u:p", "--curve-server", "--curve-allow-key=k"])
    func plannedOption(option: String) async throws {
        let outcome = try await Tool.run(["pull", "--bind", anyPort, option])
        expectUsageError(outcome, naming: [String(option.prefix { $0 != "=" })])
    }

    @Test(
        "A malformed endpoint is a usage error that names the argument and the endpoint",
        arguments: ["nonsense", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:99999", "carrier://pigeon", ""])
    func malformedEndpoint(endpoint: String) async throws {
        for argument in ["--bind", "--connect"] {
            let outcome = try await Tool.run(["pull", argument, endpoint])
            expectUsageError(outcome, naming: [argument, endpoint])
        }
    }

    @Test(
        "The manual of each verb is on standard output",
        arguments: [
            "--help", "req --help", "rep -h", "dealer --help", "router --help", "push --help", "pull --help",
            "pub --help", "sub --help", "xpub --help", "xsub --help",
            "pair --help", "proxy --help", "perf --help", "perf local_thr --help", "perf remote_echo --help",
            "demo --help", "demo workers --help", "demo server --help", "help", "help pull",
        ])
    func help(arguments: String) async throws {
        let outcome = try await Tool.run(arguments.split(separator: " ").map(String.init))
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        #expect(outcome.text.contains("USAGE: zmq"))
    }

    private func expectUsageError(
        _ outcome: Tool.Outcome, naming names: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.status == 2, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.errors.hasPrefix("error: "), sourceLocation: sourceLocation)
        for name in names where !name.isEmpty {
            #expect(outcome.errors.contains(name), "\(outcome.errors)", sourceLocation: sourceLocation)
        }
    }
}
