// swift-tools-version: 6.2
import PackageDescription

// One list for every target: the language as it will be, and no unchecked memory.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
]

let package = Package(
    name: "swift-zeromq",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "ZeroMQ", targets: ["ZeroMQ"]),
        .library(name: "ZMTP", targets: ["ZMTP"]),
        .library(name: "ZeroMQServices", targets: ["ZeroMQServices"]),
        .library(name: "ZeroMQTesting", targets: ["ZeroMQTesting"]),
        .executable(name: "zmq", targets: ["zmq"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        .target(
            name: "ZMTP",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")]
        ),
        .target(
            name: "ZeroMQ",
            dependencies: [
                "ZMTP",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(name: "ZeroMQServices", dependencies: ["ZeroMQ"]),
        .target(
            name: "ZeroMQTesting",
            dependencies: [
                "ZeroMQ", "ZMTP",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .executableTarget(
            name: "zmq",
            dependencies: [
                "ZeroMQ", "ZeroMQServices",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(
            name: "ZMTPTests",
            dependencies: ["ZMTP", .product(name: "NIOCore", package: "swift-nio")]
        ),
        .testTarget(
            name: "ZeroMQTests",
            dependencies: [
                "ZeroMQ", "ZMTP", "ZeroMQServices", "ZeroMQTesting",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(name: "InteropTests", dependencies: ["ZeroMQ", "ZeroMQTesting"], exclude: ["Peers"]),
        .testTarget(name: "ZMQToolTests", dependencies: ["ZeroMQ", "ZeroMQTesting"]),
    ]
)

for target in package.targets {
    target.swiftSettings = settings
}
