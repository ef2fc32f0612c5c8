// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

/// One way in which our socket can meet a foreign one.
struct Scenario: Sendable, CustomTestStringConvertible {
    /// How the bytes travel.
    enum Transport: String, Sendable, CaseIterable {
        case tcp, ipc

        /// An endpoint to bind: any port, a new path.
        func wildcard() -> String {
            self == .tcp ? "tcp://127.0.0.1:*" : "ipc://\(Fresh.path())"
        }

        /// An endpoint that nobody has bound yet, to be connected to before it exists.
        func endpoint() -> String { self == .tcp ? Fresh.tcpEndpoint() : "ipc://\(Fresh.path())" }
    }

    /// Who binds; the other side connects.
    enum Binder: String, Sendable, CaseIterable {
        case we, they
    }

    /// The types of both sides.
    struct Pair: Sendable, Hashable {
        var ours: SocketType
        var theirs: SocketType

        init(_ ours: SocketType, _ theirs: SocketType) {
            self.ours = ours
            self.theirs = theirs
        }

        /// Whether our side begins, because the other one cannot.
        var weBegin: Bool {
            switch (self.ours, self.theirs) {
            case (.rep, _), (.pull, _), (.sub, _), (.xsub, _), (_, .req), (.router, .dealer): false
            default: true
            }
        }

        /// Whether there are answers. A subscriber's are an XSUB's to an XPUB.
        var isTwoWay: Bool {
            switch (self.ours, self.theirs) {
            case (.push, _), (.pull, _): false
            case (.pub, _), (.sub, _), (_, .pub), (_, .sub): false
            default: true
            }
        }
    }

    var pair: Pair
    var binder: Binder
    var transport: Transport
    var library: ForeignPeer.Library

    var testDescription: String {
        let direction = self.binder == .we ? "we bind" : "peer binds"
        return "our \(self.pair.ours) and their \(self.pair.theirs), \(direction), \(self.transport), "
            + self.library.testDescription
    }

    /// Every pair of types, from our side.
    static let pairs: [Pair] = [
        Pair(.req, .rep), Pair(.rep, .req), Pair(.req, .router), Pair(.router, .req), Pair(.rep, .dealer),
        Pair(.dealer, .rep), Pair(.dealer, .dealer), Pair(.dealer, .router), Pair(.router, .dealer),
        Pair(.router, .router), Pair(.push, .pull), Pair(.pull, .push), Pair(.pair, .pair),
        Pair(.pub, .sub), Pair(.pub, .xsub), Pair(.xpub, .sub), Pair(.xpub, .xsub),
        Pair(.sub, .pub), Pair(.sub, .xpub), Pair(.xsub, .pub), Pair(.xsub, .xpub),
    ]

    /// Every pair, both directions, both transports, every library here.
    static let all: [Scenario] = Self.pairs.flatMap { pair in
        Binder.allCases.flatMap { binder in
            Transport.allCases.flatMap { transport in
                ForeignPeer.libraries.map { library in
                    Scenario(pair: pair, binder: binder, transport: transport, library: library)
                }
            }
        }
    }.filter { !$0.isMute }

    /// One pair, both directions, both transports, libzmq alone.
    static func all(_ ours: SocketType, _ theirs: SocketType) -> [Scenario] {
        Self.all.filter { $0.pair == Pair(ours, theirs) && $0.library == .libzmq }
    }

    /// Whether there are answers. omq 0.21 has no other messages from XSUB to XPUB than subscriptions.
    var isTwoWay: Bool {
        self.pair.isTwoWay && !(self.library == .omq && [.xpub, .xsub].contains(self.pair.ours))
    }

    /// A SUB of omq 0.21 that is bound tells nobody who connects what it wants; libzmq's XPUB sees the same.
    private var isMute: Bool { self.library == .omq && self.binder == .they && self.pair.theirs == .sub }

    /// The end of a message of a thousand parts stays in a publisher of omq 0.21 until it publishes another one; libzmq's
    /// SUB sees the same. And it drops at a mark, whatever it is told.
    var hasFaultyPublisher: Bool { self.library == .omq && [.pub, .xpub].contains(self.pair.theirs) }

    /// omq 0.21 takes a REP's envelope to end at the last of adjacent empty parts, not at the first empty one, and may
    /// stop answering a DEALER that does not wait for its replies; libzmq's DEALER sees the same.
    var hasFaultyRep: Bool { self.library == .omq && self.pair.theirs == .rep }
}
