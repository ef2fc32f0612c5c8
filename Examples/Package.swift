// swift-tools-version: 6.2
// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
import PackageDescription

// One package for all examples, so that what they stand on is built once: `swift run workers`, `swift run server`.
let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-zeromq", path: "..")],
    targets: ["workers", "server", "server-rep", "jupyter"].map { name in
        .executableTarget(
            name: name,
            dependencies: [.product(name: "ZeroMQ", package: "swift-zeromq")],
            swiftSettings: [
                .swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
            ]
        )
    }
)
