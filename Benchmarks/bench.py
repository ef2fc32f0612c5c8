#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""Measures `zmq perf` against libzmq on this machine, in alternating runs.

Both programs take the same arguments and print the same lines (Benchmarks/libzmq/perf.c is libzmq's part), so
each case is run with both ends ours, then with both ends libzmq's, turn and turn about. Printed are medians with
the smallest and the largest value, the ratio of the medians, and the processor time that a message costs at each
end. The exit code tells whether everything ran, never whether it was fast.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

BENCHMARKS = pathlib.Path(__file__).resolve().parent
ROOT = BENCHMARKS.parent
LIBZMQ_PEER = "perf-libzmq"
SIDES = ("ours", "libzmq")
FIGURES = {
    "thr": re.compile(r"mean throughput: ([0-9.]+) \[msg/s\]"),
    "lat": re.compile(r"average latency: ([0-9.]+) \[us\]"),
}


class RunFailed(Exception):
    """One run ended wrongly or printed no figure."""


class RunHung(RunFailed):
    """One run did not end in the time it was given."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One line of the table: what is done over which transport, with how many messages of which size."""

    kind: str  # thr, lat, echo, proxy
    transport: str  # tcp, ipc, inproc
    size: int
    count: int

    @property
    def name(self):
        return f"{self.transport}-{self.kind}-{self.size}"

    @property
    def title(self):
        size = f"{self.size // 1024} KiB" if self.size >= 1024 else f"{self.size} B"
        what = {"thr": "", "lat": " latency", "echo": " echo, 100 in flight", "proxy": " echo through a proxy"}
        return f"{self.transport} {size}{what[self.kind]}"

    @property
    def figure(self):
        return "lat" if self.kind == "lat" else "thr"


# Counts that keep libzmq busy for one to three seconds on two cores.
CASES = (
    Case("thr", "tcp", 16, 8_000_000),
    Case("thr", "tcp", 128, 4_000_000),
    Case("thr", "tcp", 1024, 1_000_000),
    Case("thr", "tcp", 65536, 40_000),
    Case("lat", "tcp", 16, 15_000),
    Case("echo", "tcp", 128, 500_000),
    Case("proxy", "tcp", 128, 200_000),
    Case("thr", "ipc", 16, 6_000_000),
    Case("thr", "ipc", 128, 3_000_000),
    Case("thr", "ipc", 1024, 1_000_000),
    Case("thr", "ipc", 65536, 40_000),
    Case("lat", "ipc", 16, 15_000),
    Case("echo", "ipc", 128, 500_000),
    Case("thr", "inproc", 16, 12_000_000),
    Case("thr", "inproc", 128, 5_000_000),
    Case("thr", "inproc", 1024, 3_000_000),
    Case("thr", "inproc", 65536, 1_000_000),
    Case("lat", "inproc", 16, 25_000),
)


class Program:
    """A started process: its output, how it ended, and the processor time it used."""

    def __init__(self, arguments, folder, name, cpu=None):
        self.name = name
        self.log = folder / f"{name}.out"
        pin = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None else None
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, preexec_fn=pin
            )
        self.usage = None
        self.ended = threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self):
        _, status, self.usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.ended.set()

    def finish(self, deadline, others=()):
        """Lets go of a program that holds on to its standard input, and waits for a good end, here and elsewhere."""
        self.process.stdin.close()
        while not self.ended.wait(0.1):
            if time.monotonic() > deadline:
                raise RunHung(f"{self.name} had not ended in time")
            for other in others:
                other.expect_good_end()
        self.expect_good_end()

    def expect_good_end(self):
        if self.ended.is_set() and self.process.returncode != 0:
            raise RunFailed(f"{self.name} ended with {self.process.returncode}: {self.output().strip()[-400:]}")

    def stop(self):
        """Ends the process, whatever it is doing."""
        for force in (signal.SIGTERM, signal.SIGKILL):
            if self.ended.is_set():
                break
            os.kill(self.process.pid, force)
            self.ended.wait(2)
        self.process.stdin.close()

    def output(self):
        return self.log.read_text(errors="replace")

    @property
    def cpu_seconds(self):
        return self.usage.ru_utime + self.usage.ru_stime


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(endpoint):
    """Whether somebody listens there, without connecting: a stray connection would be a peer to ZeroMQ."""
    if endpoint.startswith("ipc://"):
        return os.path.exists(endpoint[len("ipc://"):])
    port = f":{int(endpoint.rsplit(':', 1)[1]):04X}"
    try:
        table = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return False
    return any(row.split()[1].endswith(port) and row.split()[3] == "0A" for row in table)


