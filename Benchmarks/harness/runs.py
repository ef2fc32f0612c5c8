# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""Running a case: which programs stand at its ends, and what is read from them."""

import collections
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from . import programs
from .cases import IDLE
from .programs import RunFailed, RunHung, free_port, wait_for_listener

COLUMNS = ("ours", "libzmq")
FIGURES = {
    "rate": re.compile(r"mean throughput: ([0-9.]+) \[msg/s\]"),
    "lat": re.compile(r"average latency: ([0-9.]+) \[us\]"),
}
# On Linux libdispatch looks at its threads once a second, in any process that uses the Swift runtime's global
# executor, with and without connections. Linux keeps the last 15 characters of the thread's name.
RUNTIME_THREAD = "qos.overcommit"
COUNT = re.compile(r"(?:message|roundtrip) count: ([0-9]+)$", re.MULTILINE)


class RunUneven(RunFailed):
    """One run whose peers had unequal shares."""


class Runner:
    """Runs cases. `commands` has the first words of each side's command line."""

    def __init__(self, options, commands):
        self.options = options
        self.commands = commands

    def columns(self, case):
        return [*COLUMNS, *(name for name in case.beside if name in self.commands)]

    def compare(self, case):
        """All runs of a case, the sides taking turns at going first."""
        columns = self.columns(case)
        runs = {column: [] for column in columns}
        failures = []
        pairs = min(self.options.runs, 3) if case.kind in (*IDLE, "fair") else self.options.runs
        for turn in range(pairs):
            first = turn % len(columns)
            for column in columns[first:] + columns[:first]:
                if case.kind == "fair" and column != "ours":
                    continue
                try:
                    runs[column].append(self.attempt(case, column))
                except RunFailed as failure:
                    failures.append(f"{case.name}: {column}: {failure}")
                    print(f"  FAILED {failures[-1]}", file=sys.stderr)
        return runs, failures

    def attempt(self, case, column):
        """A run. libzmq's is given a second chance if it hangs, as its 4.3.4 was seen to do at the end of a run, and an
        uneven one has two more: a busy system can keep a sender from sending."""
        for _ in range(2 if case.kind == "fair" else 0):
            try:
                return self.run(case, column)
            except RunUneven as uneven:
                print(f"  {case.name}: {uneven}; once more", file=sys.stderr)
        try:
            return self.run(case, column)
        except RunHung as hang:
            if column == "ours" and not case.end:
                raise
            print(f"  {case.name}: {column}: {hang}; once more", file=sys.stderr)
            return self.run(case, column)

    def run(self, case, column):
        with tempfile.TemporaryDirectory(prefix="zmq-bench-") as folder:
            run = Run(self, case, column, pathlib.Path(folder))
            try:
                return run.measure()
            finally:
                for program in run.programs:
                    program.stop()


