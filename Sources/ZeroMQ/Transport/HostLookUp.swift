// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore
import NIOPosix
import Synchronization

/// What the machine knows about names: its network interfaces, and hosts.
package struct HostLookUp: Sendable {
    /// Why a host name gave no address.
    package struct Failure: Error {
        package let reason: String
        package let cause: (any Error)?

        package init(reason: String, cause: (any Error)? = nil) {
            self.reason = reason
            self.cause = cause
        }
    }

    /// One address of one network interface.
    package struct InterfaceAddress: Sendable {
        package let name: String
        package let address: SocketAddress

        package init(name: String, address: SocketAddress) {
            self.name = name
            self.address = address
        }
    }

    private let interfaces: @Sendable () -> [InterfaceAddress]
    private let hosts: @Sendable (_ name: String, _ allowsIPv6: Bool) throws -> [SocketAddress]

    /// - Parameters:
    ///   - interfaces: Every address of every interface. Must not block.
    ///   - hosts: The addresses of a host, best first, port 0. May block: it runs on NIO's thread pool.
    package init(
        interfaces: @escaping @Sendable () -> [InterfaceAddress],
        hosts: @escaping @Sendable (_ name: String, _ allowsIPv6: Bool) throws -> [SocketAddress]
    ) {
        self.interfaces = interfaces
        self.hosts = hosts
    }

    /// The addresses of a network interface in the system's order; nil if there is no such interface.
    func interfaceAddresses(of name: String, port: UInt16) -> Addresses? {
        Addresses(self.interfaces().filter { $0.name == name }.map(\.address), port: port)
    }

    /// The addresses of a host, best first.
    ///
    /// The look-up itself cannot be stopped. When the task is cancelled this throws at once, and the thread
    /// finishes on its own.
    func addresses(of name: String, port: UInt16, allowsIPv6: Bool) async throws -> Addresses {
        let found = try await self.lookUpOnThreadPool(name, allowsIPv6)
        guard let addresses = Addresses(found, port: port) else {
            throw Failure(reason: "it has none of a usable kind")
        }
        return addresses
    }

    private func lookUpOnThreadPool(_ name: String, _ allowsIPv6: Bool) async throws -> [SocketAddress] {
        let answer = Answer()
        let hosts = self.hosts
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard answer.wait(continuation) else { return }
                NIOThreadPool.singleton.submit { state in
                    switch state {
                    case .active: answer.give(Result { try hosts(name, allowsIPv6) })
                    case .cancelled: answer.give(.failure(CancellationError()))
                    }
                }
            }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }
}

// MARK: - Addresses

extension HostLookUp {
    /// One address or more, each once, in the order to try them.
    struct Addresses: Sendable {
        let all: [SocketAddress]

        /// The first IPv4 address, or else the first.
        let preferringIPv4: SocketAddress

        init(_ only: SocketAddress) {
            self.all = [only]
            self.preferringIPv4 = only
        }

        init?(_ found: [SocketAddress], port: UInt16) {
            var seen: Set<SocketAddress> = []
            let all = found.compactMap { address in
                var address = address
                address.port = Int(port)
                return seen.insert(address).inserted ? address : nil
            }
            guard let preferred = all.first(where: { $0.protocol == .inet }) ?? all.first else { return nil }
            self.all = all
            self.preferringIPv4 = preferred
        }
    }
}

// MARK: - One answer

extension HostLookUp {
    /// The first answer to one look-up, be it the thread's or a cancellation.
    ///
    /// Isolation: its own lock, which is never held while the continuation resumes.
    private final class Answer: Sendable {
        private enum State {
            case unasked
            case waiting(CheckedContinuation<[SocketAddress], any Error>)
            case answered
        }

        private let state = Mutex(State.unasked)

        /// Returns false, and fails the continuation, if the answer came first: only a cancellation can.
        func wait(_ continuation: CheckedContinuation<[SocketAddress], any Error>) -> Bool {
            let isWaiting = self.state.withLock { state in
                guard case .unasked = state else { return false }
                state = .waiting(continuation)
                return true
            }
            if !isWaiting { continuation.resume(throwing: CancellationError()) }
            return isWaiting
        }

        func give(_ result: Result<[SocketAddress], any Error>) {
            let previous = self.state.withLock { state in
                defer { state = .answered }
                return state
            }
            if case .waiting(let continuation) = previous { continuation.resume(with: result) }
        }
    }
}
