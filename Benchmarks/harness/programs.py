# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""The programs that are measured: building them, starting them, and what the system tells of them."""

import os
import pathlib
import platform
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCHMARKS.parent
BINARIES = BENCHMARKS / "bin"


class RunFailed(Exception):
    """One run ended wrongly or printed no figure."""


class RunHung(RunFailed):
    """One run did not end in the time it was given."""


class Program:
    """A started process: its output, how it ended, and the processor time it used."""

    def __init__(self, arguments, folder, name, cpu=None, environment=None, feed=subprocess.PIPE):
        self.name = name
        self.log = folder / f"{name}.out"

        def prepare():
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            if hard != resource.RLIM_INFINITY:  # where it is infinite the system refuses to take it at its word
                soft = hard
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            if cpu is not None:
                os.sched_setaffinity(0, {cpu})

        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments], stdin=feed, stdout=log, stderr=subprocess.STDOUT,
                preexec_fn=prepare, env={**os.environ, **(environment or {})}
            )
        self.usage = None
        self.ended = threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self):
        _, status, self.usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.ended.set()

    @property
    def pid(self):
        return self.process.pid

    def finish(self, deadline, others=()):
        """Lets go of a program that holds on to its standard input, and waits for a good end, here and elsewhere."""
        self._end_input()
        while not self.ended.wait(0.1):
            if time.monotonic() > deadline:
                raise RunHung(f"{self.name} had not ended in time")
            for other in others:
                other.expect_good_end()
        self.expect_good_end()

    def expect_good_end(self):
        if self.ended.is_set() and self.process.returncode != 0:
            raise RunFailed(f"{self.name} ended with {self.process.returncode}: {self.output().strip()[-400:]}")

    def expect_line(self, start, deadline):
        """Waits until the program has printed a line that begins so."""
        while not any(line.startswith(start) for line in self.output().splitlines()):
            if self.ended.wait(0.02):
                raise RunFailed(f"{self.name} ended with {self.process.returncode}: {self.output().strip()[-400:]}")
            if time.monotonic() > deadline:
                raise RunHung(f"{self.name} had not printed {start!r} in time")

    def stop(self):
        """Ends the process, whatever it is doing."""
        for force in (signal.SIGTERM, signal.SIGKILL):
            if self.ended.is_set():
                break
            os.kill(self.pid, force)
            self.ended.wait(2)
        self._end_input()

    def _end_input(self):
        if self.process.stdin:
            self.process.stdin.close()

    def output(self):
        return self.log.read_text(errors="replace")

    @property
    def cpu_seconds(self):
        return self.usage.ru_utime + self.usage.ru_stime

    def resident_bytes(self):
        """What the process has in memory, read from the system (Linux)."""
        pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def settled_bytes(self, deadline):
        """The same once it has stopped to change."""
        last = None
        while time.monotonic() < deadline:
            now = self.resident_bytes()
            if now == last:
                break
            last = now
            time.sleep(0.4)
        return last

    def waits(self):
        """How often each thread, by number and name, has gone to sleep of its own accord (Linux): one wake-up follows
        each."""
        counts = {}
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            try:
                lines = (task / "status").read_text().splitlines()
            except OSError:
                continue  # the thread has just ended
            fields = dict(line.split(":", 1) for line in lines)
            counts[task.name, fields["Name"].strip()] = int(fields["voluntary_ctxt_switches"])
        return counts


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


# ---------------------------------------------------------------------------------------------------------
# Building

def build_c(name, source, *flags):
    """Compiles a C file of the benchmark, if it or one beside it is newer than what stands there."""
    source, binary = BENCHMARKS / source, BINARIES / name
    newest = max(part.stat().st_mtime for part in source.parent.glob("*.[ch]"))
    if binary.exists() and binary.stat().st_mtime >= newest:
        return binary
    BINARIES.mkdir(exist_ok=True)
    compiler = os.environ.get("CC", "cc")
    command = [compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", str(binary), str(source), *flags]
    if subprocess.run(command).returncode != 0:
        sys.exit(f"error: {source.relative_to(ROOT)} was not built; it needs a C compiler, and libzmq's headers where "
                 "it includes them (scripts/install-peers.sh installs both)")
    return binary


def build_libzmq_peer():
    flags = ["-lzmq"]
    if shutil.which("pkg-config"):
        found = subprocess.run(["pkg-config", "--cflags", "--libs", "libzmq"], capture_output=True, text=True)
        flags = found.stdout.split() if found.returncode == 0 else flags
    return build_c("perf-libzmq", "libzmq/perf.c", *flags, "-pthread")


def build_raw_peer():
    return build_c("perf-raw", "raw/perf.c")


def build_ours():
    command = ["swift", "build", "--package-path", str(ROOT), "-c", "release", "--product", "zmq"]
    if subprocess.run(command).returncode != 0:
        sys.exit("error: the zmq tool was not built")
    where = subprocess.run(command[:-2] + ["--show-bin-path"], capture_output=True, text=True, check=True)
    return pathlib.Path(where.stdout.strip()) / "zmq"


def pyomq_interpreter():
    """The Python that has pyomq, if there is one."""
    interpreter = ROOT / ".venv" / "bin" / "python"
    if not interpreter.exists() or subprocess.run([interpreter, "-c", "import pyomq"], capture_output=True).returncode:
        return None
    return interpreter


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
