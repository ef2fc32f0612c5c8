// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP

@Suite("RFC 37, The Socket-Type Property")
struct SocketTypeTests {
    /// The list of the RFC, as far as these types go.
    static let legalPeers: [SocketType: Set<SocketType>] = [
        .req: [.rep, .router],
        .rep: [.req, .dealer],
        .dealer: [.rep, .dealer, .router],
        .router: [.req, .dealer, .router],
        .pub: [.sub, .xsub],
        .xpub: [.sub, .xsub],
        .sub: [.pub, .xpub],
        .xsub: [.pub, .xpub],
        .push: [.pull],
        .pull: [.push],
        .pair: [.pair],
    ]

    @Test("each type talks to its legal peer types and to no other", arguments: SocketType.allCases)
    func talksToLegalPeers(type: SocketType) {
        #expect(Set(SocketType.allCases.filter(type.canTalk)) == Self.legalPeers[type])
    }

    @Test("what one side accepts the other accepts too", arguments: SocketType.allCases, SocketType.allCases)
    func isSymmetric(left: SocketType, right: SocketType) {
        #expect(left.canTalk(to: right) == right.canTalk(to: left))
    }

    @Test("names travel in capitals and are read in capitals only", arguments: SocketType.allCases)
    func namesRoundTrip(type: SocketType) {
        #expect(type.wireName == type.rawValue.uppercased())
        #expect(SocketType(wireName: type.wireName) == type)
        #expect(SocketType(rawValue: type.rawValue) == type)
        #expect(SocketType(wireName: type.rawValue) == nil)
    }

    @Test("other names are no type", arguments: ["", "STREAM", "CLIENT", "DEALER\0", " REQ"])
    func refusesOtherNames(name: String) {
        #expect(SocketType(wireName: name) == nil)
    }

    @Test("only REQ, DEALER and ROUTER announce a routing id")
    func announcesRoutingID() {
        #expect(Set(SocketType.allCases.filter(\.announcesRoutingID)) == [.req, .dealer, .router])
    }
}
