// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `TYPE:EP`: one socket of a proxy.
struct ProxySide: Sendable {
    let type: SocketType
    let endpoint: String

    /// The types that a proxy can use in this version.
    private static let types: [SocketType] = [.router, .dealer, .pull, .push, .pair]

    /// What is wrong with the text, if it is none.
    @Sendable
    static func parse(_ text: String) throws -> ProxySide {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
            throw ValidationError("expected TYPE:EP, such as router:tcp://127.0.0.1:5559")
        }
        let name = String(text[..<colon])
        guard let type = types.first(where: { $0.rawValue == name }) else {
            let known = types.map(\.rawValue).joined(separator: ", ")
            let isPlanned = ["pub", "sub", "xpub", "xsub"].contains(name)
            let problem = isPlanned ? "this version does not proxy '\(name)'" : "unknown type '\(name)'"
            throw ValidationError("\(problem): expected one of \(known)")
        }
        return ProxySide(type: type, endpoint: String(text[text.index(after: colon)...]))
    }

    /// Whether whatever one side receives the other can send.
    static func fit(_ frontend: SocketType, _ backend: SocketType) -> Bool {
        switch (frontend, backend) {
        case (.pull, .push), (.push, .pull): true
        case (.pull, _), (.push, _), (_, .pull), (_, .push): false
        default: true
        }
    }

    /// Whether the type can be given a copy of everything.
    static func canCapture(_ type: SocketType) -> Bool {
        [.push, .dealer, .pair].contains(type)
    }
}
