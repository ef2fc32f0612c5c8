// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// `--option NAME=VALUE`: ZeroMQ's names for socket options, what values they take, and what they set here.
///
/// Times are in milliseconds. Where libzmq says -1 or 0 for "none" or "for ever", so does the table.
enum SocketOptionTable {
    /// One option.
    struct Entry: Sendable {
        /// The values it takes, for people.
        let expected: String
        /// The types that know it; nil means all.
        var types: Set<SocketType>?
        /// Whether the value must not be shown.
        var isSecret = false
        /// Stores the value; false if it is none.
        let set: @Sendable (_ value: String, _ settings: inout SocketSettings) -> Bool
    }

    /// What a routing id may be.
    static let routingIDRule = "expected a routing id of 1 to 255 bytes, the first not 0"

    static let entries = sockets.merging(network) { $1 }.merging(messages) { $1 }

    private static let sockets: [String: Entry] = [
        "sndhwm": mark(\.options.sendHighWaterMark),
        "rcvhwm": mark(\.options.receiveHighWaterMark),
        "linger": time(\.options.linger, none: -1),
        "sndtimeo": time(\.sendTimeout, none: -1),
        "rcvtimeo": time(\.receiveTimeout, none: -1),
        "handshake_ivl": time(\.options.handshakeTimeout, none: 0),
        "connect_timeout": time(\.options.connectTimeout, none: 0),
        "reconnect_ivl": reconnectInterval,
        "reconnect_ivl_max": reconnectMaximum,
        "heartbeat_ivl": time(\.options.heartbeatInterval, none: 0),
        "heartbeat_timeout": heartbeatTimeout,
        "heartbeat_ttl": heartbeatTTL,
        "maxmsgsize": maximumSize,
        "metadata": metadata,
        "immediate": flag(\.options.immediate),
        "routing_id": routingID,
        "identity": routingID,
        "router_mandatory": flag(\.options.routerMandatory, only: [.router]),
        "router_handover": flag(\.options.routerHandover, only: [.router]),
        "probe_router": flag(\.options.probeRouter, only: [.req, .dealer, .router]),
        "req_relaxed": flag(\.options.reqRelaxed, only: [.req]),
        "req_correlate": flag(\.options.reqCorrelate, only: [.req]),
        "subscribe": subscription(isCancellation: false),
        "unsubscribe": subscription(isCancellation: true),
        "invert_matching": flag(\.options.invertMatching, only: [.pub, .xpub, .sub]),
        "xpub_verbose": verbosity(.verbose),
        "xpub_verboser": verbosity(.verboser),
        "xpub_manual": flag(\.options.xpubManual, only: [.xpub]),
        "xpub_manual_last_value": flag(\.options.xpubManualLastValue, only: [.xpub]),
        "xpub_nodrop": flag(\.options.xpubNoDrop, only: [.pub, .xpub]),
        "xpub_welcome_msg": welcomeMessage,
        "only_first_subscribe": flag(\.options.onlyFirstSubscribe, only: [.xpub, .xsub]),
        "xsub_verbose_unsubscribe": flag(\.options.xsubVerboseUnsubscribe, only: [.xsub]),
    ]

    /// The names of all options.
    static let names = entries.keys.sorted().joined(separator: ", ")

    /// Carries out one `NAME=VALUE`.
    static func apply(
        _ assignment: String, to settings: inout SocketSettings, of type: SocketType
    ) throws(ToolFailure) {
        guard let equals = assignment.firstIndex(of: "=") else {
            throw .usage("--option '\(assignment)': expected NAME=VALUE, such as linger=0")
        }
        let name = String(assignment[..<equals])
        let value = String(assignment[assignment.index(after: equals)...])
        guard let entry = entries[name] else {
            if let reason = elsewhere[name] { throw .usage("--option \(name): \(reason)") }
            throw .usage("--option \(name): unknown; expected one of \(names)")
        }
        if let types = entry.types, !types.contains(type) {
            let list = types.map(\.wireName).sorted().joined(separator: ", ")
            throw .usage("--option \(name): expected on \(list) only, not on \(type.wireName)")
        }
        guard entry.set(value, &settings) else {
            throw .usage("--option \(name)=\(entry.isSecret ? "…" : value): expected \(entry.expected)")
        }
    }
}
