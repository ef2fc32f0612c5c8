// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq perf inproc_thr`
struct InprocThroughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inproc_thr", abstract: "Throughput from PUSH to PULL within one process.")

    @OptionGroup var arguments: PerfArguments

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            let pull = try context.makePullSocket()
            let push = try context.makePushSocket()
            try await pull.bind(to: "inproc://thr_test")
            try await push.connect(to: "inproc://thr_test")
            try await PerfReport(load: load).printThroughputHead()
            async let sending: Void = load.run(on: push) { try await PerfLoops.send(load.count, to: push, load) }
            let span = try await load.run(on: pull) { try await PerfLoops.receive(load.count, from: pull, load) }
            try await sending
            try await PerfReport(load: load).printThroughput(span.duration)
        }
    }
}

/// `zmq perf inproc_lat`
struct InprocLatency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inproc_lat", abstract: "Latency between REQ and REP within one process.")

    @OptionGroup var arguments: PerfArguments

    func run() async throws {
        let load = arguments.load
        try await withToolContext { context in
            let rep = try context.makeRepSocket()
            let req = try context.makeReqSocket()
            try await rep.bind(to: "inproc://lat_test")
            try await req.connect(to: "inproc://lat_test")
            try await PerfReport(load: load).printLatencyHead()
            async let answering: Void = load.run(on: rep) { try await PerfLoops.answer(load.count, on: rep, load) }
            let elapsed = try await load.run(on: req) { try await PerfLoops.ask(load.count, of: req, load) }
            try await answering
            try await PerfReport(load: load).printLatency(elapsed)
        }
    }
}