def wait_for_listener(endpoint, program):
    """Gives the binding end its head start; where listening can't be seen, a fixed one."""
    patience = time.monotonic() + (5 if os.path.exists("/proc/net/tcp") or endpoint.startswith("ipc") else 0.3)
    while time.monotonic() < patience and not program.ended.is_set() and not is_listening(endpoint):
        time.sleep(0.005)


class Bench:
    def __init__(self, options, commands):
        self.options = options
        self.commands = commands

    def perf(self, side, *arguments):
        loop = ["--on-loop"] if side == "ours" and self.options.on_loop else []
        return [self.commands[side], "perf", *map(str, arguments), *loop]

    def cpu(self, index):
        if not self.options.pin:
            return None
        allowed = sorted(os.sched_getaffinity(0))
        return allowed[index % len(allowed)]

    def run(self, case, side):
        """One run of one case, with both ends of one side."""
        with tempfile.TemporaryDirectory(prefix="zmq-bench-") as folder:
            programs = []
            try:
                return self.measure(case, side, pathlib.Path(folder), programs)
            finally:
                for program in programs:
                    program.stop()

    def measure(self, case, side, folder, programs):
        deadline = time.monotonic() + self.options.limit

        def start(name, arguments, cpu):
            programs.append(Program(arguments, folder, name, cpu))
            return programs[-1]

        def endpoint(name):
            return f"tcp://127.0.0.1:{free_port()}" if case.transport == "tcp" else f"ipc://{folder}/{name}"

        load = (case.size, case.count)
        if case.transport == "inproc":
            # Both ends are one process, which needs more than one core: never pinned.
            only = start("both", self.perf(side, f"inproc_{case.kind}", *load), None)
            only.finish(deadline)
            return self.result(case, only, {"both": only})

        where = endpoint("front")
        if case.kind == "proxy":
            back = endpoint("back")
            sides = ["--frontend", f"router:{where}", "--backend", f"dealer:{back}"]
            local = start("proxy", [self.commands[side], "proxy", *sides], self.cpu(0))
            wait_for_listener(where, local)
            wait_for_listener(back, local)
            worker = start("worker", self.perf(side, "worker_echo", back, *load), self.cpu(1))
            remote = start("remote", self.perf(side, "remote_echo", where, *load), self.cpu(1))
            remote.finish(deadline, programs)
            worker.finish(deadline, programs)
            local.stop()  # it has no end of its own
            return self.result(case, remote, {"proxy": local, "worker": worker, "remote": remote})

        local = start("local", self.perf(side, f"local_{case.kind}", where, *load), self.cpu(0))
        wait_for_listener(where, local)
        # libzmq's sender must outlive its receiver (perf.c tells why); ours may go as soon as all is sent.
        hold = ["--hold"] if case.kind == "thr" and self.commands[side].endswith(LIBZMQ_PEER) else []
        remote = start("remote", self.perf(side, f"remote_{case.kind}", where, *load, *hold), self.cpu(1))
        if case.kind == "thr":
            local.finish(deadline, programs)
        remote.finish(deadline, programs)
        local.finish(deadline, programs)
        return self.result(case, local if case.kind == "thr" else remote, {"local": local, "remote": remote})

    @staticmethod
    def result(case, teller, programs):
        found = FIGURES[case.figure].search(teller.output())
        if not found:
            raise RunFailed(f"{teller.name} printed no figure: {teller.output().strip()[-400:]!r}")
        cpu = {name: program.cpu_seconds * 1e6 / case.count for name, program in programs.items()}
        return {"value": float(found.group(1)), "cpu_us_per_message": cpu}

    def attempt(self, case, side):
        """A run; libzmq's is given a second chance if it hangs, as its 4.3.4 was seen to do at the end of a run."""
        try:
            return self.run(case, side)
        except RunHung as hang:
            if side == "ours":
                raise
            print(f"  {case.name}: libzmq: {hang}; once more", file=sys.stderr)
            return self.run(case, side)

    def compare(self, case):
        """All runs of a case, the two sides taking turns at going first."""
        runs = {side: [] for side in SIDES}
        failures = []
        for pair in range(self.options.runs):
            for side in SIDES if pair % 2 == 0 else reversed(SIDES):
                try:
                    runs[side].append(self.attempt(case, side))
                except RunFailed as failure:
                    failures.append(f"{case.name}: {side}: {failure}")
                    print(f"  FAILED {failures[-1]}", file=sys.stderr)
        return runs, failures


