// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// Whether the process could open more files.
///
/// SwiftNIO stops the process if it cannot open what an event loop needs; asking first makes that an error. Another
/// thread may take them in between, which leaves the chance small but not nil.
enum SpareDescriptors {
    static func exist(_ count: Int) -> Bool {
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < count {
            let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return false }
            opened.append(descriptor)
        }
        return true
    }
}
