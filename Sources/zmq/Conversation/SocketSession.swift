// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// One socket verb from opening the socket to closing it.
struct SocketSession {
    let type: SocketType
    let arguments: SocketArguments
    let echo: Bool
    /// What is subscribed to at the start, beside what options say.
    var topics: [String] = []
    /// Whether the first message waits for a subscriber.
    var waitsForPeer = false

    /// How long a tool that has failed already still tries to hand over what it had sent before.
    private static let farewell = Duration.seconds(5)

    /// Opens, talks, closes.
    func run() async throws {
        let settings = try arguments.settings(for: type)
        try await withToolContext { context in
            let socket = try context.makeSocket(type, socketOptions(settings))
            let peers = PeerWatch()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let events = socket.events
                // Ends with the socket, once it has told all; at once where something fails.
                group.addTask { await watch(events, peers: peers) }
                try subscribe(socket, settings)
                try await Endpoints.open(
                    socket, binds: arguments.binds, connects: arguments.connects,
                    adopting: settings.listeningDescriptor, as: settings.connectRoutingID)
                try await talk(on: patient(socket, settings, peers), settings)
            }
        }
    }

    /// SUB without a wish wants everything.
    private func subscribe(_ socket: AnySocket, _ settings: SocketSettings) throws {
        for topic in topics { try socket.subscribe(to: Message.Part(topic)) }
        for subscription in settings.subscriptions {
            if subscription.isCancellation {
                try socket.unsubscribe(from: subscription.topic)
            } else {
                try socket.subscribe(to: subscription.topic)
            }
        }
        if type == .sub, topics.isEmpty, settings.subscriptions.isEmpty { try socket.subscribe() }
    }

    /// A ROUTER always says what it cannot route: the tool decides what to do about it.
    private func socketOptions(_ settings: SocketSettings) -> SocketOptions {
        var options = settings.socketOptions
        if type == .router { options.routerMandatory = true }
        return options
    }

    private func patient(_ socket: AnySocket, _ settings: SocketSettings, _ peers: PeerWatch) -> PatientSocket {
        let patience = Patience(
            receiving: Self.shorter(arguments.timeout, settings.receiveTimeout),
            sending: Self.shorter(arguments.timeout, settings.sendTimeout))
        return PatientSocket(socket, patience: patience, mustRoute: settings.options.routerMandatory, peers: peers)
    }

    private func talk(on socket: PatientSocket, _ settings: SocketSettings) async throws {
        do {
            if waitsForPeer { try await socket.waitForSubscriber() }
            try await Conversation(socket, arguments: arguments).run(echo: echo)
        } catch let failure as ToolFailure where failure.status != .timedOut {
            Notices.error(failure.message)
            await socket.base.close(within: Self.shorter(Self.farewell, settings.options.linger) ?? .zero)
            throw ReportedFailure(status: failure.status)
        } catch let end as ReaderGone {
            await socket.base.close(within: .seconds(1))
            throw end
        } catch {
            await socket.base.close(within: .zero)
            throw error
        }
        try await close(socket.base, linger: settings.options.linger)
    }

    /// Waits until all is handed over, for as long as `linger` allows and messages leave as `--timeout` demands.
    private func close(_ socket: AnySocket, linger: Duration?) async throws {
        let (report, isStuck) = await withTaskGroup(of: Bool.self) { group in
            let closing = Task { await socket.close() }
            if let timeout = arguments.timeout {
                group.addTask {
                    guard await Self.isStuck(socket, for: timeout) else { return false }
                    closing.cancel()
                    return true
                }
            }
            let report = await withTaskCancellationHandler {
                await closing.value
            } onCancel: {
                closing.cancel()
            }
            group.cancelAll()
            return (report, await group.contains(true))
        }
        try Task.checkCancellation()
        guard report.lost > 0 else { return }
        let lost = Self.messages(report.lost)
        guard isStuck, let timeout = arguments.timeout else {
            Notices.line("lost \(lost): linger has passed")
            return
        }
        throw ToolFailure.timedOut("timeout: \(lost) could not be sent, none of them within \(timeout.inSeconds)")
    }

    /// Whether for a time no message leaves; false when that no longer matters.
    private static func isStuck(_ socket: AnySocket, for timeout: Duration) async -> Bool {
        var (unsent, since) = (socket.unsentMessages, ContinuousClock.now)
        while (try? await Task.sleep(for: min(timeout / 5, .milliseconds(50)))) != nil {
            if socket.unsentMessages != unsent {
                (unsent, since) = (socket.unsentMessages, .now)
            } else if .now - since >= timeout {
                return true
            }
        }
        return false
    }

    private func watch(_ events: SocketEvents, peers: PeerWatch) async {
        for await event in events {
            if case .handshakeSucceeded = event { peers.sawOne() }
            if arguments.verbose { Notices.line("event: \(event)") }
        }
    }

    private static func messages(_ count: Int) -> String {
        count == 1 ? "1 message" : "\(count) messages"
    }

    private static func shorter(_ first: Duration?, _ second: Duration?) -> Duration? {
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }
}
