// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq probe`
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Tell what listens at an endpoint: version, security, socket type, metadata, speed.",
        discussion: """
            The peer is not disturbed: it gets no message and no subscription. Before a push, dealer, req or pair the \
            handshake is left unfinished, since it would take the asker for a peer to send to, or to talk to alone.

            Exit codes: 0 a ZeroMQ peer answers, 1 it refuses or something else is there, 2 wrong usage, 3 no answer.
            """
    )

    @Argument(help: ArgumentHelp("What to ask, such as tcp://127.0.0.1:5555.", valueName: "ep"))
    var endpoint: String

    @Option(
        help: ArgumentHelp("How long all of it may take. (default: 5)", valueName: "seconds"),
        transform: Expecting.someSeconds)
    var timeout: Duration = .seconds(5)

    @Option(help: "How the answer is written.")
    var format: ReportFormat = .text

    func run() async throws {
        try await withToolContext { context in
            do {
                let report = try await context.probe(endpoint, within: timeout, ipv6: true)
                switch format {
                case .text: for line in report.lines { try await StandardOutput.line(line) }
                case .json: try await StandardOutput.line(report.json.text)
                }
            } catch let error as ZeroMQError {
                throw ToolFailure(error, argument: "probe", endpoint: endpoint)
            }
        }
    }
}

extension ProbeReport {
    private var fields: [(name: String, key: String, value: String?)] {
        [
            ("endpoint", "endpoint", endpoint),
            ("address", "address", address),
            ("version", "version", "\(version)"),
            ("mechanism", "mechanism", mechanism),
            ("as-server", "as_server", isServer.map { $0 ? "yes" : "no" }),
            ("socket type", "type", socketType),
            ("routing id", "routing_id", routingID.map { "\($0)" }),
        ]
    }

    /// What the peer says of itself, but for what is told anyway.
    private var others: [PeerProperties.Property] {
        properties.filter { !["socket-type", "identity"].contains($0.name.lowercased()) }
    }

    /// The report, a line for each thing that is known.
    fileprivate var lines: [String] {
        var lines = fields.compactMap { field in field.value.map { "\(field.name): \($0)" } }
        lines += others.map { "\($0.name): \($0.text)" }
        let times = [("connect", connectTime), ("handshake", handshakeTime), ("round trip", roundTripTime)]
        lines += times.compactMap { name, time in time.map { "\(name): \($0.inMilliseconds) ms" } }
        if let remark { lines.append("note: \(remark)") }
        return lines.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
    }

    /// The report as one object.
    fileprivate var json: JSONObject {
        var object = JSONObject()
        for field in fields where field.key != "as_server" { object.add(field.key, field.value) }
        object.add("as_server", isServer)
        var metadata = JSONObject()
        for property in others { metadata.add(property.name, property.text) }
        object.add("metadata", metadata)
        object.add("connect_ms", connectTime)
        object.add("handshake_ms", handshakeTime)
        object.add("round_trip_ms", roundTripTime)
        object.add("note", remark)
        return object
    }
}
