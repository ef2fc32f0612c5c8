#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
"""pyzmq workers for `zmq demo workers --role broker`: REQs, and DEALERs that care for the delimiter themselves.

Usage: demo_workers.py ENDPOINT [--reqs 5] [--dealers 5] [--milliseconds 500]

Each says `Hi Boss`, works 1 ms to --milliseconds for every `Work harder`, and goes when it hears `Fired!`.
"""

import argparse
import random
import sys
import threading
import time

import zmq


def work(context, options, kind, number, totals):
    is_dealer = kind == zmq.DEALER
    socket = context.socket(kind)
    socket.routing_id = f"{'dealer' if is_dealer else 'req'}-{number}".encode()
    socket.rcvtimeo = 30_000
    socket.connect(options.endpoint)
    tasks = 0
    while True:
        socket.send_multipart([b"", b"Hi Boss"] if is_dealer else [b"Hi Boss"])
        order = socket.recv_multipart()
        if is_dealer:
            assert order[0] == b"", f"expected a delimiter, got {order}"
            order = order[1:]
        if order == [b"Fired!"]:
            break
        assert order == [b"Work harder"], f"expected an order, got {order}"
        tasks += 1
        time.sleep(random.uniform(0.001, options.milliseconds / 1000))
    print(f"Completed: {tasks} tasks", flush=True)
    totals.append(tasks)
    socket.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("--reqs", type=int, default=5)
    parser.add_argument("--dealers", type=int, default=5)
    parser.add_argument("--milliseconds", type=float, default=500)
    options = parser.parse_args()

    context, totals = zmq.Context(), []
    kinds = [zmq.REQ] * options.reqs + [zmq.DEALER] * options.dealers
    arguments = [(context, options, kind, number, totals) for number, kind in enumerate(kinds)]
    pool = [threading.Thread(target=work, args=each) for each in arguments]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    print(f"Total: {sum(totals)} tasks")
    sys.exit(0 if len(totals) == len(kinds) else 1)


if __name__ == "__main__":
    main()
