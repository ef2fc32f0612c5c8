// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Waits until a condition holds, looking again every few milliseconds, and says whether it ever did.
///
/// For tests with real sockets, where something happens soon but nobody says when. The limit only bounds a failing
/// test; no test should depend on how long the wait takes.
///
/// - Parameters:
///   - limit: When to give up.
///   - condition: What to wait for.
/// - Returns: Whether the condition held before the limit.
/// - Throws: What the condition throws, and `CancellationError`.
public func eventually(
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: .milliseconds(2))
    }
    return true
}
