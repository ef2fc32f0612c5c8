#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
"""pyzmq clients for `zmq demo server --role server`: DEALERs that keep asking, and REQs that ask and wait.

Usage: demo_client.py ENDPOINT [--dealers 3] [--reqs 2] [--requests 5] [--interval 0.2] [--exactly-one]

Every request names its client, so that a reply which went to the wrong one is found. The server sends up to 4 replies
to a request, or with --exactly-one (for `--rep-workers`) one, and then DEALERs add and strip the delimiter that REP
wants. Prints each reply and an account; exit 1 if a reply went astray, came too often or, with --exactly-one, did not
come.
"""

import argparse
import collections
import secrets
import sys
import threading
import time

import zmq


class Account:
    """What all clients sent and got, by the text of the request."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent = []
        self.received = collections.Counter()
        self.astray = 0

    def send(self, body):
        with self.lock:
            self.sent.append(body)

    def receive(self, client, body):
        with self.lock:
            print(f"{client} {body}", flush=True)
            self.received[body] += 1
            self.astray += not body.startswith(client + " ")


def new_identity():
    return f"{secrets.randbelow(65536):04X}-{secrets.randbelow(65536):04X}"


def dealer(context, options, account):
    """Asks at its own pace and takes replies as they come, polling 100 times a second."""
    name = new_identity()
    socket = context.socket(zmq.DEALER)
    socket.routing_id = name.encode()
    socket.connect(options.endpoint)
    delimiter = [b""] if options.exactly_one else []
    asked, received, next_request = 0, 0, time.monotonic()
    quiet_since = time.monotonic()
    while True:
        if socket.poll(10):
            parts = socket.recv_multipart()
            assert parts[:-1] == delimiter, f"expected {delimiter} and a body, got {parts}"
            account.receive(name, parts[-1].decode())
            received += 1
            quiet_since = time.monotonic()
        elif asked < options.requests and time.monotonic() >= next_request:
            asked += 1
            body = f"{name} request #{asked}"
            account.send(body)
            socket.send_multipart(delimiter + [body.encode()])
            next_request += options.interval
            quiet_since = time.monotonic()
        elif asked == options.requests:
            is_done = options.exactly_one and received == asked
            if is_done or time.monotonic() - quiet_since > options.patience:
                break
    socket.close()


def req(context, options, account):
    """Asks, and asks on if no reply comes: the server may well have none to give."""
    name = new_identity()
    socket = context.socket(zmq.REQ)
    socket.setsockopt(zmq.REQ_RELAXED, 1)
    socket.setsockopt(zmq.REQ_CORRELATE, 1)
    socket.rcvtimeo = int(options.patience * 1000)
    socket.connect(options.endpoint)
    for number in range(1, options.requests + 1):
        body = f"{name} request #{number}"
        account.send(body)
        socket.send_string(body)
        try:
            account.receive(name, socket.recv_string())
        except zmq.Again:
            pass
    socket.close(linger=0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("--dealers", type=int, default=3)
    parser.add_argument("--reqs", type=int, default=2)
    parser.add_argument("--requests", type=int, default=5)
    parser.add_argument("--interval", type=float, default=0.2)
    parser.add_argument("--patience", type=float, default=3)
    parser.add_argument("--exactly-one", action="store_true")
    options = parser.parse_args()

    account, context = Account(), zmq.Context()
    kinds = [dealer] * options.dealers + [req] * options.reqs
    threads = [threading.Thread(target=kind, args=(context, options, account)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    too_many = sum(count > (1 if options.exactly_one else 4) for count in account.received.values())
    unknown = sum(body not in account.sent for body in account.received)
    unanswered = sum(body not in account.received for body in account.sent)
    print(f"requests sent: {len(account.sent)}")
    print(f"replies received: {sum(account.received.values())}")
    print(f"replies astray: {account.astray + unknown}")
    print(f"replies too many: {too_many}")
    print(f"requests without reply: {unanswered}")
    sys.exit(1 if account.astray or unknown or too_many or (options.exactly_one and unanswered) else 0)


if __name__ == "__main__":
    main()
