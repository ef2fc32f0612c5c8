// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// Lines of input to messages, in the format asked for.
struct MessageReader: Sendable {
    let format: MessageFormat
    let socketType: SocketType

    /// The message that the line stands for.
    func message(from line: InputLine) throws(ToolFailure) -> Message {
        if socketType == .router, format != .json {
            throw .usage("--format \(format.rawValue): sending on a ROUTER expects --format json, the routing id first")
        }
        switch format {
        case .text:
            return Message(line.bytes)
        case .hex:
            do throws(Hex.Mistake) {
                return Message(try Hex.decode(line.bytes))
            } catch {
                throw line.failure(at: error.offset, error.message)
            }
        case .json:
            return try json(line)
        }
    }

    private func json(_ line: InputLine) throws(ToolFailure) -> Message {
        let parts: [[UInt8]]
        do throws(JSONMessageParser.Mistake) {
            parts = try JSONMessageParser.parts(of: line.bytes)
        } catch {
            throw line.failure(at: error.offset, error.message)
        }
        if socketType == .router {
            guard (1...255).contains(parts[0].count) else {
                throw line.failure(
                    at: 0, "expected a routing id of 1 to 255 bytes as first part, not of \(parts[0].count)")
            }
            guard parts.count > 1 else {
                throw line.failure(at: 0, "expected a routing id and at least one more part")
            }
        }
        return Message(parts: parts.map { Message.Part($0) })
    }
}
