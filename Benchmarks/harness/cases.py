# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""What is measured: one case for each row of the tables."""

import dataclasses

RATES = ("thr", "echo", "proxy", "proxythr", "pub")
IDLE = ("memory", "wakeups", "topicmemory")


@dataclasses.dataclass(frozen=True)
class Case:
    """What is done over which transport, with how many messages of which size, by how many peers."""

    kind: str  # thr, echo, proxy, proxythr, pub; lat; fair; memory, wakeups, topicmemory
    transport: str  # tcp, ipc, inproc
    size: int  # bytes in a part
    count: int  # messages, round trips, or connections
    parts: int = 1
    peers: int = 1
    topics: int = 0  # that each subscriber wants; 0 is everything
    one_core: bool = False  # both ends on the same core
    on_loop: bool = False  # ours on the sockets' event loop
    end: str = ""  # the end that is looked at: sender or receiver, the other one being libzmq's in every column
    beside: tuple = ()  # further programs to compare with

    @property
    def name(self):
        words = [self.transport, self.kind, str(self.count if self.kind in IDLE else self.size)]
        words += [f"parts{self.parts}"] * (self.parts > 1) + [f"peers{self.peers}"] * (self.peers > 1)
        words += [f"topics{self.topics}"] * (self.topics > 0)
        words += ["onecore"] * self.one_core + ["loop"] * self.on_loop + [self.end] * bool(self.end)
        return "-".join(words)

    @property
    def title(self):
        size = f"{self.parts} × " * (self.parts > 1) + size_text(self.size)
        if self.kind == "memory":
            whose = " of the connecting end" if self.end == "sender" else ""
            return f"memory{whose} an idle connection, {self.count:,} of them"
        if self.kind == "wakeups":
            whose = " of the connecting end" if self.end == "sender" else ""
            return f"wake-ups{whose} with {self.count:,} idle connections"
        if self.kind == "topicmemory":
            return f"memory a subscription at the publisher, {self.count:,} of them"
        if self.kind == "pub":
            whom = f"{self.peers:,} subscriber{'s' * (self.peers > 1)}"
            whom += f", {self.topics:,} topics" if self.topics else ""
            return f"{self.transport} {size} published to {whom}"
        if self.kind == "proxythr":
            return f"{self.transport} {size}, two XPUB through a proxy to one SUB"
        if self.kind == "fair":
            return f"share of each of {self.peers} peers that flood one PULL"
        words = {"lat": " latency", "echo": " echo, 100 in flight", "proxy": " echo through a proxy"}.get(self.kind, "")
        words += f", {self.peers:,} peers to one" * (self.peers > 1)
        words += ", one core" * self.one_core + ", on the loop" * self.on_loop
        words += f", {self.end} against libzmq's {other_end(self.end)}" if self.end else ""
        return f"{self.transport} {size}{words}"

    @property
    def figure(self):
        """What the case's value is, which tells its unit and which direction is better."""
        return "rate" if self.kind in RATES else self.kind

    @property
    def lower_is_better(self):
        return self.figure != "rate"

    def scaled(self, options):
        """The same case with as many messages as the options allow."""
        if self.kind in IDLE:
            least = 10_000 if self.kind == "topicmemory" else 100
            return dataclasses.replace(self, count=min(self.count, least) if options.smoke else self.count)
        if self.kind == "fair":
            return dataclasses.replace(self, count=200_000 if options.smoke else self.count)
        return dataclasses.replace(self, count=max(100, 2 * self.peers, self.count // options.divisor))


def other_end(end):
    return "receiver" if end == "sender" else "sender"


def size_text(size):
    for limit, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= limit:
            return f"{size // limit} {unit}"
    return f"{size} B"


LARGE = ("pyomq", "raw TCP")

# Counts that keep libzmq busy for one to three seconds on two cores.
CASES = (
    Case("thr", "tcp", 16, 8_000_000),
    Case("thr", "tcp", 128, 4_000_000),
    Case("thr", "tcp", 1024, 1_000_000),
    Case("thr", "tcp", 65536, 40_000, beside=LARGE),
    Case("thr", "tcp", 1 << 20, 2_500, beside=LARGE),
    Case("thr", "tcp", 16, 800_000, parts=10),
    Case("thr", "tcp", 128, 2_000_000, peers=10),
    Case("thr", "tcp", 128, 2_000_000, peers=100),
    Case("thr", "tcp", 128, 2_000_000, peers=1000),
    Case("thr", "tcp", 16, 4_000_000, end="sender"),
    Case("thr", "tcp", 16, 4_000_000, end="receiver"),
    Case("thr", "tcp", 16, 8_000_000, on_loop=True),
    Case("thr", "tcp", 128, 4_000_000, on_loop=True),
    Case("thr", "tcp", 1024, 1_000_000, on_loop=True),
    Case("thr", "tcp", 65536, 40_000, on_loop=True),
    Case("echo", "tcp", 128, 500_000),
    Case("echo", "tcp", 128, 500_000, on_loop=True),
    Case("proxy", "tcp", 128, 200_000),
    Case("proxy", "tcp", 128, 200_000, on_loop=True),
    Case("thr", "ipc", 16, 6_000_000),
    Case("thr", "ipc", 128, 3_000_000),
    Case("thr", "ipc", 1024, 1_000_000),
    Case("thr", "ipc", 65536, 40_000),
    Case("echo", "ipc", 128, 500_000),
    Case("thr", "inproc", 16, 12_000_000),
    Case("thr", "inproc", 16, 12_000_000, on_loop=True),
    Case("thr", "inproc", 128, 5_000_000),
    Case("thr", "inproc", 1024, 3_000_000),
    Case("thr", "inproc", 65536, 1_000_000),
    Case("pub", "tcp", 16, 6_000_000),
    Case("pub", "tcp", 16, 1_000_000, peers=10),
    Case("pub", "tcp", 16, 80_000, peers=100),
    Case("pub", "tcp", 1024, 600_000),
    Case("pub", "tcp", 1024, 100_000, peers=10),
    Case("pub", "tcp", 1024, 10_000, peers=100),
    Case("pub", "tcp", 16, 2_000_000, topics=10_000),
    Case("pub", "tcp", 16, 1_000_000, topics=1_000_000),
    Case("proxythr", "inproc", 128, 4_000_000),
    Case("lat", "tcp", 16, 15_000),
    Case("lat", "tcp", 16, 15_000, on_loop=True),
    Case("lat", "tcp", 16, 30_000, one_core=True),
    Case("lat", "tcp", 16, 30_000, one_core=True, on_loop=True),
    Case("lat", "ipc", 16, 15_000),
    Case("lat", "ipc", 16, 15_000, on_loop=True),
    Case("lat", "ipc", 16, 30_000, one_core=True),
    Case("lat", "ipc", 16, 30_000, one_core=True, on_loop=True),
    Case("lat", "inproc", 16, 25_000),
    Case("memory", "tcp", 16, 10_000),
    Case("memory", "tcp", 16, 1_000, end="sender"),
    Case("topicmemory", "tcp", 16, 1_000_000),
    Case("wakeups", "tcp", 16, 100),
    Case("wakeups", "tcp", 16, 100, end="sender"),
    Case("fair", "tcp", 16, 2_000_000, peers=10),
)
