// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// How the tool ends, as its caller sees it.
enum ExitStatus: Int32, Sendable {
    /// Everything asked for was done.
    case done = 0
    /// An error at run time: a bad input line, a refused bind.
    case failed = 1
    /// The command line cannot be carried out.
    case usage = 2
    /// A peer let nothing happen for the time given.
    case timedOut = 3
    /// Ended by SIGINT.
    case interrupted = 130
    /// Ended by SIGTERM.
    case terminated = 143
}
