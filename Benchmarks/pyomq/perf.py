#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""pyomq's side of the benchmark: local_thr and remote_thr as `zmq perf` has them, for large messages.

usage: perf.py local_thr BIND-TO SIZE COUNT
       perf.py remote_thr CONNECT-TO SIZE COUNT

An interpreter runs once a message, which is too dear for small ones and does not show for large ones. Every option
stays at pyomq's default. The sender stays connected until its standard input ends.
"""

import sys
import time

import pyomq


def drain(socket, size, count):
    """Takes `count` messages; the clock starts when the first has arrived."""
    for number in range(count):
        message = socket.recv(copy=False)
        if len(message) != size:
            sys.exit(f"error: a message of {len(message)} bytes came, {size} were expected")
        if number == 0:
            start = time.monotonic()
    seconds = max(time.monotonic() - start, 1e-9)
    print(f"message size: {size} [B]\nmessage count: {count}")
    print(f"mean throughput: {count / seconds:.0f} [msg/s]")
    print(f"mean throughput: {count / seconds * size * 8 / 1e6:.3f} [Mb/s]", flush=True)


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in ("local_thr", "remote_thr"):
        sys.exit(__doc__)
    verb, endpoint, size, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    context = pyomq.Context()
    if verb == "local_thr":
        socket = context.socket(pyomq.PULL)
        socket.bind(endpoint)
        drain(socket, size, count)
    else:
        socket = context.socket(pyomq.PUSH)
        socket.connect(endpoint)
        message = bytes(size)
        for _ in range(count):
            socket.send(message, copy=False)
        sys.stdin.read()
    socket.close()
    context.term()


if __name__ == "__main__":
    main()
