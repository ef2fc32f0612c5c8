// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

#if os(Linux)
import Glibc
import Testing

/// Listens, never accepts, and has no room for another connection: the system lets whoever dials wait.
struct BusyListener {
    let endpoint: String
    private var descriptors: [CInt] = []

    init() throws {
        let kind = CInt(SOCK_STREAM.rawValue)
        let listener = socket(AF_INET, kind, 0)
        self.descriptors.append(listener)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, length) == 0 && listen(listener, 0) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        try #require(isBound)
        self.endpoint = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        for _ in 0..<4 {
            let dialler = socket(AF_INET, kind | CInt(SOCK_NONBLOCK.rawValue), 0)
            self.descriptors.append(dialler)
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = unsafe connect(dialler, $0, length)
                }
            }
        }
    }

    func end() { for descriptor in self.descriptors { close(descriptor) } }
}
#endif
