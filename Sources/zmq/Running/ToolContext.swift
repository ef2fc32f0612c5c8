// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Lends a context to the body and shuts it down afterwards: patiently if all went well, at once if not.
///
/// Whoever has something to send closes its socket in the body, which waits for as long as linger says; after an error
/// or a signal there is nothing left to wait for.
func withToolContext<Result>(_ body: (Context) async throws -> Result) async throws -> Result {
    let context = try Context()
    do {
        let result = try await body(context)
        _ = await context.shutdown(within: .seconds(30))
        return result
    } catch {
        _ = await context.shutdown(within: .zero)
        throw error
    }
}
