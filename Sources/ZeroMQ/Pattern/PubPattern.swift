// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// PUB: to all who subscribed to what a message begins with; who has no room misses it (RFC 29).
package struct PubPattern: PublishingPattern {
    package static var type: SocketType { .pub }
    package static var fansOut: Bool { true }
    package static var absorbs: Bool { true }

    package var publisher: Publisher

    package init(_ rules: PatternRules) {
        self.publisher = Publisher(rules.publishing, seed: rules.seed, reports: false)
    }

    package var receivingFault: ZeroMQError? { .cannotReceive(.pub) }
    package var canReceive: Bool { false }
}
