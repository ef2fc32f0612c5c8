#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
"""A foreign ZeroMQ peer, driven by lines of JSON on standard input.

Usage: peer.py [--library zmq|pyomq] [--limit SECONDS]

Each line of input is one command, each line of output one answer:

    {"id": 1, "op": "open", "socket": "a", "type": "dealer", "options": {"routing_id": "me"}}
    {"id": 1}
    {"id": 2, "op": "bind", "socket": "a", "endpoint": "tcp://127.0.0.1:*"}
    {"id": 2, "endpoint": "tcp://127.0.0.1:40001"}
    {"id": 3, "op": "receive", "socket": "a", "timeout": 10}
    {"id": 3, "parts": ["aGVsbG8="]}

Parts of messages travel as base64, times as seconds. An answer that failed has `error` (the name of the errno or of the
exception) and `text`. Commands to one socket are carried out in order by a thread of its own; different sockets, even
in one process, never wait for each other. The process ends with its standard input, or after the limit, whatever its
sockets are doing, so nothing ever has to wait for a peer that hangs.

Operations, beside `socket`, and what they answer:

    open          type, options             options by their names in lower case; values are text or numbers
    set           options
    bind          endpoint, timeout         endpoint: the resolved one. An address in use is tried again and again
    unbind, connect, disconnect             endpoint
    send          parts, timeout, patient   patient: an unroutable peer is tried again until the time is up
    receive       timeout                   parts, absent when nothing came
    receive_described  names, timeout       parts, and properties: what zmq_msg_gets says to each name; libzmq only
    send_sizes    sizes, timeout            a message whose parts have these sizes and octets that count from 3 to 250
    receive_sizes timeout                   sizes, and same: whether the octets are those, one for one
    subscribe, unsubscribe                  topics: to be asked for, by option or, as XSUB does, by message
    send_many     count, parts, timeout, patient    sends the parts and, as last part, a number, `count` times
    receive_many  count, timeout            messages
    request_many  count, parts, timeout     messages: the replies. As send_many, each message waiting for its reply
    echo          count, timeout            count: how many messages were sent back
    proxy         frontend, backend         joins two other sockets until the process ends
    monitor                                 begins to watch the socket
    event         name, timeout             event: the next whose name begins so (or so|or so), absent when none came
    close
    crowd         type, options, topics, endpoint, count    opens and connects many sockets under one name
    crowd_send    parts, timeout            each sends the parts and its number
    crowd_receive timeout                   messages: what each received, empty for those who got nothing
    crowd_echo    count, timeout            count: messages that the next socket with one sent back
    churn         type, options, topics, endpoint, parts, count, timeout    many times, one after the other: opens,
                                            connects, sends the parts if there are any, receives one message, closes
    stream        host, port, bytes, timeout    bytes: what a plain TCP connection that sent `bytes` got until it was
                                            closed; closed: whether it was
    relay         port, version             count: a port whose connections go on to the other one, and whose both sides
                                            believe that the other one speaks ZMTP 1.0 or 2.0

`stream` and `relay` belong to no ZeroMQ socket, but to a thread all the same: open none, just name one.

`reset` belongs to nobody: it closes all sockets, so that somebody else can use the process, whose limit begins anew.
It fails with EBUSY if one of them is still at work.

The value of an option is text, a number or {"base64": "..."}.
"""

import argparse
import base64
import errno
import importlib
import json
import os
import queue
import resource
import socket
import sys
import threading
import time

DEFAULT_TIMEOUT = 10.0
MAX_SOCKETS = 4096


