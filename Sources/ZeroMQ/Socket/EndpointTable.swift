// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The endpoints of a socket by the text that names them.
///
/// Isolation: the socket's lock.
struct EndpointTable {
    struct Dialled {
        let endpoint: String
        let link: any PeerLink
        /// Nil while the peer exists only as long as a connection does.
        let peer: PeerID?
    }

    private(set) var listeners: [Listener] = []
    private(set) var names: [String] = []
    private(set) var dialled: [Dialled] = []
    var last: String?

    mutating func add(_ listener: Listener) {
        self.listeners.append(listener)
        self.last = listener.endpoint
    }

    mutating func add(name: String) {
        self.names.append(name)
        self.last = "inproc://\(name)"
    }

    mutating func add(_ dialled: Dialled) {
        self.dialled.append(dialled)
        self.last = dialled.endpoint
    }

    /// All that is bound.
    var bound: [String] { self.listeners.map { $0.endpoint } + self.names.map { "inproc://\($0)" } }

    func isDialled(_ endpoint: String) -> Bool {
        self.dialled.contains { $0.endpoint == endpoint }
    }

    mutating func removeListeners(at endpoint: String) -> [Listener] {
        let found = self.listeners.filter { $0.endpoint == endpoint || $0.given == endpoint }
        self.listeners.removeAll { $0.endpoint == endpoint || $0.given == endpoint }
        return found
    }

    mutating func removeName(at endpoint: String) -> String? {
        guard let index = self.names.firstIndex(where: { "inproc://\($0)" == endpoint }) else { return nil }
        return self.names.remove(at: index)
    }

    mutating func removeDialled(at endpoint: String) -> [Dialled] {
        let found = self.dialled.filter { $0.endpoint == endpoint }
        self.dialled.removeAll { $0.endpoint == endpoint }
        return found
    }

    mutating func removeDialled(_ peer: PeerID) {
        self.dialled.removeAll { $0.peer == peer }
    }

    mutating func removeDialled(_ link: any PeerLink) {
        self.dialled.removeAll { $0.link === link }
    }

    /// Gives all of them up.
    mutating func removeAll() -> (listeners: [Listener], names: [String], dialled: [Dialled]) {
        defer { self = EndpointTable() }
        return (self.listeners, self.names, self.dialled)
    }
}
