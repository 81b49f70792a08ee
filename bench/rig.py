"""The programs of a measurement: the gateway and its broker, the floor, the load.

What is measured has a core of its own; whatever works against it or for it shares another one.
"""

import json
import os
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from harness.brokers import MockBroker, kafka_settings
from harness.gateway import BUILD, Gateway

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, OTHERS_CORE = CORES[:1], CORES[1:2]
SETTINGS = {"server.shards": 1, "server.max_connections": 16_000, "limits.pending_upgrades": 2000}
LOAD_DEADLINE = 1800  # seconds
ADDRESSES = 8  # 127.0.0.1 and following: one has only 28,000 ports, and those of closed connections rest for a minute
LOG_TAIL = 4000  # characters of the gateway's log that a failed measurement shows


@dataclass(frozen=True)
class Scale:
    """How much is measured; smaller figures show that the measurement works, and nothing else."""

    repeats: int = 5
    seconds: float = 5  # of every load that runs for a time
    connections: int = 15_000  # that are idle
    cycles: int = 1_000_000  # of connecting and leaving


@dataclass(frozen=True)
class Server:
    """What the load is for."""

    url: str
    pid: int
    is_floor: bool = False


@contextmanager
def on_cores(cores):
    """What is started within runs on these cores alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Rig:
    def __init__(self, folder, scale):
        if len(CORES) < 2:
            sys.exit("a measurement takes two cores: one for what is measured, one for all else")
        self.scale = scale
        self._folder = Path(folder)
        self._numbers = count(1)

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def new_folder(self):
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    def repeats(self, title):
        """The numbers of the repeats, each told when it begins."""
        for number in range(1, self.scale.repeats + 1):
            self.say(f"{title}: {number} of {self.scale.repeats}")
            yield number

    # The servers.

    @contextmanager
    def gateway(self, broker=None, settings=None):
        """A gateway that nobody was connected to yet, with topics of its own; without a broker it gets a mock of its own."""
        with ExitStack() as stack:
            if broker is None:
                with on_cores(OTHERS_CORE):
                    broker = stack.enter_context(closing(MockBroker()))
            folder = self.new_folder()
            overrides = kafka_settings(folder, broker, folder.name) | SETTINGS | (settings or {})
            with on_cores(SERVER_CORE):
                gateway = Gateway(folder, overrides)
            try:
                yield Server(f"{gateway.at.charge_points}/ocpp", gateway.process.pid)
                assert gateway.stop() == 0, "the gateway did not stop as it should"
            except BaseException:
                self.say(gateway.log_text()[-LOG_TAIL:])
                raise
            finally:
                gateway.process.kill()
                gateway.process.wait()

    @contextmanager
    def floor(self, answer="{}"):
        """The floor, which answers every message with a CALLRESULT of this payload."""
        command = [BUILD / "bench-floor", "0", "--answer", f'[3,"00000000",{answer}]']
        with on_cores(SERVER_CORE):
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            port = process.stdout.readline().split()[1]
            yield Server(f"ws://127.0.0.1:{port}/ocpp", process.pid, is_floor=True)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    # The load.

    def load(self, mode, server, **options):
        """Runs bench-load to its end and returns what it measured."""
        with on_cores(OTHERS_CORE):
            done = subprocess.run(_load(mode, server, options), capture_output=True, text=True, timeout=LOAD_DEADLINE)
        if done.returncode != 0:
            raise RuntimeError(f"{mode}, {server.url}: {done.stderr}")
        return json.loads(done.stdout)

    @contextmanager
    def idle(self, server, connections):
        """So many charge points that are connected and silent until the end; yields a function that lets them boot."""
        with on_cores(OTHERS_CORE):
            process = subprocess.Popen(_load("idle", server, {"connections": connections}), stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)

        def boot():
            process.stdin.write("boot\n")
            process.stdin.flush()
            _expect(process, "booted")

        try:
            _expect(process, "connected")
            yield boot
            process.stdin.close()
            _expect(process, "left")
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


def _load(mode, server, options):
    command = [BUILD / "bench-load", mode, "--url", server.url, "--watch", str(server.pid), "--source-addresses", str(ADDRESSES)]
    command += ["--any-answer"] if server.is_floor else []
    return command + [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]


def _expect(process, state):
    line = process.stdout.readline()
    if not line or json.loads(line)["state"] != state:
        raise RuntimeError(f"bench-load is not {state}: {line or 'it ended early'}")
