"""Charge points that come and leave, thousands of times, leave memory and descriptors where they were.

`./dev bench cycles` does it a million times.
"""

import subprocess

from harness.footprint import settled_user_bytes
from harness.gateway import BUILD, is_sanitized
from harness.waiting import eventually

CHARGE_POINTS = 1000  # who take turns: what is kept of a charge point that was here is no leak
WARM_UP = 1000 if is_sanitized() else 10_000
CYCLES = 1000 if is_sanitized() else 20_000
GROWTH_BYTES_MAX = 1_000_000  # 50 for each cycle


def cycle(gateway, count):
    url = f"{gateway.at.charge_points}/ocpp"
    subprocess.run(
        [BUILD / "bench-load", "connects", "--url", url, "--cycles", str(count), "--charge-points", str(CHARGE_POINTS),
         "--source-addresses", "8"],
        check=True, timeout=240,
    )  # fmt: skip


def test_connecting_and_leaving_leaves_nothing_behind(start_gateway, settings_for, mock_broker):
    gateway = start_gateway(settings_for(mock_broker))
    cycle(gateway, WARM_UP)
    memory, descriptors = settled_user_bytes(gateway.process.pid), gateway.open_descriptors()

    cycle(gateway, CYCLES)

    eventually(10, lambda: gateway.open_descriptors() <= descriptors, "no descriptor more than before")
    growth = settled_user_bytes(gateway.process.pid) - memory
    print(f"{CYCLES} cycles: {growth:+,} bytes")
    assert is_sanitized() or growth <= GROWTH_BYTES_MAX
