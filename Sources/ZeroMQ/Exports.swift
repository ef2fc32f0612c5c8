// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// Messages, routing ids and socket types are ZMTP's; who imports ZeroMQ needs no second import for them.
@_exported public import ZMTP
