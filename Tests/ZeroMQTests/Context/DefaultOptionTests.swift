// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Options that nobody has set")
struct DefaultOptionTests {
    @Test("are libzmq's, or as docs/options.md says")
    func sockets() {
        let options = SocketOptions()
        #expect(options.sendHighWaterMark == 1000)
        #expect(options.receiveHighWaterMark == 1000)
        #expect(options.maxMessageSize == nil)
        #expect(options.linger == nil)
        #expect(options.backlog == 100)
        #expect(options.handshakeTimeout == .seconds(30))
        #expect(options.connectTimeout == nil)
        #expect(options.heartbeatInterval == nil)
        #expect(options.heartbeatTimeout == nil)
        #expect(options.heartbeatTTL == .zero)
        #expect(options.reconnectStop == [])
        #expect(options.sendBuffer == nil && options.receiveBuffer == nil)
        #expect(options.routingID == nil)
        #expect(options.metadata.isEmpty)
        for isOn in [
            options.immediate, options.conflate, options.ipv6, options.routerMandatory, options.routerHandover,
            options.probeRouter, options.reqRelaxed, options.reqCorrelate, options.invertMatching, options.xpubManual,
            options.xpubNoDrop, options.onlyFirstSubscribe,
        ] {
            #expect(!isOn)
        }
        #expect(options.helloMessage == nil && options.disconnectMessage == nil && options.hiccupMessage == nil)
    }

    @Test("reconnect within 100 ms at first and 30 s at last, at random, so that clients do not come back all at once")
    func reconnect() {
        let policy = SocketOptions().reconnect
        #expect(policy == ReconnectPolicy(initialDelay: .milliseconds(100), maxDelay: .seconds(30), jitter: .full))
    }

    @Test("of a context are one thread and 1023 sockets (ZMQ_IO_THREADS, ZMQ_MAX_SOCKETS)")
    func contexts() {
        #expect(ContextOptions().ioThreads == 1)
        #expect(ContextOptions().maxSockets == 1023)
    }
}
