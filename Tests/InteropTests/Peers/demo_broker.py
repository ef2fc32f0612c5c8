#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
"""A pyzmq broker for `zmq demo workers --role worker`: a ROUTER that answers the least recently used worker.

Usage: demo_broker.py [ENDPOINT] [--workers 10] [--seconds 3]

Prints `bound ENDPOINT`, hands out `Work harder` for --seconds, then fires --workers workers and prints its account.
"""

import argparse
import collections
import sys
import time

import zmq


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint", nargs="?", default="tcp://127.0.0.1:*")
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()

    broker = zmq.Context().socket(zmq.ROUTER)
    broker.rcvtimeo = 10_000
    broker.bind(options.endpoint)
    print(f"bound {broker.last_endpoint.decode()}", flush=True)

    tasks, fired = collections.Counter(), set()
    end = time.monotonic() + options.seconds
    while len(fired) < options.workers:
        # Who asked longest ago is at the head of the queue.
        worker, *request = broker.recv_multipart()
        assert request == [b"", b"Hi Boss"], f"expected a delimiter and a greeting, got {request}"
        assert worker.decode().isprintable(), f"expected a printable routing id, got {worker}"
        assert worker not in fired, f"{worker} asks for more although it was fired"
        if time.monotonic() < end:
            tasks[worker] += 1
            broker.send_multipart([worker, b"", b"Work harder"])
        else:
            fired.add(worker)
            broker.send_multipart([worker, b"", b"Fired!"])
    broker.close(linger=1000)
    for worker in sorted(tasks):
        print(f"{worker.decode()}: {tasks[worker]} tasks")
    print(f"Total: {sum(tasks.values())} tasks")
    sys.exit(0 if len(tasks) == options.workers else 1)


if __name__ == "__main__":
    main()