class Peer:
    """All sockets of this process, by name."""

    def __init__(self, zmq, limit):
        self.zmq = zmq
        self.limit = limit
        self.context = zmq.Context()
        if hasattr(zmq, "MAX_SOCKETS"):
            self.context.set(zmq.MAX_SOCKETS, MAX_SOCKETS)
        self.sockets = {}
        self.output = threading.Lock()
        self.wind()

    def wind(self):
        """Lets the time begin after which the process ends, whatever it is doing."""
        self.timer = threading.Timer(self.limit, lambda: os._exit(124))
        self.timer.daemon = True
        self.timer.start()

    def answer(self, identifier, **fields):
        line = json.dumps({"id": identifier, **fields}) + "\n"
        with self.output:
            sys.stdout.write(line)
            sys.stdout.flush()

    def reset(self, command):
        self.timer.cancel()
        self.wind()
        threads = list(self.sockets.values())
        for thread in threads:
            thread.commands.put(None)
        until = time.monotonic() + 2
        for thread in threads:
            thread.thread.join(max(0, until - time.monotonic()))
        self.sockets = {}
        busy = any(thread.thread.is_alive() for thread in threads)
        self.answer(command["id"], **({"error": "EBUSY", "text": "a socket is still at work"} if busy else {}))

    def dispatch(self, command):
        if command["op"] == "reset":
            return self.reset(command)
        name = command.get("socket", "")
        if command["op"] == "open" or name not in self.sockets:
            self.sockets[name] = SocketThread(self)
        self.sockets[name].commands.put(command)


