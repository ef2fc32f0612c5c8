// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Takes file descriptors away from this process. For tests in a process of their own.
struct DescriptorHoard {
    private var held: [CInt] = []

    /// Lowers the limit, so that there are few to take.
    init(limit: UInt) {
        var limits = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        unsafe getrlimit(resource, &limits)
        limits.rlim_cur = rlim_t(limit)
        unsafe setrlimit(resource, &limits)
    }

    /// Takes all that are left, and those that others give back meanwhile.
    mutating func takeAll() async {
        for _ in 0..<50 {
            while case let descriptor = dup(0), descriptor >= 0 { self.held.append(descriptor) }
            await Task.yield()
        }
    }

    /// Gives some back.
    mutating func release(_ count: Int = .max) {
        for descriptor in self.held.suffix(count) { _ = close(descriptor) }
        self.held.removeLast(min(count, self.held.count))
    }
}

/// Runs a test on a context's event loop, away from the runtime's own threads.
///
/// The library that runs those on Linux looks at them through files now and then, and ends the process if it cannot
/// open one. So they must have nothing to do while there are no descriptors, not even a sleep.
func withSocketsOnLoop(_ body: @Sendable (Context) async throws -> Void) async throws {
    try await withSockets { context in
        try await withTaskExecutorPreference(context.executor) { try await body(context) }
    }
}

extension SocketEvents.AsyncIterator {
    /// Waits for the next event of a kind.
    mutating func next(_ kind: SocketEvent.Kind) async throws -> SocketEvent {
        while let event = await self.next() {
            if event.kind == kind { return event }
        }
        throw CancellationError()
    }
}
