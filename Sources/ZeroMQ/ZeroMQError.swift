// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// The one error this module throws, apart from `CancellationError`.
///
/// Branch on ``code``, show ``message`` to a person, and look into ``cause`` for the system's own report.
/// The message says what was expected, what came and where; it never holds message payload or secrets.
public struct ZeroMQError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure this is.
    public let code: Code

    /// A sentence for people: what was expected, what came, and at which endpoint or option.
    public let message: String

    /// The failure underneath, for example the operating system's, if there was one.
    public let cause: (any Error)?

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - message: What was expected, what came, and where.
    ///   - cause: The failure underneath, if any.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code, the message and, in brackets, the cause.
    public var description: String {
        guard let cause = self.cause else { return "\(self.code): \(self.message)" }
        return "\(self.code): \(self.message) [\(cause)]"
    }
}

extension ZeroMQError {
    /// The kinds of failure. New ones may be added, so a `switch` over codes needs a `default`.
    ///
    /// Each names the `errno` that libzmq reports in the same situation.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalidEndpoint, unsupportedTransport, addressInUse, addressNotAvailable, permissionDenied
            case nameTooLong, notFound, wrongState, unroutable, timedOut, closed, tooManySockets, tooManyFiles
            case invalidOption, invalidMessage, notSupported, resolutionFailed, refused, io
        }

        private let kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// The name of the code, as written in source.
        public var description: String { self.kind.rawValue }

        /// The text is not an endpoint, or not one that can be used for this purpose (`EINVAL`).
        public static let invalidEndpoint = Code(.invalidEndpoint)

        /// The endpoint names a transport that is unknown (`EPROTONOSUPPORT`) or that this type of socket
        /// cannot use (`ENOCOMPATPROTO`).
        public static let unsupportedTransport = Code(.unsupportedTransport)

        /// The address, port, path or name is taken (`EADDRINUSE`).
        public static let addressInUse = Code(.addressInUse)

        /// The address is not one of this machine (`EADDRNOTAVAIL`), or there is no such network interface
        /// (`ENODEV`).
        public static let addressNotAvailable = Code(.addressNotAvailable)

        /// The operating system forbids it (`EACCES`, `EPERM`).
        public static let permissionDenied = Code(.permissionDenied)

        /// The path or name is longer than its transport allows (`ENAMETOOLONG`).
        public static let nameTooLong = Code(.nameTooLong)

        /// The endpoint to unbind or disconnect is not in use by this socket, or a path does not exist
        /// (`ENOENT`).
        public static let notFound = Code(.notFound)

        /// The socket cannot do this now, for example a REQ socket that sends twice in a row (`EFSM`).
        public static let wrongState = Code(.wrongState)

        /// No peer with this routing id is connected (`EHOSTUNREACH`).
        public static let unroutable = Code(.unroutable)

        /// The time allowed ran out; nothing was sent or taken (`EAGAIN`).
        public static let timedOut = Code(.timedOut)

        /// The socket is closed (`ENOTSOCK`), or its context is shutting down (`ETERM`).
        public static let closed = Code(.closed)

        /// The context holds as many sockets as ``ContextOptions`` allow (`EMFILE`, `ZMQ_MAX_SOCKETS`).
        public static let tooManySockets = Code(.tooManySockets)

        /// The process or the machine has no file descriptor left (`EMFILE`, `ENFILE`).
        public static let tooManyFiles = Code(.tooManyFiles)

        /// An option has a value outside its limits (`EINVAL`).
        public static let invalidOption = Code(.invalidOption)

        /// The message has a shape that this socket cannot send (`EINVAL`).
        public static let invalidMessage = Code(.invalidMessage)

        /// This type of socket, or this platform, cannot do it at all (`ENOTSUP`).
        public static let notSupported = Code(.notSupported)

        /// A host name could not be turned into an address. libzmq has no twin: it reports `EINVAL` from a
        /// bind, and tries again without a word after a connect.
        public static let resolutionFailed = Code(.resolutionFailed)

        /// The peer does not want this connection, or its socket does not fit. libzmq has no twin: it tells its
        /// monitor only.
        public static let refused = Code(.refused)

        /// Any other failure of the operating system; ``ZeroMQError/cause`` has its number.
        public static let io = Code(.io)
    }
}
