#!/usr/bin/env python3
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""Measures `zmq perf` against libzmq on this machine, in alternating runs.

Both programs take the same arguments and print the same lines (Benchmarks/libzmq/perf.c is libzmq's part), so
each case is run with both ends ours, then with both ends libzmq's, turn and turn about. Printed are medians with
the smallest and the largest value, the ratio of the medians, and the processor time that a message costs at each
end. The exit code tells whether everything ran, whether nothing was lost, whether idle connections wake nobody and
flooding peers are heard evenly; never whether it was fast. docs/performance.md says what the rows mean.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

from harness import programs, report
from harness.cases import CASES
from harness.charts import write_charts
from harness.programs import BENCHMARKS, ROOT
from harness.runs import Runner


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help="pairs of runs for each case (default 7)")
    parser.add_argument("--quick", action="store_true", help="3 pairs, a quarter of the messages")
    parser.add_argument("--smoke", action="store_true", help="1 pair, a thousandth: shows that it works, nothing else")
    parser.add_argument("--only", metavar="PATTERN", help="only cases whose name (see --list) matches this regex")
    parser.add_argument("--pin", action="store_true", help="keep each end on a core of its own (Linux; not inproc)")
    parser.add_argument("--on-loop", action="store_true", help="run ours on the sockets' event loop in all cases")
    parser.add_argument("--limit", type=float, help="seconds after which a run has hung (default 60; smoke 20)")
    parser.add_argument("--markdown", action="store_true", help="end with the tables as Markdown")
    parser.add_argument("--charts", metavar="FOLDER", type=pathlib.Path, help="write throughput.svg and latency.svg")
    parser.add_argument("--list", action="store_true", help="print the cases' names and stop")
    parser.add_argument("--results", metavar="FILE", type=pathlib.Path,
                        help="measure nothing: take what an earlier run has written to Benchmarks/results")
    parser.add_argument("--ours", default=os.environ.get("ZMQ_BENCH_OURS"), metavar="PATH",
                        help="the program to measure instead of a fresh release build (or ZMQ_BENCH_OURS)")
    options = parser.parse_args()
    if options.runs is not None and options.runs < 1:
        parser.error("--runs: at least 1 was expected")
    if options.pin and not hasattr(os, "sched_setaffinity"):
        parser.error("--pin: this system can't pin processes")
    options.runs = options.runs or (1 if options.smoke else 3 if options.quick else 7)
    options.limit = options.limit or (20 if options.smoke else 60)
    options.divisor = 1000 if options.smoke else 4 if options.quick else 1
    options.calm_seconds, options.idle_seconds = (6, 1) if options.smoke else (6, 5)
    return options


def chosen_cases(options):
    cases = [case for case in CASES if not options.only or re.search(options.only, case.name)]
    if not os.path.isdir("/proc/self/task"):
        cases = [case for case in cases if case.kind not in ("memory", "wakeups") and not case.one_core]
    if not cases:
        sys.exit(f"error: --only {options.only}: no such case; --list names them")
    return cases


def find_commands(options, theirs):
    """The first words of each side's command line; verbs follow."""
    ours = pathlib.Path(options.ours).resolve() if options.ours else programs.build_ours()
    if not os.access(ours, os.X_OK):
        sys.exit(f"error: {ours}: a program was expected there")
    commands = {"ours": [str(ours), "perf"], "libzmq": [str(theirs), "perf"],
                "raw TCP": [str(programs.build_raw_peer())]}
    interpreter = programs.pyomq_interpreter()
    if interpreter:
        commands["pyomq"] = [str(interpreter), str(BENCHMARKS / "pyomq" / "perf.py")]
    else:
        print("pyomq is not there (scripts/install-peers.sh installs it); its column is left out")
    return commands


def print_head(head):
    facts = head["machine"]
    pairs = f"{head['runs']} pair{'s' * (head['runs'] > 1)} of runs"
    print(f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}; {head['libzmq']}; {pairs}")
    if facts["load"] > 0.5:
        print(f"The machine is busy with other things (load {facts['load']}): mistrust these figures.")
    print("Medians (smallest–largest); CPU in µs a message: receiving + sending end, or proxy + worker + client.")
    print("Rates and the ratio of rates: more is better. Latency (one way), memory, wake-ups: less is better.\n")
    report.print_row(report.HEADER)


def measure(options, cases):
    """Runs the cases and prints them; gives what was found, and what failed."""
    theirs = programs.build_libzmq_peer()
    runner = Runner(options, find_commands(options, theirs))
    version = subprocess.run([theirs, "version"], capture_output=True, text=True, check=True).stdout.strip()
    now = datetime.datetime.now().isoformat(timespec="seconds")
    head = {"date": now, "machine": programs.machine(), "libzmq": version, "runs": options.runs,
            "divisor": options.divisor, "pin": options.pin, "on_loop": options.on_loop}
    print_head(head)
    record, failures = [], []
    for case in cases:
        case = case.scaled(options)
        runs, failed = runner.compare(case)
        failures += failed
        record.append((case, {side: report.summary(found) for side, found in runs.items()}))
        report.print_row(report.row(*record[-1]))
        if case.kind == "wakeups" and any(run["value"] > 0 for run in runs["ours"]):
            failures.append(f"{case.name}: idle connections wake our process")
            print(f"  FAILED {failures[-1]}", file=sys.stderr)
    return head, record, failures


def save(head, record, failures):
    results = BENCHMARKS / "results" / f"{head['date'].replace('T', '-').replace(':', '')}.json"
    results.parent.mkdir(exist_ok=True)
    cases = [{"case": case.name, "count": case.count, **sides} for case, sides in record]
    results.write_text(json.dumps({**head, "cases": cases, "failures": failures}, indent=2) + "\n")
    print(f"\nwritten to {results.relative_to(ROOT)}")


def load(path, cases):
    """What an earlier run has written."""
    head = json.loads(path.read_text())
    named = {case.name: case for case in cases}
    record = [
        (named[found["case"]], {side: found[side] for side in found if side not in ("case", "count")})
        for found in head.pop("cases") if found["case"] in named
    ]
    return head, record


def main():
    options = parse_arguments()
    cases = chosen_cases(options)
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    failures = []
    if options.results:
        head, record = load(options.results, cases)
        print_head(head)
        for case, sides in record:
            report.print_row(report.row(case, sides))
    else:
        head, record, failures = measure(options, cases)
        save(head, record, failures)
    if options.markdown:
        report.print_markdown(record)
    if options.charts:
        kind = "" if head["divisor"] == 1 else " (short ones)"
        caption = f"Medians, runs of each: {head['runs']}{kind}; {head['machine']['cores']} cores, {head['libzmq']}"
        for path in write_charts(record, options.charts, caption):
            print(f"written to {path}")
    if failures:
        print(f"{len(failures)} runs failed", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