class SocketThread:
    """One socket and the only thread that touches it."""

    def __init__(self, peer):
        self.peer = peer
        self.zmq = peer.zmq
        self.socket = None
        self.restless = False
        self.nudging = threading.Lock()
        self.crowd = []
        self.watcher = None
        self.commands = queue.Queue()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            command = self.next_command()
            if command is None:
                return self.op_close(command)
            try:
                fields = getattr(self, "op_" + command["op"])(command)
                self.peer.answer(command["id"], **(fields or {}))
            except Exception as error:  # whatever goes wrong is the answer
                number = getattr(error, "errno", None)
                name = errno.errorcode.get(number) or type(error).__name__
                self.peer.answer(command["id"], error=name, text=str(error))

    def next_command(self):
        while True:
            try:
                return self.commands.get(timeout=0.01 if self.restless else None)
            except queue.Empty:
                # libzmq tells those who connect what a subscriber wants, and how an XPUB welcomes them, only when the
                # socket's own thread uses it.
                with self.nudging:
                    if self.restless:
                        self.socket.getsockopt(self.zmq.EVENTS)

    def lend(self):
        """The socket, for a thread that has it from now on."""
        with self.nudging:
            self.restless = False
        return self.socket

    # Endpoints and options

    def op_open(self, command):
        self.socket = self.peer.context.socket(getattr(self.zmq, command["type"].upper()))
        self.socket.setsockopt(self.zmq.LINGER, 0)
        self.restless = command["type"] in ("sub", "xsub", "xpub")
        self.op_set(command)

    def op_set(self, command):
        for name, value in command.get("options", {}).items():
            if isinstance(value, str):
                value = value.encode()
            elif isinstance(value, dict):
                value = base64.b64decode(value["base64"])
            self.socket.setsockopt(getattr(self.zmq, name.upper()), value)

    def op_bind(self, command):
        until = deadline(command)
        while True:
            try:
                self.socket.bind(command["endpoint"])
                break
            except self.zmq.ZMQError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() >= until:
                    raise
                time.sleep(0.02)
        resolved = self.socket.getsockopt(self.zmq.LAST_ENDPOINT)
        return {"endpoint": (resolved if isinstance(resolved, str) else resolved.decode()).rstrip("\0")}

    def op_unbind(self, command):
        self.socket.unbind(command["endpoint"])

    def op_connect(self, command):
        self.socket.connect(command["endpoint"])

    def op_disconnect(self, command):
        self.socket.disconnect(command["endpoint"])

    def op_close(self, command):
        self.restless = False
        for member in self.crowd or [self.socket]:
            if member is not None:
                member.close()

    # Messages

    def op_send(self, command):
        self.send(decode(command["parts"]), deadline(command), command.get("patient", False))

    def op_receive(self, command):
        parts = self.receive(deadline(command))
        return None if parts is None else {"parts": encode(parts)}

    def op_receive_described(self, command):
        left = max(0, deadline(command) - time.monotonic())
        self.socket.setsockopt(self.zmq.RCVTIMEO, int(left * 1000))
        try:
            frames = self.socket.recv_multipart(copy=False)
        except self.zmq.Again:
            return None
        properties = {}
        for name in command["names"]:
            try:
                properties[name] = frames[0].get(name)
            except self.zmq.ZMQError:  # no such property
                pass
        return {"parts": encode([frame.bytes for frame in frames]), "properties": properties}

    def op_send_sizes(self, command):
        self.send([octets(size) for size in command["sizes"]], deadline(command), False)

    def op_receive_sizes(self, command):
        parts = self.receive(deadline(command))
        if parts is None:
            return None
        return {"sizes": [len(part) for part in parts], "same": all(part == octets(len(part)) for part in parts)}

    def op_subscribe(self, command):
        self.ask(command, "SUBSCRIBE", b"\1")

    def op_unsubscribe(self, command):
        self.ask(command, "UNSUBSCRIBE", b"\0")

    def ask(self, command, option, octet):
        for topic in decode(command.get("topics") or []):
            if self.socket.getsockopt(self.zmq.TYPE) == self.zmq.XSUB:
                self.socket.send(octet + topic)
            else:
                self.socket.setsockopt(getattr(self.zmq, option), topic)

    def op_send_many(self, command):
        parts, until = decode(command["parts"]), deadline(command)
        for number in range(command["count"]):
            self.send(parts + [str(number).encode()], until, command.get("patient", False))

    def op_receive_many(self, command):
        messages, until = [], deadline(command)
        while len(messages) < command["count"]:
            parts = self.receive(until)
            if parts is None:
                break
            messages.append(encode(parts))
        return {"messages": messages}

    def op_request_many(self, command):
        replies, parts, until = [], decode(command["parts"]), deadline(command)
        for number in range(command["count"]):
            self.send(parts + [str(number).encode()], until, command.get("patient", False))
            reply = self.receive(until)
            if reply is None:
                break
            replies.append(encode(reply))
        return {"messages": replies}

    def op_echo(self, command):
        until = deadline(command)
        for done in range(command["count"]):
            parts = self.receive(until)
            if parts is None:
                return {"count": done}
            self.send(parts, until, False)
        return {"count": command["count"]}

    def op_proxy(self, command):
        frontend = self.peer.sockets[command["frontend"]].lend()
        backend = self.peer.sockets[command["backend"]].lend()
        self.zmq.proxy(frontend, backend)

    def send(self, parts, until, patient):
        while True:
            try:
                return self.socket.send_multipart(parts, self.zmq.NOBLOCK)
            except self.zmq.ZMQError as error:
                if time.monotonic() >= until:
                    raise
                if error.errno == errno.EAGAIN:
                    self.socket.poll(10, self.zmq.POLLOUT)
                elif error.errno == errno.EHOSTUNREACH and patient:
                    time.sleep(0.01)
                else:
                    raise

    def receive(self, until):
        left = max(0, until - time.monotonic())
        self.socket.setsockopt(self.zmq.RCVTIMEO, int(left * 1000))
        try:
            return [bytes(part) for part in self.socket.recv_multipart()]
        except self.zmq.Again:
            return None

    # Many sockets

    def op_crowd(self, command):
        for _ in range(command["count"]):
            self.op_open(command)
            self.crowd.append(self.socket)
            self.op_subscribe(command)
            self.op_connect(command)

    def op_crowd_send(self, command):
        parts, until = decode(command["parts"]), deadline(command)
        for number, self.socket in enumerate(self.crowd):
            self.send(parts + [str(number).encode()], until, False)

    def op_crowd_receive(self, command):
        messages, until = [], deadline(command)
        for self.socket in self.crowd:
            messages.append(encode(self.receive(until) or []))
        return {"messages": messages}

    def op_crowd_echo(self, command):
        until, done = deadline(command), 0
        poller = self.zmq.Poller()
        for member in self.crowd:
            poller.register(member, self.zmq.POLLIN)
        while done < command["count"] and time.monotonic() < until:
            for self.socket, _ in poller.poll(100):
                self.send(self.receive(until), until, False)
                done += 1
        return {"count": done}

    def op_churn(self, command):
        parts, until = decode(command.get("parts") or []), deadline(command)
        for number in range(command["count"]):
            self.op_open(command)
            self.op_subscribe(command)
            self.op_connect(command)
            if parts:
                self.send(parts, until, False)
            reply = self.receive(until)
            self.op_close(command)
            if reply is None:
                return {"count": number}
        return {"count": command["count"]}

    # Events

    def op_monitor(self, command):
        from zmq.utils.monitor import recv_monitor_message

        source = self.socket.get_monitor_socket()
        self.watcher = queue.Queue()

        def watch():
            while True:
                event = recv_monitor_message(source)
                if event["event"] == self.zmq.EVENT_MONITOR_STOPPED:
                    return
                self.watcher.put({"name": self.zmq.Event(event["event"]).name, "value": event["value"]})

        threading.Thread(target=watch, daemon=True).start()

    def op_event(self, command):
        until = deadline(command)
        try:
            while True:
                event = self.watcher.get(timeout=max(0, until - time.monotonic()))
                if event["name"].startswith(tuple(command["name"].split("|"))):
                    return {"event": event}
        except queue.Empty:
            return None

    # Without ZeroMQ

    def op_stream(self, command):
        until, got, closed = deadline(command), b"", False
        with socket.create_connection((command["host"], command["port"]), timeout=5) as stream:
            stream.sendall(base64.b64decode(command["bytes"]))
            while not closed and time.monotonic() < until:
                stream.settimeout(max(0.001, until - time.monotonic()))
                try:
                    chunk = stream.recv(65536)
                    got, closed = got + chunk, not chunk
                except TimeoutError:
                    break
                except ConnectionError:
                    closed = True
        return {"bytes": base64.b64encode(got).decode(), "closed": closed}

    def op_relay(self, command):
        listener = socket.create_server(("127.0.0.1", 0))

        def accept():
            while True:
                near, _ = listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", command["port"]))
                except OSError:
                    near.close()
                    continue
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=forward, args=(*pair, command["version"]), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return {"count": listener.getsockname()[1]}


