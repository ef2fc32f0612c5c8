// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

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
    init(limit: UInt) async throws {
        // The runtime opens those for its timers at the first use, and ends the process if it cannot.
        try await Task.sleep(for: .milliseconds(1))
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

    /// Takes all that are left.
    mutating func takeAll() {
        while true {
            let descriptor = dup(0)
            guard descriptor >= 0 else { return }
            self.held.append(descriptor)
        }
    }

    /// Gives some back.
    mutating func release(_ count: Int = .max) {
        for descriptor in self.held.suffix(count) { _ = close(descriptor) }
        self.held.removeLast(min(count, self.held.count))
    }
}
