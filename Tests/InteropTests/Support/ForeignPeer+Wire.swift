// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import ZeroMQ

extension ForeignPeer {
    /// One line to the process; `Peers/peer.py` says what the operations take.
    struct Command: Encodable, Sendable {
        var id = 0
        var op: String
        var socket: String
        var type: String?
        var options: [String: Option]?
        var endpoint: String?
        var parts: [Data]?
        var topics: [Data]?
        var sizes: [Int]?
        var count: Int?
        var timeout: Double?
        var patient: Bool?
        var name: String?
        var names: [String]?
        var frontend: String?
        var backend: String?
        var host: String?
        var port: Int?
        var bytes: Data?
        var version: String?

        init(_ op: String, _ socket: String, timeout: Duration? = nil) {
            self.op = op
            self.socket = socket
            self.timeout = timeout.map { Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18 }
        }
    }

    /// One line from the process.
    struct Answer: Decodable, Sendable {
        var id: Int
        var error: String?
        var text: String?
        var endpoint: String?
        var parts: [Data]?
        var messages: [[Data]]?
        var count: Int?
        var sizes: [Int]?
        var same: Bool?
        var event: Event?
        var bytes: Data?
        var closed: Bool?
        var properties: [String: String]?
    }

    /// An event of libzmq's monitor.
    struct Event: Decodable, Sendable {
        var name: String
        var value: Int
    }

    /// The value of a foreign socket's option.
    enum Option: Encodable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
        case number(Int)
        case text(String)
        case octets(Message.Part)

        init(integerLiteral value: Int) { self = .number(value) }
        init(stringLiteral value: String) { self = .text(value) }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .octets(let value): try container.encode(["base64": value.wire])
            case .number(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            }
        }
    }
}

extension Message {
    init(wire parts: [Data]) {
        self.init(parts: parts.map { Part($0) })
    }

    var wire: [Data] {
        var parts: [Data] = []
        for part in self { parts.append(part.wire) }
        return parts
    }
}

extension Message.Part {
    var wire: Data {
        unsafe self.withUnsafeBytes { unsafe Data($0) }
    }
}
