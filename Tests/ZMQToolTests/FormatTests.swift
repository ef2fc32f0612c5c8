// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing

@Suite("--format text, hex and json", .serialized)
struct FormatTests {
    /// Sends the input through PUSH and PULL, each with its own format.
    private func pass(
        _ input: [UInt8], from sent: String = "text", to received: String = "text", count: Int
    ) async throws -> Tool.Outcome {
        let pull = try Tool(["pull", "--bind", anyPort, "--format", received, "--count", String(count)], input: "")
        let push = try Tool(["push", "--connect", try await pull.bound(), "--format", sent])
        push.write(input)
        push.closeInput()
        let outcome = try await push.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try await pull.outcome()
    }

    @Test(
        "A line of text is a message, byte for byte",
        arguments: [
            ("one\n", "one\n", 1), ("one\ntwo\n", "one\ntwo\n", 2), ("one\ntwo", "one\ntwo\n", 2), ("\n", "\n", 1),
            ("\n\nx\n\n", "\n\nx\n\n", 4), (" a \t b \n", " a \t b \n", 1), ("cr\r\nlf\n", "cr\r\nlf\n", 2),
            ("grüße 🐝\n", "grüße 🐝\n", 1),
        ])
    func text(input: String, expected: String, count: Int) async throws {
        let outcome = try await pass(Array(input.utf8), count: count)
        #expect(outcome.status == 0)
        #expect(outcome.text == expected)
    }

    @Test("Bytes that are no text pass through")
    func binaryText() async throws {
        let bytes = (UInt8.min...UInt8.max).filter { $0 != 10 } + [10]
        #expect(try await pass(bytes, count: 1).output == bytes)
    }

    @Test("A long line is one message", arguments: [4_095, 65_536, 65_537, 1_000_000])
    func longLine(length: Int) async throws {
        let line = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) } + [10]
        #expect(try await pass(line, count: 1).output == line)
    }

    @Test("Many lines arrive in order")
    func manyLines() async throws {
        let lines = (1...20_000).map { "line \($0)\n" }.joined()
        #expect(try await pass(Array(lines.utf8), count: 20_000).text == lines)
    }

    @Test(
        "hex is lower case on output and takes either case",
        arguments: [("00ff\n", "00ff\n"), ("DEADbeef\n", "deadbeef\n"), ("\n", "\n"), ("0a0D", "0a0d\n")])
    func hex(input: String, expected: String) async throws {
        #expect(try await pass(Array(input.utf8), from: "hex", to: "hex", count: 1).text == expected)
    }

    @Test(
        "hex reads to bytes, and json shows what they are",
        arguments: [
            ("68656c6c6f\n", "[\"hello\"]\n"), ("ff00\n", "[{\"hex\":\"ff00\"}]\n"), ("\n", "[\"\"]\n"),
            ("0061\n", "[\"\\u0000a\"]\n"), ("0174\n", "[\"\\u0001t\"]\n"), ("225c\n", "[\"\\\"\\\\\"]\n"),
            ("080c0a0d09\n", "[\"\\b\\f\\n\\r\\t\"]\n"), ("c3bc\n", "[\"ü\"]\n"), ("c3\n", "[{\"hex\":\"c3\"}]\n"),
            ("eda080\n", "[{\"hex\":\"eda080\"}]\n"), ("f09f909d\n", "[\"🐝\"]\n"),
        ])
    func hexToJSON(input: String, expected: String) async throws {
        #expect(try await pass(Array(input.utf8), from: "hex", to: "json", count: 1).text == expected)
    }

    @Test(
        "json carries parts, with blanks and escapes of all kinds",
        arguments: [
            ("[\"a\"]", "[\"a\"]"), ("[\"a\",\"\",\"b\"]", "[\"a\",\"\",\"b\"]"),
            ("  [ \"a\" ,\t\"b\" ]  ", "[\"a\",\"b\"]"), ("[\"a\"]\r", "[\"a\"]"), ("[\"\"]", "[\"\"]"),
            ("[{\"hex\":\"FF\"}]", "[{\"hex\":\"ff\"}]"),
            ("[ { \"hex\" : \"00fe\" } , \"x\" ]", "[{\"hex\":\"00fe\"},\"x\"]"),
            ("[{\"hex\":\"6869\"}]", "[\"hi\"]"), ("[{\"hex\":\"\"}]", "[\"\"]"),
            ("[{\"\\u0068ex\":\"61\"}]", "[\"a\"]"),
            ("[\"\\u0041\\u00e9\\u20ac\"]", "[\"Aé€\"]"), ("[\"\\ud83d\\udc1d\"]", "[\"🐝\"]"),
            ("[\"\\uD83D\\uDC1D\"]", "[\"🐝\"]"), ("[\"\\/\\\\\\\"\\b\\f\\n\\r\\t\"]", "[\"/\\\\\\\"\\b\\f\\n\\r\\t\"]"),
            ("[\"\\u0000\"]", "[\"\\u0000\"]"), ("[\"ü🐝\"]", "[\"ü🐝\"]"),
        ])
    func json(input: String, expected: String) async throws {
        #expect(try await pass(Array(input.utf8), from: "json", to: "json", count: 1).text == expected + "\n")
    }

    @Test("text and hex join the parts of a message", arguments: [("text", "abc\n"), ("hex", "616263\n")])
    func joined(format: String, expected: String) async throws {
        let input = Array("[\"a\",\"\",\"b\",\"c\"]\n".utf8)
        #expect(try await pass(input, from: "json", to: format, count: 1).text == expected)
    }

    @Test("A newline inside a payload is written as it is")
    func newlineInside() async throws {
        #expect(try await pass(Array("610a62\n".utf8), from: "hex", to: "text", count: 1).text == "a\nb\n")
    }

    @Test("Without any input there is nothing to send")
    func emptyInput() async throws {
        let outcome = try await Tool.run(["push", "--bind", anyPort])
        #expect(outcome.status == 0)
    }
}
