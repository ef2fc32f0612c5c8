// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import ZeroMQ

extension Message.Part {
    /// Octets in which a piece that got lost or moved shows: their period divides no power of two. The first is none
    /// that a subscription begins with. `Peers/peer.py` makes the same.
    static func octets(_ count: Int) -> Message.Part {
        var octets = Data(3..<251)
        while octets.count < count { octets.append(octets) }
        return Message.Part(octets.prefix(count))
    }
}

extension Message {
    /// A message whose parts have these sizes, of ``Message/Part/octets(_:)``.
    static func octets(_ sizes: Int...) -> Message {
        Message(parts: sizes.map { Message.Part.octets($0) })
    }
}
