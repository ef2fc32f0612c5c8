// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// ROUTER to DEALER: a broker hands work to whoever has been idle longest.
//
// Workers ask for work when they are ready for it, so a slow worker simply asks less often. The ROUTER sees who asks
// and answers that one. Every message has an empty part in front, as REQ would put it there: REQ workers fit as well.

import ZeroMQ

let endpoint = "tcp://127.0.0.1:5671"
let workerCount = 10
let workingTime = Duration.seconds(5)

@main
enum Workers {
    static func main() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await withContext { try await broker(in: $0) } }
            for number in 1...workerCount {
                group.addTask { try await withContext { try await worker(number, in: $0) } }
            }
            try await group.waitForAll()
        }
    }

    /// Gives everybody who asks a task while there is time, and then sends them home.
    static func broker(in context: Context) async throws {
        let socket = try context.makeRouterSocket()
        try await socket.bind(to: endpoint)

        let end = ContinuousClock.now + workingTime
        var fired = 0
        var tasks = 0
        while fired < workerCount {
            // Requests wait in the order they came: the first one is the least recently used worker's.
            let request = try await socket.receive()
            if ContinuousClock.now < end {
                try await socket.send(["", "Work harder"], to: request.peer)
                tasks += 1
            } else {
                try await socket.send(["", "Fired!"], to: request.peer)
                fired += 1
            }
        }
        print("Total: \(tasks) tasks")
    }

    /// Asks for work, does it, asks again.
    static func worker(_ number: Int, in context: Context) async throws {
        var options = SocketOptions()
        options.routingID = try RoutingID("worker-\(number)")
        let socket = try context.makeDealerSocket(options)
        try await socket.connect(to: endpoint)

        var completed = 0
        while true {
            try await socket.send(["", "Hi Boss"])
            let order = try await socket.receive()
            if order.last == "Fired!" { break }
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...500)))
            completed += 1
        }
        print("worker-\(number) completed: \(completed) tasks")
    }
}
