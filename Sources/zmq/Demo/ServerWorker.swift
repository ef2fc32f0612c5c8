// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// One of the server's workers.
protocol ServerWorker: Sendable {
    /// Serves one request after the other until the server has closed and nothing is left to serve.
    func run() async throws
}
