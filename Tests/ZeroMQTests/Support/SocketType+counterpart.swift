// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

extension SocketType {
    /// A type that it may talk to.
    var counterpart: SocketType {
        switch self {
        case .pair: .pair
        case .pub, .xpub: .sub
        case .sub, .xsub: .pub
        case .req: .rep
        case .rep: .req
        case .dealer, .router: .dealer
        case .pull: .push
        case .push: .pull
        }
    }
}