def summary(runs):
    if not runs:
        return None
    values = [run["value"] for run in runs]
    ends = runs[0]["cpu_us_per_message"].keys()
    return {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "cpu_us_per_message": {end: statistics.median(run["cpu_us_per_message"][end] for run in runs) for end in ends},
        "values": values,
    }


def short(value):
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 999.5 * size else f"{value / size:.0f} {unit}"
    return f"{value:.3g}"


def spread(side, figure):
    if side is None:
        return "failed"
    form = short if figure == "thr" else (lambda value: f"{value:.1f}")
    unit = "/s" if figure == "thr" else " µs"
    return f"{form(side['median'])}{unit} ({form(side['min'])}–{form(side['max'])})"


def cpu_cell(side):
    return "-" if side is None else " + ".join(f"{value:.2f}" for value in side["cpu_us_per_message"].values())


HEADER = ("case", "ours", "libzmq", "ours/libzmq", "CPU ours", "CPU libzmq")


def row(case, sides):
    ours, theirs = sides["ours"], sides["libzmq"]
    ratio = f"{ours['median'] / theirs['median']:.2f}" if ours and theirs else "-"
    figures = (spread(ours, case.figure), spread(theirs, case.figure))
    return (case.title, *figures, ratio, cpu_cell(ours), cpu_cell(theirs))


