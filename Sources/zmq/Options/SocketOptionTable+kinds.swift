// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// The kinds of values that options take.
extension SocketOptionTable {
    typealias Path<Value> = any WritableKeyPath<SocketSettings, Value> & Sendable

    /// A number of messages, 0 for none.
    static func mark(_ path: Path<Int?>) -> Entry {
        Entry(expected: "a number of messages, 0 for no limit") { value, settings in
            guard let number = Int(value), (0...Int(Int32.max)).contains(number) else { return false }
            settings[keyPath: path] = number == 0 ? nil : number
            return true
        }
    }

    /// A number of milliseconds, or the number that stands for none.
    static func time(_ path: Path<Duration?>, none: Int) -> Entry {
        let meaning = none == 0 ? "0 for no limit" : "-1 for no limit"
        return Entry(expected: "a time in milliseconds, \(meaning)") { value, settings in
            guard let number = milliseconds(value, from: min(none, 0)) else { return false }
            settings[keyPath: path] = number == none ? nil : .milliseconds(number)
            return true
        }
    }

    /// 0 or 1.
    static func flag(_ path: Path<Bool>, only types: Set<SocketType>? = nil) -> Entry {
        Entry(expected: "0 or 1", types: types) { value, settings in
            guard value == "0" || value == "1" else { return false }
            settings[keyPath: path] = value == "1"
            return true
        }
    }

    /// A whole number that is not below a minimum.
    static func number(_ path: Path<Int>, from minimum: Int) -> Entry {
        Entry(expected: "a whole number from \(minimum)") { value, settings in
            guard let number = Int(value), (minimum...Int(Int32.max)).contains(number) else { return false }
            settings[keyPath: path] = number
            return true
        }
    }

    /// A whole number in a range.
    static func number(_ path: Path<Int>, in range: ClosedRange<Int>) -> Entry {
        Entry(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { value, settings in
            guard let number = Int(value), range.contains(number) else { return false }
            settings[keyPath: path] = number
            return true
        }
    }

    /// How long after a lost connection the next attempt is made.
    static let reconnectInterval = Entry(expected: "a time in milliseconds, -1 or 0 for never") { value, settings in
        guard let number = milliseconds(value, from: -1) else { return false }
        settings.reconnectInterval = .some(number <= 0 ? nil : .milliseconds(number))
        return true
    }

    /// Up to where that time grows.
    static let reconnectMaximum = Entry(expected: "a time in milliseconds, 0 for no growth") { value, settings in
        guard let number = milliseconds(value, from: 0) else { return false }
        settings.reconnectMaximum = .milliseconds(number)
        return true
    }

    /// How long a peer may be silent after a PING.
    static let heartbeatTimeout = Entry(expected: "a time in milliseconds, 0 for no limit") { value, settings in
        guard let number = milliseconds(value, from: 0) else { return false }
        settings.options.heartbeatTimeout = .milliseconds(number)
        return true
    }

    /// How long this side may be silent after a PING.
    static let heartbeatTTL = Entry(expected: "a time in milliseconds up to 6553599") { value, settings in
        guard let number = milliseconds(value, from: 0), number <= 6_553_599 else { return false }
        settings.options.heartbeatTTL = .milliseconds(number)
        return true
    }

    /// A name and a text for peers; may be given several times.
    static let metadata = Entry(expected: "X-NAME:TEXT, such as X-Version:2") { value, settings in
        guard value.hasPrefix("X-"), let colon = value.firstIndex(of: ":") else { return false }
        let (name, text) = (String(value[..<colon]), String(value[value.index(after: colon)...]))
        var properties = PeerProperties()
        guard name != "X-", !text.isEmpty, (try? properties.add(name, text)) != nil else { return false }
        settings.options.metadata[name] = text
        return true
    }

    /// The largest message taken from a peer.
    static let maximumSize = Entry(expected: "a number of bytes, -1 for no limit") { value, settings in
        guard let number = Int(value), number >= -1 else { return false }
        settings.options.maxMessageSize = number == -1 ? nil : number
        return true
    }

    /// The name under which ROUTER peers know the socket.
    static let routingID = Entry(expected: "1 to 255 bytes, the first not 0") { value, settings in
        guard let id = try? RoutingID(value) else { return false }
        settings.options.routingID = id
        return true
    }

    /// What a SUB wants, or no longer wants.
    static func subscription(isCancellation: Bool) -> Entry {
        Entry(expected: "a topic", types: [.sub, .xsub]) { value, settings in
            settings.subscriptions.append(Subscription(Message.Part(value), isCancellation: isCancellation))
            return true
        }
    }

    /// Which subscriptions an XPUB is told.
    static func verbosity(_ verbosity: XPubVerbosity) -> Entry {
        Entry(expected: "0 or 1", types: [.xpub]) { value, settings in
            guard value == "0" || value == "1" else { return false }
            settings.options.xpubVerbosity = value == "1" ? verbosity : .quiet
            return true
        }
    }

    /// What an XPUB sends to every new connection first.
    static let welcomeMessage = Entry(expected: "a text, empty for none", types: [.xpub]) { value, settings in
        settings.options.xpubWelcomeMessage = value.isEmpty ? nil : Message.Part(value)
        return true
    }

    private static func milliseconds(_ value: String, from minimum: Int) -> Int? {
        guard let number = Int(value), (minimum...Int(Int32.max)).contains(number) else { return nil }
        return number
    }
}
