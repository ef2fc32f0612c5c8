// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

// The same wishes for sockets of both sides.

extension SocketOptions {
    static let quiet = SocketOptions()
    static let verbose = Self.with { $0.xpubVerbosity = .verbose }
    static let verboser = Self.with { $0.xpubVerbosity = .verboser }
    static let manual = Self.with { $0.xpubManual = true }
    static let inverted = Self.with { $0.invertMatching = true }
    static let welcoming = Self.with { $0.xpubWelcomeMessage = "welcome" }
    /// Without marks, so that nothing is dropped.
    static let loose = Self.with { options in
        options.sendHighWaterMark = nil
        options.receiveHighWaterMark = nil
    }
    /// With low marks.
    static let tight = Self.with { options in
        options.sendHighWaterMark = 10
        options.receiveHighWaterMark = 10
    }
    static let patient = Self.with { options in
        options.sendHighWaterMark = 10
        options.xpubNoDrop = true
    }

    private static func with(_ change: (inout SocketOptions) -> Void) -> SocketOptions {
        var options = SocketOptions()
        change(&options)
        return options
    }
}

extension [String: ForeignPeer.Option] {
    static let quiet: Self = [:]
    static let verbose: Self = ["xpub_verbose": 1]
    static let verboser: Self = ["xpub_verboser": 1]
    static let manual: Self = ["xpub_manual": 1]
    static let inverted: Self = ["invert_matching": 1]
    static let welcoming: Self = ["xpub_welcome_msg": "welcome"]
    static let loose: Self = ["sndhwm": 0, "rcvhwm": 0]
    static let tight: Self = ["sndhwm": 10, "rcvhwm": 10]
    static let patient: Self = ["sndhwm": 10, "xpub_nodrop": 1]
}
