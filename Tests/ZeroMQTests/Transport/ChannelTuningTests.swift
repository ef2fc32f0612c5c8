// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("What the system is told of descriptors")
struct ChannelTuningTests {
    typealias Role = ChannelTuning.Role

    private static func names(_ tuning: ChannelTuning, _ role: Role, ipv6: Bool = false) -> [String] {
        tuning.tcpOptions(for: role, ipv6: ipv6).map(\.name)
    }

    @Test("nothing by default", arguments: Role.allCases, [true, false])
    func defaults(role: Role, ipv6: Bool) {
        #expect(ChannelTuning().tcpOptions(for: role, ipv6: ipv6).isEmpty)
        #expect(ChannelTuning().ipcOptions.isEmpty)
    }

    @Test("buffers for tcp and ipc, on every descriptor", arguments: Role.allCases)
    func buffers(role: Role) {
        let tuning = ChannelTuning(sendBuffer: 10_000, receiveBuffer: 20_000)
        let expected = ["sendBuffer (ZMQ_SNDBUF)", "receiveBuffer (ZMQ_RCVBUF)"]
        #expect(Self.names(tuning, role) == expected)
        #expect(tuning.ipcOptions.map(\.name) == expected)
        #expect(tuning.ipcOptions.map(\.value) == [.number(10_000), .number(20_000)])
    }

    @Test("keep-alive on connections, not on listeners, in whole seconds")
    func keepAlive() {
        var tcp = TCPOptions()
        tcp.keepAlive = true
        tcp.keepAliveCount = 5
        tcp.keepAliveIdle = .milliseconds(1500)
        tcp.keepAliveInterval = .seconds(7)
        let tuning = ChannelTuning(tcp: tcp)
        for role in [Role.accepted, .dialled] {
            let values = tuning.tcpOptions(for: role, ipv6: false).map(\.value)
            #expect(values == [.number(1), .number(5), .number(2), .number(7)])
        }
        #expect(Self.names(tuning, .listener).isEmpty)
        tcp.keepAlive = false
        #expect(ChannelTuning(tcp: tcp).tcpOptions(for: .dialled, ipv6: false).first?.value == .number(0))
    }

    @Test("the type of service in both families where a descriptor carries both")
    func typeOfService() {
        var tcp = TCPOptions()
        tcp.typeOfService = 0x28
        let tuning = ChannelTuning(tcp: tcp)
        #expect(tuning.tcpOptions(for: .dialled, ipv6: false).count == 1)
        #if os(Linux)
        #expect(tuning.tcpOptions(for: .listener, ipv6: true).map(\.value) == [.number(0x28), .number(0x28)])
        #endif
    }

    #if os(Linux)
    @Test("the device on what is bound or dialled; a connection that comes in has its listener's")
    func device() {
        var tcp = TCPOptions()
        tcp.device = "eth0"
        let tuning = ChannelTuning(tcp: tcp)
        #expect(Self.names(tuning, .listener) == ["tcp.device (ZMQ_BINDTODEVICE)"])
        #expect(Self.names(tuning, .dialled) == ["tcp.device (ZMQ_BINDTODEVICE)"])
        #expect(Self.names(tuning, .accepted).isEmpty)
    }
    #endif
}
