// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization

// Giving all descriptors back for a while, and taking up where that was.

extension SocketCore {
    /// Closes what has a descriptor; endpoints, the queues of dialled peers and subscriptions stay.
    func suspend() async throws {
        let (listeners, links) = try self.state.withLock { state -> Result<([Listener], [any PeerLink]), ZeroMQError> in
            guard case .open = state.phase else { return .failure(.socketClosed) }
            state.isSuspended = true
            state.openErrands += 1
            return .success((state.endpoints.listeners, state.links))
        }.get()
        defer { self.endErrand() }
        for link in links {
            if let dialler = link as? Dialler { dialler.suspend() } else if !(link is InprocLink) { link.abort() }
        }
        for listener in listeners { await listener.suspend() }
        await Wakeup.suspend { wakeup in
            let isQuiet = self.state.withLock { state in
                if state.openConnections > 0 { state.quietWaiters.append(wakeup) }
                return state.openConnections == 0
            }
            if isQuiet { wakeup.resume() }
        }
    }

    /// Binds and dials again. What could not be bound stays suspended, for the next call.
    func resume() async throws {
        let (listeners, links) = try self.state.withLock { state -> Result<([Listener], [any PeerLink]), ZeroMQError> in
            guard case .open = state.phase else { return .failure(.socketClosed) }
            state.isSuspended = false
            state.openErrands += 1
            return .success((state.endpoints.listeners, state.links))
        }.get()
        defer { self.endErrand() }
        for link in links { (link as? Dialler)?.resume() }
        var failure: (any Error)?
        for listener in listeners {
            do { try await listener.resume() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}

extension SocketCore.State {
    /// Everything that keeps a pipe going, once or twice.
    fileprivate var links: [any PeerLink] {
        (0..<self.slots.count).compactMap { self.slots[$0].link } + self.endpoints.dialled.map(\.link)
    }
}