class Run:
    """One run of one case, with one column's programs at its ends."""

    def __init__(self, runner, case, column, folder):
        self.options, self.commands = runner.options, runner.commands
        self.case, self.column, self.folder = case, column, folder
        self.deadline = time.monotonic() + self.options.limit
        self.programs = []

    def measure(self):
        case = self.case
        if case.kind in IDLE:
            return self.idle()
        if case.kind == "fair":
            return self.fairness()
        if case.kind == "proxythr":
            only = self.start("all", self.perf(self.column, "proxy_thr", *self.load))
            only.finish(self.deadline)
            return self.result(only, {"all": only})
        if case.kind == "pub":
            return self.published()
        if case.transport == "inproc":
            # Both ends are one process, which needs more than one core: never pinned.
            only = self.start("both", self.perf(self.column, f"inproc_{case.kind}", *self.load))
            only.finish(self.deadline)
            return self.result(only, {"both": only})
        return self.through_proxy() if case.kind == "proxy" else self.two_ends()

    # What is started

    def perf(self, side, *arguments):
        on_loop = side == "ours" and (self.options.on_loop or self.case.on_loop)
        return [*self.commands[side], *arguments, *(["--on-loop"] if on_loop else [])]

    @property
    def load(self):
        """The last arguments of every verb."""
        return [self.case.size, self.case.count, *(["--parts", self.case.parts] if self.case.parts > 1 else [])]

    def start(self, name, arguments, cpu=None, **further):
        self.programs.append(programs.Program(arguments, self.folder, name, cpu, **further))
        return self.programs[-1]

    def endpoint(self, name):
        return f"tcp://127.0.0.1:{free_port()}" if self.case.transport == "tcp" else f"ipc://{self.folder}/{name}"

    def cpu(self, index):
        allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        if self.case.one_core:
            return allowed[-1] if allowed else None
        return allowed[index % len(allowed)] if self.options.pin else None

    def side(self, end):
        """Whose program stands at an end: where one end is looked at, the other is libzmq's in all columns."""
        return self.column if self.case.end in ("", end) else "libzmq"

    # The kinds of run

    def two_ends(self):
        case = self.case
        where = self.endpoint("front")
        local = self.start("local", self.perf(self.side("receiver"), f"local_{case.kind}", where, *self.load),
                           self.cpu(0))
        wait_for_listener(where, local)
        sender = self.side("sender")
        extra = ["--peers", case.peers] if case.peers > 1 else []
        # libzmq's sender must outlive its receiver (perf.c tells why); ours may go as soon as all is sent.
        extra += ["--hold"] if case.kind == "thr" and sender == "libzmq" else []
        remote = self.start("remote", self.perf(sender, f"remote_{case.kind}", where, *self.load, *extra), self.cpu(1))
        if case.kind == "thr":
            local.finish(self.deadline, self.programs)
        remote.finish(self.deadline, self.programs)
        local.finish(self.deadline, self.programs)
        return self.result(local if case.kind == "thr" else remote, {"local": local, "remote": remote})

    def published(self):
        """One publisher that waits for the slow, and as many subscribers in one process; all get everything."""
        where, audience = self.endpoint("front"), self.audience()
        local = self.start("local", self.perf(self.column, "local_pub", where, *self.load, *audience), self.cpu(0))
        wait_for_listener(where, local)
        remote = self.start("remote", self.perf(self.column, "remote_sub", where, *self.load, *audience), self.cpu(1))
        remote.finish(self.deadline, self.programs)
        local.finish(self.deadline, self.programs)
        return self.result(remote, {"remote": remote, "local": local})

    def audience(self):
        topics = self.case.count if self.case.kind == "topicmemory" else self.case.topics
        return ["--peers", self.case.peers, *(["--topics", topics] if topics else [])]

    def through_proxy(self):
        front, back = self.endpoint("front"), self.endpoint("back")
        sides = ["--frontend", f"router:{front}", "--backend", f"dealer:{back}"]
        proxy = self.start("proxy", [self.commands[self.column][0], "proxy", *sides], self.cpu(0))
        wait_for_listener(front, proxy)
        wait_for_listener(back, proxy)
        worker = self.start("worker", self.perf(self.column, "worker_echo", back, *self.load), self.cpu(1))
        remote = self.start("remote", self.perf(self.column, "remote_echo", front, *self.load), self.cpu(1))
        remote.finish(self.deadline, self.programs)
        worker.finish(self.deadline, self.programs)
        proxy.stop()  # it has no end of its own
        return self.result(remote, {"proxy": proxy, "worker": worker, "remote": remote})

    def result(self, teller, ends):
        """The figure and the processor time a message. That the run has ended well shows that nothing was lost: the
        receiving end waits for as many messages as the sending end was told to send."""
        case, text = self.case, teller.output()
        found, counted = FIGURES[case.figure].search(text), COUNT.search(text)
        if not found or not counted:
            raise RunFailed(f"{teller.name} printed no figure: {text.strip()[-400:]!r}")
        if int(counted.group(1)) != case.count:
            raise RunFailed(f"{teller.name} counted {counted.group(1)} messages of {case.count}")
        cpu = {name: program.cpu_seconds * 1e6 / case.count for name, program in ends.items()}
        return {"value": float(found.group(1)), "cpu_us_per_message": cpu}

    # Connections on which nothing happens

    def idle(self):
        if self.case.kind == "topicmemory":
            observed = self.subscriptions()
        else:
            observed = self.idle_sender() if self.case.end == "sender" else self.idle_receiver()
        if self.case.kind in ("memory", "topicmemory"):
            return {"value": observed["growth"] / self.case.count}
        # Threads that were needed for the connections' beginning leave some seconds later; that is not looked at.
        time.sleep(self.options.calm_seconds)
        before, seconds = observed["program"].waits(), self.options.idle_seconds
        time.sleep(seconds)
        after = observed["program"].waits()
        grown = {task: count - before.get(task, 0) for task, count in after.items()}
        runtime = sum(count for task, count in grown.items() if task[1].endswith(RUNTIME_THREAD))
        return {"value": (sum(grown.values()) - runtime) / seconds, "runtime": runtime / seconds}

    def subscriptions(self):
        """A publisher that has been told many topics by one subscriber."""
        where, load = self.endpoint("front"), [16, 1]
        local = self.start("local", self.perf(self.column, "local_pub", where, *load, *self.audience(), "--hold"))
        wait_for_listener(where, local)
        before = local.settled_bytes(self.deadline)
        self.start("remote", self.perf(self.column, "remote_sub", where, *load, *self.audience()))
        local.expect_line("subscribed", self.deadline)
        return self.observed(local, before)

    def idle_receiver(self):
        """A ROUTER, and a crowd of connections that is the same for every library."""
        where = self.endpoint("front")
        local = self.start("local", self.perf(self.column, "local_echo", where, 16, 1))
        wait_for_listener(where, local)
        before = local.settled_bytes(self.deadline)
        crowd = self.start("crowd", [self.commands["raw TCP"][0], "crowd", where, self.case.count])
        crowd.expect_line("connected", self.deadline)
        return self.observed(local, before, check=crowd)

    def idle_sender(self):
        """A PUSH socket with many connections to libzmq; what it needs without any is that of a socket with one."""
        where = self.endpoint("front")
        local = self.start("local", self.perf("libzmq", "local_thr", where, 16, 1))
        wait_for_listener(where, local)
        few = self.start("few", self.connecting(where, 1))
        self.wait_for_connections(local, 1)
        before = few.settled_bytes(self.deadline)
        few.stop()
        many = self.start("many", self.connecting(where, self.case.count))
        self.wait_for_connections(local, self.case.count)
        return self.observed(many, before)

    def connecting(self, where, count):
        program = self.commands[self.column][0]
        if self.column == "ours":
            return [program, "push", *(["--connect", where] * count)]
        return [program, "idle", where, count]

    def wait_for_connections(self, local, count):
        folder = pathlib.Path(f"/proc/{local.pid}/fd")
        while sum(os.readlink(link).startswith("socket:") for link in folder.iterdir()) < count + 1:
            if time.monotonic() > self.deadline:
                raise RunHung(f"{count} connections had not come about in time")
            time.sleep(0.1)

    def observed(self, program, before, check=None):
        after = program.settled_bytes(self.deadline)
        if check:
            check.expect_good_end()
        program.expect_good_end()
        return {"program": program, "growth": after - before}

    # Fairness

    def fairness(self):
        """How evenly one PULL hears many PUSH sockets that have more to send than it can take, once all are heard."""
        peers, where = self.case.peers, self.endpoint("front")
        tool = self.commands["ours"][0]
        receiver = self.start("receiver", [tool, "pull", "--bind", where, "--count", self.case.count])
        wait_for_listener(where, receiver)
        # Stopped until all floods stand before it, so that nobody has a head start.
        os.kill(receiver.pid, signal.SIGSTOP)
        for peer in range(peers):
            flood = subprocess.Popen(["yes", f"peer {peer:011}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.start(f"sender{peer}", [tool, "push", "--connect", where], feed=flood.stdout)
            flood.stdout.close()
        for sender in self.programs[1:]:
            sender.expect_line("connected", self.deadline)
        time.sleep(0.2)
        os.kill(receiver.pid, signal.SIGCONT)
        receiver.finish(self.deadline, self.programs)
        heard = re.findall(r"^peer ([0-9]+)$", receiver.output(), re.MULTILINE)
        if len(heard) != self.case.count:
            raise RunFailed(f"{len(heard)} messages came, {self.case.count} were expected")
        newcomers = [heard.index(f"{peer:011}") for peer in range(peers) if f"{peer:011}" in heard]
        counted = collections.Counter(heard[max(newcomers):])
        shares = [counted[f"{peer:011}"] / sum(counted.values()) for peer in range(peers)]
        percent = ", ".join(f"{share:.1%}" for share in shares)
        if len(newcomers) < peers:
            raise RunFailed(f"not all peers were heard: {percent}")
        # Short runs show nothing: the system gives the senders no equal shares of the processor.
        if not self.options.smoke and not all(0.9 / peers <= share <= 1.1 / peers for share in shares):
            raise RunUneven(f"the peers' shares are more than a tenth from equal: {percent}")
        return {"value": min(shares), "shares": shares}
