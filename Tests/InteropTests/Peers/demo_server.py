#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
"""A pyzmq server for `zmq demo server --role client`: ROUTER, proxy, DEALER and a pool of workers.

Usage: demo_server.py [ENDPOINT] [--workers 5] [--rep-workers]

Prints `bound ENDPOINT` and serves until its standard input ends; then it finishes what it has taken and prints its
account. A worker sends 0 to 4 replies to each request, each after 1 to 1000 ms; a REP worker exactly one.
"""

import argparse
import random
import sys
import threading
import time

import zmq

BACKEND = "inproc://workers"


class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.served = 0
        self.replies = 0

    def add(self, replies):
        with self.lock:
            self.served += 1
            self.replies += replies


def dealer_worker(context, account, stopping):
    socket = context.socket(zmq.DEALER)
    socket.connect(BACKEND)
    for client, *request in requests(socket, stopping):
        replies = random.randint(0, 4)
        for _ in range(replies):
            time.sleep(random.uniform(0.001, 1))
            socket.send_multipart([client, *request])
        account.add(replies)
    socket.close()


def rep_worker(context, account, stopping):
    socket = context.socket(zmq.REP)
    socket.connect(BACKEND)
    for request in requests(socket, stopping):
        time.sleep(random.uniform(0.001, 1))
        socket.send_multipart(request)
        account.add(1)
    socket.close()


def requests(socket, stopping):
    """What comes in, until it is time to stop and nothing has come for a while."""
    while socket.poll(500) or not stopping.is_set():
        if socket.poll(0):
            yield socket.recv_multipart()


def proxy(frontend, backend):
    try:
        zmq.proxy(frontend, backend)
    except zmq.ContextTerminated:
        pass
    frontend.close(linger=1000)
    backend.close(linger=1000)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint", nargs="?", default="tcp://127.0.0.1:*")
    parser.add_argument("--workers", type=int, default=5)
    parser.add_argument("--rep-workers", action="store_true")
    options = parser.parse_args()

    context, account, stopping = zmq.Context(), Account(), threading.Event()
    frontend, backend = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    frontend.bind(options.endpoint)
    backend.bind(BACKEND)
    print(f"bound {frontend.last_endpoint.decode()}", flush=True)
    threading.Thread(target=proxy, args=(frontend, backend)).start()
    worker = rep_worker if options.rep_workers else dealer_worker
    pool = [threading.Thread(target=worker, args=(context, account, stopping)) for _ in range(options.workers)]
    for thread in pool:
        thread.start()
    sys.stdin.read()
    stopping.set()
    for thread in pool:
        thread.join()
    time.sleep(0.2)
    context.term()
    print(f"requests served: {account.served}")
    print(f"replies sent: {account.replies}")


if __name__ == "__main__":
    main()