def forward(source, target, version):
    """Passes octets on until the source ends, with a greeting made old."""
    head = b""
    try:
        while True:
            chunk = source.recv(65536)
            if not chunk:
                break
            if head is None:
                target.sendall(chunk)
                continue
            head += chunk
            if version == "1.0" and len(head) >= 10:
                # Without a signature: just the header of the identity's frame, whose length is in the padding.
                target.sendall(bytes([head[8], 0]) + head[10:])
                head = None
            elif version == "2.0" and len(head) >= 10:
                target.sendall(head[:10])
                if len(head) > 10:
                    target.sendall(b"\x01" + head[11:])
                    head = None
                else:
                    version = "2.0, revision"
            elif version == "2.0, revision" and len(head) > 10:
                target.sendall(b"\x01" + head[11:])
                head = None
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def encode(parts):
    return [base64.b64encode(part).decode() for part in parts]


def octets(size):
    """Octets in which a piece that got lost or moved shows: their period divides no power of two. The first is none
    that a subscription begins with."""
    period = bytes(range(3, 251))
    return (period * (size // len(period) + 1))[:size]


def decode(parts):
    return [base64.b64decode(part) for part in parts]


def deadline(command):
    return time.monotonic() + command.get("timeout", DEFAULT_TIMEOUT)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", choices=["zmq", "pyomq"], default="zmq")
    parser.add_argument("--limit", type=float, default=120)
    arguments = parser.parse_args()

    # A thousand sockets need more descriptors than systems give at first.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(hard, 8192)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    peer = Peer(importlib.import_module(arguments.library), arguments.limit)
    for line in sys.stdin:
        peer.dispatch(json.loads(line))
    os._exit(0)


if __name__ == "__main__":
    main()
