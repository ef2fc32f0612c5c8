#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""Counts what a message costs at each end, and compares it with the thresholds of this Swift version.

Counted are heap allocations (Benchmarks/costs/count.c) and instructions (valgrind's cachegrind, without its cache).
Each case runs with two numbers of messages; the difference of the counts, divided by the difference of the numbers,
is what one message costs once everything is warm. No time is measured: the result does not depend on how fast the
machine is or on what else it does. scripts/check-costs.sh prepares everything and calls this.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

from harness import programs
from harness.programs import BENCHMARKS, ROOT, Program, RunFailed, free_port, wait_for_listener

THRESHOLDS = BENCHMARKS / "thresholds"
LIMIT = 100  # seconds after which a run has hung
INSTRUCTIONS = re.compile(r"I\s+refs:\s+([0-9,]+)")


@dataclasses.dataclass(frozen=True)
class Case:
    """A pair of `zmq perf` verbs, and how many messages more the longer run has."""

    name: str
    verb: str  # thr or echo; a receiving and a sending end, or both in one process
    transport: str
    size: int
    parts: int = 1
    on_loop: bool = False
    allocating: int = 400_000  # messages in the longer run that counts allocations
    executing: int = 60_000  # and in the one that counts instructions

    @property
    def ends(self):
        if self.transport == "inproc":
            return ("both",)
        return ("receive", "send") if self.verb == "thr" else ("answer", "ask")


CASES = (
    Case("tcp-16", "thr", "tcp", 16),
    Case("tcp-1024", "thr", "tcp", 1024, allocating=100_000, executing=30_000),
    Case("tcp-65536", "thr", "tcp", 65536, allocating=8_000, executing=4_000),
    Case("tcp-16-parts10", "thr", "tcp", 16, parts=10, allocating=100_000, executing=20_000),
    Case("tcp-16-loop", "thr", "tcp", 16, on_loop=True),
    Case("ipc-16", "thr", "ipc", 16),
    Case("tcp-echo-128", "echo", "tcp", 128, allocating=100_000, executing=20_000),
    Case("inproc-16", "thr", "inproc", 16),
    Case("inproc-16-loop", "thr", "inproc", 16, on_loop=True),
)


class Counter:
    """Runs cases under one of the two instruments."""

    def __init__(self, metric, tool, preload):
        self.metric, self.tool, self.preload = metric, tool, preload

    def run(self, case, count):
        """One run; what was counted at each end."""
        with tempfile.TemporaryDirectory(prefix="zmq-costs-") as folder:
            folder = pathlib.Path(folder)
            running = []
            try:
                return self.measure(case, count, folder, running)
            finally:
                for program in running:
                    program.stop()

    def measure(self, case, count, folder, running):
        deadline = time.monotonic() + LIMIT
        load = [case.size, count, *(["--parts", case.parts] if case.parts > 1 else []),
                *(["--on-loop"] if case.on_loop else [])]

        def start(end, *arguments):
            command = [self.tool, "perf", *arguments, *load]
            if self.metric == "instructions":
                command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                           *command]
            environment = {"LD_PRELOAD": str(self.preload), "COUNT_FILE": str(folder / f"{end}.count")}
            running.append(Program(command, folder, end, environment=environment))
            return running[-1]

        if case.transport == "inproc":
            start("both", f"inproc_{case.verb}")
        else:
            where = f"tcp://127.0.0.1:{free_port()}" if case.transport == "tcp" else f"ipc://{folder}/perf"
            local, remote = case.ends
            binding = start(local, f"local_{case.verb}", where)
            wait_for_listener(where, binding)
            start(remote, f"remote_{case.verb}", where)
        for program in reversed(running):
            program.finish(deadline, running)
        return {program.name: self.counted(program, folder / f"{program.name}.count") for program in running}

    def counted(self, program, file):
        if self.metric == "allocations":
            return int(file.read_text().split()[1])
        found = INSTRUCTIONS.search(program.output())
        if not found:
            raise RunFailed(f"valgrind counted nothing: {program.output().strip()[-600:]}")
        return int(found.group(1).replace(",", ""))

    def cost(self, case):
        """What a message costs at each end: the median of the differences between shorter and longer runs."""
        more = case.allocating if self.metric == "allocations" else case.executing
        few = more // 4
        pairs = 3 if self.metric == "allocations" else 1
        costs = {end: [] for end in case.ends}
        for _ in range(pairs):
            short, long = self.run(case, few), self.run(case, few + more)
            for end in case.ends:
                costs[end].append((long[end] - short[end]) / more)
        return {end: statistics.median(found) for end, found in costs.items()}


# ---------------------------------------------------------------------------------------------------------
# Thresholds: lines of `metric case end limit`

def swift_version():
    text = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    return re.search(r"Swift version ([0-9]+\.[0-9]+)", text).group(1)


