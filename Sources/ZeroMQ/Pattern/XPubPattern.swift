// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// XPUB: as PUB, and the application sees the subscriptions and what else subscribers send (RFC 29).
package struct XPubPattern: PublishingPattern {
    package static var type: SocketType { .xpub }
    package static var fansOut: Bool { true }
    package static var absorbs: Bool { true }

    package var publisher: Publisher

    package init(_ rules: PatternRules) {
        self.publisher = Publisher(rules.publishing, seed: rules.seed, reports: true)
    }

    package var canReceive: Bool { self.publisher.hasPending }
    package mutating func takeAbsorbed() -> Message? { self.publisher.takePending() }
}
