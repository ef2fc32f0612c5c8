// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `TYPE:EP`: one socket of a proxy.
struct ProxySide: Sendable {
    let type: SocketType
    let endpoint: String

    /// The types that a proxy can use in this version.
    private static let types: [SocketType] = [
        .router, .dealer, .pull, .push, .pair, .xsub, .xpub, .sub, .pub,
    ]

    /// The types that can hear what a proxy shall do.
    private static let controlTypes: [SocketType] = [.rep, .pair, .dealer, .pull, .sub]

    /// The side that the text names; throws what is wrong with it.
    @Sendable
    static func parse(_ text: String) throws -> ProxySide { try Self.parse(text, among: Self.types) }

    /// The same for the socket that steers a proxy.
    @Sendable
    static func parseControl(_ text: String) throws -> ProxySide { try Self.parse(text, among: Self.controlTypes) }

    private static func parse(_ text: String, among types: [SocketType]) throws -> ProxySide {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
            throw ValidationError("expected TYPE:EP, such as router:tcp://127.0.0.1:5559")
        }
        let name = String(text[..<colon])
        guard let type = types.first(where: { $0.rawValue == name }) else {
            let known = types.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("unknown type '\(name)': expected one of \(known)")
        }
        return ProxySide(type: type, endpoint: String(text[text.index(after: colon)...]))
    }

    /// Whether whatever one side receives the other can send.
    static func fit(_ frontend: SocketType, _ backend: SocketType) -> Bool {
        let sources: Set<SocketType> = [.pull, .sub, .xsub]
        let sinks: Set<SocketType> = [.push, .pub, .xpub]
        let oneWay = sources.union(sinks)
        guard oneWay.contains(frontend) || oneWay.contains(backend) else { return true }
        // Subscriptions go up, messages come down: of two that subscribe or two that publish nothing would come.
        return sources.contains(frontend) && sinks.contains(backend)
            || sinks.contains(frontend) && sources.contains(backend)
    }

    /// Whether the type can be given a copy of everything.
    static func canCapture(_ type: SocketType) -> Bool {
        [.push, .dealer, .pair, .pub, .xpub].contains(type)
    }
}
