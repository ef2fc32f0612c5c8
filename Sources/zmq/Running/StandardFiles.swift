// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The three standard file descriptors, at the level of the system.
enum StandardFiles {
    /// A write to a closed pipe becomes an error, not a signal, and no socket can ever become descriptor 0, 1 or 2.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = unsafe open("/dev/null", O_RDWR)
        }
    }

    /// Writes all of it, however often the system takes only a part; returns the error number, or 0.
    @discardableResult
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        unsafe bytes.withUnsafeBytes { buffer in
            var rest = unsafe buffer[...]
            while unsafe !rest.isEmpty {
                let written = unsafe write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written >= 0 {
                    unsafe rest = rest.dropFirst(written)
                } else if errno == EAGAIN {
                    wait(for: descriptor, until: Int16(POLLOUT))
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    /// What one read gave.
    enum ReadResult {
        case bytes([UInt8])
        case end
        case failure(Int32)
    }

    /// Reads what is there, at most `limit` bytes, waiting for the first of them.
    static func readSome(from descriptor: Int32, limit: Int) -> ReadResult {
        while true {
            var count = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
                count = unsafe read(descriptor, buffer.baseAddress, limit)
                initialized = max(count, 0)
            }
            if count > 0 { return .bytes(bytes) }
            if count == 0 { return .end }
            if errno == EAGAIN {
                wait(for: descriptor, until: Int16(POLLIN))
            } else if errno != EINTR {
                return .failure(errno)
            }
        }
    }

    /// The system's words for an error number.
    static func describe(_ error: Int32) -> String {
        unsafe String(cString: strerror(error))
    }

    /// Whoever shares the descriptor with us may have made it non-blocking.
    private static func wait(for descriptor: Int32, until events: Int16) {
        var descriptors = pollfd(fd: descriptor, events: events, revents: 0)
        _ = unsafe poll(&descriptors, 1, -1)
    }
}
