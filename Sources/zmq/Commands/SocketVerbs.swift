// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ArgumentParser
import ZeroMQ

/// `zmq req`
struct ReqVerb: SocketVerb {
    static let socketType = SocketType.req
    static let configuration = CommandConfiguration(
        commandName: "req", abstract: "Send each line as a request and write its reply.")
    @OptionGroup var arguments: SocketArguments
}

/// `zmq rep`
struct RepVerb: SocketVerb {
    static let socketType = SocketType.rep
    static let configuration = CommandConfiguration(
        commandName: "rep", abstract: "Write each request and answer it with the next line, or with itself.")
    @OptionGroup var arguments: SocketArguments
    @OptionGroup var answer: EchoArguments
    var isEcho: Bool { answer.echo }
}

/// `zmq dealer`
struct DealerVerb: SocketVerb {
    static let socketType = SocketType.dealer
    static let configuration = CommandConfiguration(
        commandName: "dealer", abstract: "Send lines to peers in turn and write what they send, at the same time.",
        discussion: "A REP peer wants an empty part before the body: use --format json and [\"\", \"body\"].")
    @OptionGroup var arguments: SocketArguments
    @OptionGroup var answer: EchoArguments
    var isEcho: Bool { answer.echo }
}

/// `zmq router`
struct RouterVerb: SocketVerb {
    static let socketType = SocketType.router
    static let configuration = CommandConfiguration(
        commandName: "router", abstract: "Write what peers send with their routing id, and send to the peer named.",
        discussion: "Sending needs --format json; the first part is the routing id of the peer, both ways.")
    @OptionGroup var arguments: SocketArguments
    @OptionGroup var answer: EchoArguments
    var isEcho: Bool { answer.echo }
}

/// `zmq push`
struct PushVerb: SocketVerb {
    static let socketType = SocketType.push
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Send each line to one of the peers, in turn.")
    @OptionGroup var arguments: SocketArguments
}

/// `zmq pull`
struct PullVerb: SocketVerb {
    static let socketType = SocketType.pull
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Write each message that the peers send.")
    @OptionGroup var arguments: SocketArguments
}

/// `zmq pair`
struct PairVerb: SocketVerb {
    static let socketType = SocketType.pair
    static let configuration = CommandConfiguration(
        commandName: "pair", abstract: "Talk to exactly one peer: send lines and write what it sends.")
    @OptionGroup var arguments: SocketArguments
}

/// `zmq pub`
struct PubVerb: SocketVerb {
    static let socketType = SocketType.pub
    static let configuration = CommandConfiguration(
        commandName: "pub", abstract: "Send each line to all who subscribed to what it begins with.",
        discussion: "Who has not subscribed yet misses it: --wait-for-peer waits for the first subscriber.")
    @OptionGroup var arguments: SocketArguments
    @OptionGroup var start: PublishingArguments
    var waitsForPeer: Bool { start.waitForPeer }
}

/// `zmq sub`
struct SubVerb: SocketVerb {
    static let socketType = SocketType.sub
    static let configuration = CommandConfiguration(
        commandName: "sub", abstract: "Write each message that begins with what was subscribed to.",
        discussion: "Without --subscribe it subscribes to everything.")
    @OptionGroup var arguments: SocketArguments
    @OptionGroup var wishes: SubscribingArguments
    var topics: [String] { wishes.topics }
}

/// `zmq xpub`
struct XPubVerb: SocketVerb {
    static let socketType = SocketType.xpub
    static let configuration = CommandConfiguration(
        commandName: "xpub", abstract: "Send lines as pub does, and write the subscriptions that come.",
        discussion: "A subscription is a message of an octet 1 and the topic, its end one of an octet 0 and the topic.")
    @OptionGroup var arguments: SocketArguments
    @OptionGroup var start: PublishingArguments
    var waitsForPeer: Bool { start.waitForPeer }
}

/// `zmq xsub`
struct XSubVerb: SocketVerb {
    static let socketType = SocketType.xsub
    static let configuration = CommandConfiguration(
        commandName: "xsub", abstract: "Write each message that comes; lines are sent to publishers.",
        discussion: "A line that begins with an octet 1 subscribes to the rest of it, one with an octet 0 cancels that."
    )
    @OptionGroup var arguments: SocketArguments
    @OptionGroup var wishes: SubscribingArguments
    var topics: [String] { wishes.topics }
}
