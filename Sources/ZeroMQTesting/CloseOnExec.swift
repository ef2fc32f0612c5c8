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

/// Sees to it that a process which another test starts at this moment gets no copy of a pipe's descriptors: as long as
/// it had one, nobody would see the end of what is written there.
package func closeOnExec(_ descriptors: CInt...) {
    for descriptor in descriptors {
        let result = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        precondition(result == 0, "descriptor \(descriptor) is not open: \(errno)")
    }
}
