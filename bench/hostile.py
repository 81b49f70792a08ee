"""What a crowd of hostile clients costs those who behave: their p99 with it and without, and the gateway's memory."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Timer

from figures import Bar, Figure, Section
from harness.footprint import user_bytes
from rig import OTHERS_CORE, on_cores

ATTACK = Path(__file__).with_name("attack.py")
RATE = 1000
CONNECTIONS = 200
WARM_UP = 3  # seconds
ROOM = {"server.max_connections": 5000, "limits.pending_upgrades": 10_000}  # a process has 20,000 descriptors
# Kind of attack, how many clients.
CROWDS = {
    "slow reader": 100,
    "slow writer": 100,
    "byte a second": 1000,
    "half-open upgrades": 10_000,
    "garbage": 1000,
    "refused calls": 100,
    "heartbeats": 20,
    "pings": 100,
}
HOW = (
    f"Bystanders: {CONNECTIONS} charge points that send {RATE:,} messages a second, open loop. They are connected before the attack "
    "begins; a fresh gateway for each attack and repeat, the same time without and with it. The hostile clients share the bystanders' "
    "core, so the ratio is on the high side."
)


def measure(rig):
    figures = []
    for kind, count in CROWDS.items():
        calm, attacked, grown = [], [], []
        for _ in rig.repeats(f"hostile, {kind}"):
            with rig.gateway(settings=ROOM) as gateway:
                calm.append(_p99(rig, gateway))
                before = user_bytes(gateway.pid)
                with _crowd(kind, gateway, count) as attack:
                    attacked.append(_p99(rig, gateway, attack))
                    grown.append((user_bytes(gateway.pid) - before) / 2**20)
        rig.say(f"{kind}: p99 {median(calm):.2f} ms, attacked {median(attacked):.2f} ms, memory {median(grown):.0f} MiB")
        figures += [
            Figure(f"{count:,} × {kind}: bystanders' p99", "ms", attacked, calm, Bar(2, of_ratio=True)),
            Figure(f"{count:,} × {kind}: memory gained", "MiB", grown),
        ]
    return Section("Hostile clients", HOW, figures, reference="same without them")


def _p99(rig, gateway, attack=lambda: None):
    """Of the bystanders' prompt answers; the attack begins in the middle of their warm-up, when they are connected."""
    timer = Timer(WARM_UP / 2, attack)
    timer.start()
    try:
        result = rig.load("open", gateway, rate=RATE, connections=CONNECTIONS, seconds=rig.scale.seconds, warm_up=WARM_UP)
    finally:
        timer.join()
    return result["latency"]["prompt"]["p99_ms"]


@contextmanager
def _crowd(kind, gateway, count):
    """Connected, and not begun yet; yields a function that begins."""
    with on_cores(OTHERS_CORE):
        process = subprocess.Popen([sys.executable, ATTACK, kind, gateway.url, str(count)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n", kind
        def begin():
            process.stdin.write("begin\n")
            process.stdin.flush()
        yield begin
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
