// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Where tests bind: a port of the system's choice.
let anyPort = "tcp://127.0.0.1:0"
