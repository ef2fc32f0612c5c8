// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("A bad line of input ends the tool with 1, and nothing of it is sent", .serialized)
struct BadInputTests {
    @Test(
        "hex: the line, the column and the character are named",
        arguments: [
            ("61zz", 3, "'z'"), ("6", 2, "even number"), ("61 62", 3, "blank"), ("616", 4, "even number"),
            ("0x61", 2, "'x'"), ("61\r", 3, "0x0d"),
        ])
    func hex(line: String, column: Int, names: String) async throws {
        try await expectRefusal(of: line, after: "6f6b", format: "hex", column: column, naming: names)
    }

    @Test(
        "json: the line, the column and what was expected are named",
        arguments: [
            ("", 1, "'['"), ("   ", 4, "'['"), ("\"a\"", 1, "'['"), ("{}", 1, "'['"), ("[]", 2, "a part"),
            ("[\"a\"", 5, "',' or ']'"), ("[\"a\" \"b\"]", 6, "',' or ']'"), ("[\"a\",]", 6, "a part"),
            ("[1]", 2, "a part"), ("[null]", 2, "a part"), ("[[\"a\"]]", 2, "a part"), ("[\"a\"] x", 7, "nothing more"),
            ("[\"a\"][\"b\"]", 6, "nothing more"), ("[\"a]", 5, "closes the string"), ("[\"\\x\"]", 4, "backslash"),
            ("[\"\\", 4, "backslash"), ("[\"\\u12\"]", 7, "four hexadecimal digits"),
            ("[\"\\ud83d\"]", 3, "pairs"), ("[\"\\udc1d\"]", 3, "pairs"), ("[\"\\ud83d\\u0041\"]", 3, "pairs"),
            ("[\"a\tb\"]", 4, "control character"), ("[{}]", 3, "\"hex\""), ("[{\"dec\":\"1\"}]", 4, "\"hex\""),
            ("[{\"hex\"}]", 8, "':'"), ("[{\"hex\":1}]", 9, "string"), ("[{\"hex\":\"0\"}]", 11, "even number"),
            ("[{\"hex\":\"0g\"}]", 11, "'g'"), ("[{\"hex\":\"00\",\"x\":\"\"}]", 13, "'}'"), ("[\"ü🐝\" x]", 7, "','"),
        ])
    func json(line: String, column: Int, names: String) async throws {
        try await expectRefusal(of: line, after: "[\"ok\"]", format: "json", column: column, naming: names)
    }

    @Test("json: bytes that are not UTF-8 have no place in a string")
    func invalidUTF8() async throws {
        let push = try Tool(["push", "--bind", anyPort, "--format", "json"])
        push.write(Array("[\"".utf8) + [0xFF] + Array("\"]\n".utf8))
        push.closeInput()
        let outcome = try await push.outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("line 1, column 3"), "\(outcome.errors)")
        #expect(outcome.errors.contains("UTF-8"), "\(outcome.errors)")
    }

    @Test(
        "A ROUTER's line needs a routing id and a body",
        arguments: ["[\"id\"]", "[\"\",\"body\"]", "[\"\(String(repeating: "x", count: 256))\",\"body\"]"])
    func router(line: String) async throws {
        let outcome = try await Tool.run(["router", "--bind", anyPort, "--format", "json"], input: line + "\n")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("error: standard input: line 1"), "\(outcome.errors)")
        #expect(outcome.errors.contains("routing id"), "\(outcome.errors)")
    }

    @Test("Sending on a ROUTER needs json", arguments: ["text", "hex"])
    func routerFormat(format: String) async throws {
        let outcome = try await Tool.run(["router", "--bind", anyPort, "--format", format], input: "6161\n")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--format json"), "\(outcome.errors)")
    }

    /// A good line, the bad one, and a good one: only the first arrives.
    private func expectRefusal(
        of line: String, after good: String, format: String, column: Int, naming names: String
    ) async throws {
        let pull = try Tool(["pull", "--bind", anyPort])
        let push = try Tool(
            ["push", "--connect", try await pull.bound(), "--format", format], input: "\(good)\n\(line)\n\(good)\n")
        let outcome = try await push.outcome()
        #expect(outcome.status == 1)
        let errors = outcome.errorLines.filter { $0.hasPrefix("error: ") }
        #expect(errors.count == 1)
        #expect(outcome.errors.contains("line 2, column \(column):"), "\(outcome.errors)")
        #expect(outcome.errors.contains(names), "\(outcome.errors)")

        try await pull.waitForOutput("ok\n")
        pull.terminate()
        #expect(try await pull.outcome().text == "ok\n")
    }
}