def print_row(cells):
    widths = (30, 30, 30, 12, 20, 20)
    print(" ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths)).rstrip(), flush=True)


def print_markdown(rows):
    print("\n| " + " | ".join(HEADER) + " |\n|" + "---|" * len(HEADER))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


def build_libzmq_peer():
    """Compiles Benchmarks/libzmq/perf.c, if it is newer than what stands there."""
    source, binary = BENCHMARKS / "libzmq" / "perf.c", BENCHMARKS / "bin" / LIBZMQ_PEER
    if binary.exists() and binary.stat().st_mtime >= source.stat().st_mtime:
        return binary
    flags = ["-lzmq"]
    if shutil.which("pkg-config"):
        found = subprocess.run(["pkg-config", "--cflags", "--libs", "libzmq"], capture_output=True, text=True)
        flags = found.stdout.split() if found.returncode == 0 else flags
    binary.parent.mkdir(exist_ok=True)
    compiler = os.environ.get("CC", "cc")
    command = [compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", str(binary), str(source), *flags, "-pthread"]
    if subprocess.run(command).returncode != 0:
        sys.exit("error: the C program was not built; it needs a C compiler and libzmq's headers "
                 "(scripts/install-peers.sh installs them)")
    return binary


def build_ours():
    command = ["swift", "build", "--package-path", str(ROOT), "-c", "release", "--product", "zmq"]
    if subprocess.run(command).returncode != 0:
        sys.exit("error: the zmq tool was not built")
    where = subprocess.run(command[:-2] + ["--show-bin-path"], capture_output=True, text=True, check=True)
    return pathlib.Path(where.stdout.strip()) / "zmq"


def machine():
    model = platform.processor() or platform.machine()
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 2),
    }


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help="pairs of runs for each case (default 5)")
    parser.add_argument("--quick", action="store_true", help="3 pairs, a quarter of the messages")
    parser.add_argument("--smoke", action="store_true", help="1 pair, a thousandth: shows that it works, nothing else")
    parser.add_argument("--only", metavar="PATTERN", help="only cases whose name (see --list) matches this regex")
    parser.add_argument("--pin", action="store_true", help="keep each end on a core of its own (Linux; not inproc)")
    parser.add_argument("--on-loop", action="store_true", help="run ours on the sockets' event loop")
    parser.add_argument("--limit", type=float, help="seconds after which a run has hung (default 60; smoke 20)")
    parser.add_argument("--markdown", action="store_true", help="end with the table as Markdown")
    parser.add_argument("--list", action="store_true", help="print the cases' names and stop")
    parser.add_argument("--ours", default=os.environ.get("ZMQ_BENCH_OURS"), metavar="PATH",
                        help="the program to measure instead of a fresh release build (or ZMQ_BENCH_OURS)")
    options = parser.parse_args()
    if options.runs is not None and options.runs < 1:
        parser.error("--runs: at least 1 was expected")
    if options.pin and not hasattr(os, "sched_setaffinity"):
        parser.error("--pin: this system can't pin processes")
    options.runs = options.runs or (1 if options.smoke else 3 if options.quick else 5)
    options.limit = options.limit or (20 if options.smoke else 60)
    options.divisor = 1000 if options.smoke else 4 if options.quick else 1
    return options


def chosen_cases(options):
    cases = [case for case in CASES if not options.only or re.search(options.only, case.name)]
    if not cases:
        sys.exit(f"error: --only {options.only}: no such case; --list names them")
    return [dataclasses.replace(case, count=max(100, case.count // options.divisor)) for case in cases]


def main():
    options = parse_arguments()
    cases = chosen_cases(options)
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    theirs = build_libzmq_peer()
    ours = pathlib.Path(options.ours).resolve() if options.ours else build_ours()
    if not os.access(ours, os.X_OK):
        sys.exit(f"error: {ours}: a program was expected there")
    version = subprocess.run([theirs, "version"], capture_output=True, text=True, check=True).stdout.strip()
    bench = Bench(options, {"ours": str(ours), "libzmq": str(theirs)})
    facts = machine()
    pairs = f"{options.runs} pair{'s' * (options.runs > 1)} of runs"
    print(f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}; {version}; {pairs}")
    if facts["load"] > 0.5:
        print(f"The machine is busy with other things (load {facts['load']}): mistrust these figures.")
    print("Medians (smallest–largest); CPU in µs a message: receiving + sending end, or proxy + worker + client.")
    print("Throughput: higher is better. Latency, one way: lower is better.\n")
    print_row(HEADER)

    rows, record, failures = [], [], []
    for case in cases:
        runs, failed = bench.compare(case)
        sides = {side: summary(runs[side]) for side in SIDES}
        failures += failed
        rows.append(row(case, sides))
        print_row(rows[-1])
        record.append({"case": case.name, "count": case.count, **sides})
    if options.markdown:
        print_markdown(rows)

    now = datetime.datetime.now()
    results = BENCHMARKS / "results" / f"{now:%Y-%m-%d-%H%M%S}.json"
    results.parent.mkdir(exist_ok=True)
    head = {"date": now.isoformat(timespec="seconds"), "machine": facts, "libzmq": version, "runs": options.runs,
            "pin": options.pin, "on_loop": options.on_loop}
    results.write_text(json.dumps({**head, "cases": record, "failures": failures}, indent=2) + "\n")
    print(f"\nwritten to {results.relative_to(ROOT)}")
    if failures:
        print(f"{len(failures)} runs failed", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
