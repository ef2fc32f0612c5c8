// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Foundation
import Testing
import ZeroMQ

@Suite("Sockets over ipc", .timeLimit(.minutes(3)))
struct IPCUseTests {
    @Test("make a file and take it away again, with its directory if that was made for it")
    func files() async throws {
        let path = "/tmp/\(Fresh.name())"
        try await withSockets { context in
            let pull = try context.makePullSocket()
            try await pull.bind(to: "ipc://\(path)")
            let wildcard = try await pull.bind(to: "ipc://*").dropFirst("ipc://".count)
            let directory = (String(wildcard) as NSString).deletingLastPathComponent
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(FileManager.default.fileExists(atPath: directory))
            try await pull.unbind(from: "ipc://\(path)")
            #expect(!FileManager.default.fileExists(atPath: path))
            await pull.close()
            #expect(!FileManager.default.fileExists(atPath: directory))
        }
    }

    @Test("do not take a path over from one that lives, not even of another context")
    func livingPath() async throws {
        let endpoint = try await Transport.ipc.fresh()
        try await withSockets { context in
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            try await withSockets { other in
                let thief = try other.makePullSocket()
                await expectError(.addressInUse) { try await thief.bind(to: endpoint) }
            }
            let push = try context.makePushSocket()
            try await push.connect(to: endpoint)
            try await push.send("still here")
            #expect(try await pull.receive() == "still here")
        }
    }

    @Test("take a path over whose owner has died")
    func stalePath() async throws {
        let endpoint = try await Transport.ipc.fresh()
        let path = String(endpoint.dropFirst("ipc://".count))
        // A listener that is closed without a word leaves its file behind.
        close(try IPCListener(at: .path(path), backlog: 1).descriptor)
        #expect(FileManager.default.fileExists(atPath: path))
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await pull.bind(to: endpoint)
            try await push.connect(to: endpoint)
            try await push.send("taken over")
            #expect(try await pull.receive() == "taken over")
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("leave a file alone that is no socket")
    func foreignFile() async throws {
        let path = "/tmp/\(Fresh.name())"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await withSockets { context in
            let pull = try context.makePullSocket()
            await expectError(.addressInUse) { try await pull.bind(to: "ipc://\(path)") }
        }
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test("say what is wrong with a path")
    func badPaths() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let missing = await expectError(.notFound) { try await pull.bind(to: "ipc:///tmp/\(Fresh.name())/socket") }
            #expect(missing?.message.contains("directory") == true)
            let long = "ipc:///tmp/\(String(repeating: "x", count: IPCEndpoint.maximumLength))"
            await expectError(.nameTooLong) { try await pull.bind(to: long) }
            await expectError(.nameTooLong) { try await pull.connect(to: long) }
        }
    }

    @Test("talk through names outside the file system", .enabled(if: IPCEndpoint.supportsAbstractNames))
    func abstractNames() async throws {
        let endpoint = "ipc://@\(Fresh.name())"
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            #expect(try await pull.bind(to: endpoint) == endpoint)
            let other = try context.makePullSocket()
            await expectError(.addressInUse) { try await other.bind(to: endpoint) }
            try await push.connect(to: endpoint)
            try await push.send("abstract")
            #expect(try await pull.receive() == "abstract")
            await pull.close()
            try await other.bind(to: endpoint)
            try await push.send("again")
            #expect(try await other.receive() == "again")
        }
    }

    @Test("move to another socket of the same path without losing its file")
    func handoverOfPath() async throws {
        let endpoint = try await Transport.ipc.fresh()
        try await withSockets { context in
            for number in 0..<20 {
                let pull = try context.makePullSocket()
                try await pull.bind(to: endpoint)
                let push = try context.makePushSocket()
                try await push.connect(to: endpoint)
                try await push.send(Message(number: number))
                #expect(try await pull.receive().number == number)
                try await pull.unbind(from: endpoint)
            }
        }
    }
}
