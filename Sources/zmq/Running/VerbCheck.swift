// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser

/// Looks at the verbs alone before the arguments are parsed, so that a wrong one is named together with the right ones.
enum VerbCheck {
    /// Verbs that the tool is to have, but not in this version.
    private static let planned: Set<String> = ["keygen"]

    /// Follows the verbs from the root of the tool downwards.
    static func check(_ arguments: [String]) throws(ToolFailure) {
        var command: any ParsableCommand.Type = ZMQ.self
        var path = "zmq"
        var rest = arguments[...]
        while !verbs(of: command).isEmpty {
            guard let verb = rest.popFirst() else {
                throw .usage("'\(path)' expects a verb: \(list(command)); see '\(path) --help'")
            }
            if verb.hasPrefix("-") || verb == "help" { return }
            guard let next = verbs(of: command)[verb] else {
                let reason = planned.contains(verb) ? "this version does not have the verb" : "unknown verb"
                throw .usage("\(reason) '\(verb)': '\(path)' expects one of \(list(command))")
            }
            command = next
            path += " \(verb)"
        }
    }

    private static func verbs(of command: any ParsableCommand.Type) -> [String: any ParsableCommand.Type] {
        let configuration = command.configuration
        let all = configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
        return Dictionary(all.map { ($0.configuration.commandName ?? "", $0) }) { first, _ in first }
    }

    private static func list(_ command: any ParsableCommand.Type) -> String {
        verbs(of: command).keys.sorted().joined(separator: ", ")
    }
}
