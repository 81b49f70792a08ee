"""What a charge point costs that is connected and says nothing."""

import json
import subprocess
from contextlib import contextmanager, suppress

import pytest
from harness.footprint import settled_user_bytes, user_bytes
from harness.gateway import BUILD, is_sanitized
from harness.waiting import eventually

WARM_UP = 1000
CONNECTIONS = 12_000  # so many that a megabyte here or there of librdkafka's is not much of each
ID_PREFIX = "NL-ROTTERDAM-HUB-"  # with its five digits as long as real ids are
BYTES_EACH_MAX = 1100  # 928 to 977 were measured; 1200 are promised
REST = 20  # seconds: what a burst left free is given back within five


@contextmanager
def idle_charge_points(gateway, count, prefix):
    """So many that have connected, booted and sent a Heartbeat; they leave at the end."""
    url = gateway.at.charge_points + "/ocpp"
    options = ["--url", url, "--connections", count, "--id-prefix", prefix, "--source-addresses", 4]
    command = ["prlimit", f"--nofile={count + 100}", BUILD / "bench-load", "idle", *map(str, options)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
        try:
            assert _state(load) == "connected"
            load.stdin.write("boot\n")
            load.stdin.flush()
            assert _state(load) == "booted"
            yield
            load.stdin.close()
            assert _state(load) == "left"
        finally:
            load.kill()


def _state(load):
    return json.loads(load.stdout.readline())["state"]


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer's shadow memory makes the figures meaningless")
def test_an_idle_charge_point_takes_a_kilobyte(start_gateway, settings_for, mock_broker):
    # A machine that is busy with others lets events pile up in librdkafka, which leaves its heap in pieces: that adds, and
    # never takes away. So the least of three gateways counts.
    measured = []
    while len(measured) < 3 and min(measured, default=BYTES_EACH_MAX + 1) > BYTES_EACH_MAX:
        measured.append(bytes_of_an_idle_one(start_gateway(settings_for(mock_broker))))
    print(f"{measured} bytes for each idle charge point")
    assert min(measured) <= BYTES_EACH_MAX


def bytes_of_an_idle_one(gateway):
    with idle_charge_points(gateway, WARM_UP, "warm-up-"):
        before = settled_user_bytes(gateway.process.pid)

        def bytes_each():
            return round((user_bytes(gateway.process.pid) - before) / CONNECTIONS)

        with idle_charge_points(gateway, CONNECTIONS, ID_PREFIX):
            with suppress(AssertionError):
                eventually(REST, lambda: bytes_each() <= BYTES_EACH_MAX)
            return bytes_each()
