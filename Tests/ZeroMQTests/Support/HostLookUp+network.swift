// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import ZeroMQ

extension HostLookUp {
    /// Answers for the network: who has which address, nil if nobody knows. May block.
    static func network(_ address: @escaping @Sendable (_ name: String) -> String?) -> HostLookUp {
        HostLookUp(
            interfaces: { [] },
            hosts: { name, _ in
                guard let address = address(name) else { throw HostLookUp.Failure(reason: "nobody knows") }
                return [try SocketAddress(ipAddress: address, port: 0)]
            })
    }
}
