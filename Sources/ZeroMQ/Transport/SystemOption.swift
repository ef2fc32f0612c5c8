// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

/// One thing that the system is told about a descriptor, and what it is called in the options.
package struct SystemOption: Sendable, Hashable {
    package enum Value: Sendable, Hashable {
        case number(CInt)
        case text(String)
    }

    /// The field and its twin, such as `tcp.priority (ZMQ_PRIORITY)`.
    package let name: String
    package let level: CInt
    package let option: CInt
    package let value: Value

    init(_ name: String, _ level: NIOBSDSocket.OptionLevel, _ option: CInt, _ value: Int) {
        self.init(name, level, option, .number(CInt(clamping: value)))
    }

    init(_ name: String, _ level: NIOBSDSocket.OptionLevel, _ option: CInt, _ value: Value) {
        self.name = name
        self.level = level.rawValue
        self.option = option
        self.value = value
    }

    /// Whether this platform has what only Linux has.
    static var hasLinuxOptions: Bool {
        #if os(Linux) || os(Android)
        true
        #else
        false
        #endif
    }

    /// Tells the system.
    package func set(on descriptor: CInt) throws(Refusal) {
        let result: CInt
        switch self.value {
        case .number(let number):
            result = unsafe withUnsafePointer(to: number) {
                unsafe setsockopt(descriptor, self.level, self.option, $0, socklen_t(MemoryLayout<CInt>.size))
            }
        case .text(let text):
            var octets = Array(text.utf8) + [0]
            result = unsafe octets.withUnsafeMutableBytes {
                unsafe setsockopt(descriptor, self.level, self.option, $0.baseAddress, socklen_t($0.count))
            }
        }
        guard result == 0 else { throw Refusal(option: self, cause: IOError(errnoCode: errno, reason: "setsockopt")) }
    }

    /// The system did not want to.
    package struct Refusal: Error {
        let option: SystemOption
        let cause: IOError

        var code: ZeroMQError.Code {
            switch self.cause.errnoCode {
            case EPERM, EACCES: .permissionDenied
            case ENODEV: .addressNotAvailable
            case ENOPROTOOPT, EOPNOTSUPP: .notSupported
            case EINVAL, EDOM: .invalidOption
            default: .io
            }
        }

        var problem: String {
            let reason =
                switch self.code {
                case .permissionDenied: "that needs special rights"
                case .addressNotAvailable: "this machine has no such network interface"
                case .notSupported: "this system does not know the option"
                case .invalidOption: "this system does not take the value"
                default: "\(self.cause)"
                }
            return "the system refuses \(self.option.name) = \(self.option.value): \(reason)"
        }
    }
}

extension SystemOption.Value: CustomStringConvertible {
    package var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text): text
        }
    }
}
