// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

extension ZeroMQError {
    /// Says what went wrong while binding to or connecting to an endpoint, and what to do about it.
    ///
    /// A ``ZeroMQError`` comes back as it is; whatever has no better code becomes `io`.
    package static func describing(
        _ error: any Error,
        while purpose: Endpoint.Purpose,
        _ endpoint: Endpoint
    ) -> ZeroMQError {
        switch error {
        case let error as ZeroMQError:
            return error
        case let error as IOError:
            return Self.describing(error, while: purpose, endpoint)
        case let refusal as SystemOption.Refusal:
            return Self.describing(refusal.code, refusal.problem, refusal.cause, purpose, endpoint)
        case ChannelError.connectTimeout:
            return Self.describing(.timedOut, "no answer in the time allowed", error, purpose, endpoint)
        default:
            return Self.describing(.io, "\(error)", error, purpose, endpoint)
        }
    }

    /// Says why a connection that came in was closed at once.
    package static func describing(_ error: any Error, whileAcceptingAt endpoint: String) -> ZeroMQError {
        let (code, problem, cause): (Code, String, any Error) =
            switch error {
            case let refusal as SystemOption.Refusal: (refusal.code, refusal.problem, refusal.cause)
            case let error as ZeroMQError: (error.code, error.message, error.cause ?? error)
            default: (.io, "\(error)", error)
            }
        return ZeroMQError(code, "cannot accept a connection at \(endpoint): \(problem)", cause: cause)
    }

    /// Whether nobody listens where a connection was tried.
    package static func isRefusal(_ error: any Error) -> Bool {
        let system = (error as? ZeroMQError)?.cause ?? error
        return (system as? IOError)?.errnoCode == ECONNREFUSED
    }

    /// The same for a failed system call.
    package static func describing(
        _ error: IOError,
        while purpose: Endpoint.Purpose,
        _ endpoint: Endpoint
    ) -> ZeroMQError {
        let (code, problem) = Self.problem(error, purpose, endpoint)
        return Self.describing(code, problem, error, purpose, endpoint)
    }

    private static func describing(
        _ code: Code,
        _ problem: String,
        _ cause: any Error,
        _ purpose: Endpoint.Purpose,
        _ endpoint: Endpoint
    ) -> ZeroMQError {
        ZeroMQError(code, "cannot \(purpose.phrase) \(endpoint): \(problem)", cause: cause)
    }

    private static func problem(
        _ error: IOError,
        _ purpose: Endpoint.Purpose,
        _ endpoint: Endpoint
    ) -> (Code, String) {
        switch error.errnoCode {
        case EADDRINUSE: return (.addressInUse, Self.taken(purpose, endpoint))
        case EADDRNOTAVAIL, ENODEV: return (.addressNotAvailable, Self.notAvailable(purpose))
        case EAFNOSUPPORT: return (.addressNotAvailable, "this machine does not support this kind of address")
        case EACCES, EPERM, EROFS: return (.permissionDenied, Self.forbidden(purpose, endpoint))
        case ENAMETOOLONG: return (.nameTooLong, "the path is too long; expected a shorter one")
        case ENOENT, ENOTDIR: return (.notFound, Self.missing(purpose))
        case EMFILE:
            return (.tooManyFiles, "this process has no file descriptor left; close some or raise its limit")
        case ENFILE: return (.tooManyFiles, "this machine has no file descriptor left")
        case ECONNREFUSED: return (.io, "nobody is listening there")
        case ETIMEDOUT: return (.timedOut, "no answer in the time allowed")
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN: return (.io, "there is no route to this address")
        case EAGAIN: return (.io, "the listener has too many connections waiting to be accepted")
        default: return (.io, "the system reports: \(Self.text(error.errnoCode)) (errno \(error.errnoCode))")
        }
    }

    private static func text(_ number: CInt) -> String {
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "unknown error"
    }

    private static func taken(_ purpose: Endpoint.Purpose, _ endpoint: Endpoint) -> String {
        switch (purpose, endpoint) {
        case (.connect, _): "the local address to connect from is in use"
        case (.bind, .tcp): "the port is in use; choose another, or * for any free one"
        case (.bind, .ipc): "the path is in use; choose another, or * for a new one"
        case (.bind, .inproc): "the name is in use in this context; choose another"
        }
    }

    private static func notAvailable(_ purpose: Endpoint.Purpose) -> String {
        switch purpose {
        case .bind: "this machine has no such address; expected one of its own, an interface name, or *"
        case .connect: "this machine has no such address, or no free port, to connect from"
        }
    }

    private static func forbidden(_ purpose: Endpoint.Purpose, _ endpoint: Endpoint) -> String {
        switch (purpose, endpoint) {
        case (.bind, .tcp(let tcp)) where (1..<1024).contains(tcp.port):
            "the system does not allow it; ports below 1024 need special rights"
        case (.bind, .ipc): "the system does not allow it; expected a directory that this process may write to"
        case (.connect, .ipc): "the system does not allow it; expected a path that this process may write to"
        default: "the system does not allow it"
        }
    }

    private static func missing(_ purpose: Endpoint.Purpose) -> String {
        switch purpose {
        case .bind: "the directory does not exist; make it first"
        case .connect: "the path does not exist; nobody has bound it yet"
        }
    }
}

extension DisconnectReason {
    /// Why a connection broke: a peer that resets it, or reads no longer, has closed it.
    init(_ error: any Error) {
        if let error = error as? IOError, [ECONNRESET, EPIPE].contains(error.errnoCode) {
            self = .closedByPeer
        } else {
            self = .failed(ZeroMQError(.io, "connection: \(error)", cause: error))
        }
    }
}