def read_thresholds(path):
    lines = (line.split("#")[0].split() for line in path.read_text().splitlines())
    return {tuple(words[:3]): float(words[3]) for words in lines if words}


def with_headroom(metric, cost):
    """The threshold for a measured cost. Costs differ by some per cent from run to run, with how the ends meet."""
    if metric == "allocations":
        return max(0.01, round(cost * 1.5 + 0.008, 2))
    return float(f"{cost * 1.2:.3g}")


def write_thresholds(path, version, limits):
    lines = [
        "# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.",
        "#",
        f"# What a message may cost at each end with Swift {version}, release build, on Linux:",
        "# metric, case, end, limit.",
        "# Instructions are those of x86-64. Written by scripts/check-costs.sh --update, which adds the headroom.",
        "",
    ]
    width = max(len(name) for _, name, _ in limits)
    for (metric, name, end), limit in limits.items():
        lines.append(f"{metric:<12} {name:<{width}} {end:<7} {limit:>9g}")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


# ---------------------------------------------------------------------------------------------------------

def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the thresholds anew, instead of comparing")
    parser.add_argument("--only", metavar="PATTERN", default="", help="only what matches, in `metric case`")
    parser.add_argument("--ours", metavar="PATH", type=pathlib.Path, help="instead of a fresh release build")
    return parser.parse_args()


def stripped(tool, folder):
    """A copy without debugging information, which valgrind can't read and stops at."""
    copy = folder / "zmq"
    subprocess.run(["strip", "-o", str(copy), str(tool)], check=True)
    return copy


def counted_costs(options, folder, limits):
    """Every case under every instrument, two cases at a time: counts don't mind a busy machine.

    They do differ with how the ends happen to meet, up to a fifth. So a case above its limit gets two more chances,
    and the least of the three counts: a cost that has come to stay is above the limit each time. A limit is made from
    the most of three.
    """
    tool = stripped((options.ours or programs.build_ours()).resolve(), folder)
    preload = programs.build_c("count.so", "costs/count.c", "-shared", "-fPIC")
    work = [(Counter(metric, tool, preload), case) for metric in ("allocations", "instructions") for case in CASES
            if re.search(options.only, f"{metric} {case.name}")]

    choice = max if options.update else min

    def count(counter, case):
        costs = counter.cost(case)
        for _ in range(2):
            allowed = {end: limits.get((counter.metric, case.name, end), cost) for end, cost in costs.items()}
            if not options.update and all(cost <= allowed[end] for end, cost in costs.items()):
                break
            again = counter.cost(case)
            costs = {end: choice(cost, again[end]) for end, cost in costs.items()}
        return {(counter.metric, case.name, end): cost for end, cost in costs.items()}

    pool = concurrent.futures.ThreadPoolExecutor(max_workers=2)
    try:
        for costs in pool.map(lambda pair: count(*pair), work):
            yield from costs.items()
    finally:
        pool.shutdown(cancel_futures=True)


def print_comparison(key, cost, limit):
    metric, name, end = key
    digits = 4 if metric == "allocations" else 0
    verdict = "no threshold" if limit is None else f"of {limit:g}" + (" EXCEEDED" if cost > limit else "")
    print(f"{metric:<13} {name:<16} {end:<8} {max(cost, 0):>10.{digits}f}   {verdict}", flush=True)


def main():
    options = parse_arguments()
    version = swift_version()
    path = THRESHOLDS / f"{version}.txt"
    known = read_thresholds(path) if path.exists() else {}
    if platform.machine() != "x86_64":
        known = {key: limit for key, limit in known.items() if key[0] != "instructions"}
    print(f"What a message costs, with Swift {version}:\n")
    costs, exceeded = {}, []
    with tempfile.TemporaryDirectory(prefix="zmq-costs-") as folder:
        limits = {} if options.update else known
        for key, cost in counted_costs(options, pathlib.Path(folder), limits):
            costs[key] = cost
            limit = limits.get(key)
            print_comparison(key, cost, limit)
            if limit is not None and cost > limit:
                exceeded.append((key, cost, limit))
    if options.update:
        fresh = {key: with_headroom(key[0], cost) for key, cost in costs.items()}
        write_thresholds(path, version, {**(known if options.only else {}), **fresh})
        print(f"\nwritten to {path.relative_to(ROOT)}")
        return 0
    if not known:
        print(f"\nno thresholds for Swift {version}: scripts/check-costs.sh --update writes them")
        return 1 if os.environ.get("CI") == "true" else 0
    for (metric, name, end), cost, limit in exceeded:
        print(f"\n{name}, {end}: {cost:.4g} {metric} a message; {path.relative_to(ROOT)} allows {limit:g}", end="")
    if exceeded:
        print("\n\nIf that is meant: scripts/check-costs.sh --update, and say in the commit what the message pays for.")
    return 1 if exceeded else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RunFailed as failure:
        sys.exit(f"error: {failure}")
