"""What a charge point costs that is connected and says nothing."""

import json
import subprocess
from contextlib import contextmanager

import pytest
from harness.gateway import BUILD, is_sanitized
from harness.waiting import eventually

WARM_UP = 1000
CONNECTIONS = 5000
ID_PREFIX = "NL-ROTTERDAM-HUB-"  # with its five digits as long as real ids are
BYTES_EACH_MAX = 1050  # about 910 were measured
REST = 60  # seconds: what a burst left free is given back within five


@contextmanager
def idle_charge_points(gateway, count, prefix):
    """So many that have connected, booted and sent a Heartbeat; they leave at the end."""
    url = gateway.at.charge_points + "/ocpp"
    options = ["--url", url, "--connections", count, "--id-prefix", prefix, "--source-addresses", 4]
    command = ["prlimit", f"--nofile={count + 100}", BUILD / "bench-load", "idle", *map(str, options)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
        try:
            assert [json.loads(load.stdout.readline())["state"] for _ in range(2)] == ["connected", "booted"]
            yield
            load.stdin.close()
            assert json.loads(load.stdout.readline())["state"] == "left"
        finally:
            load.kill()


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer's shadow memory makes the figures meaningless")
def test_an_idle_charge_point_takes_a_kilobyte(start_gateway, settings_for, mock_broker):
    gateway = start_gateway(settings_for(mock_broker))
    with idle_charge_points(gateway, WARM_UP, "warm-up-"):
        before = gateway.private_bytes()

        def bytes_each():
            return (gateway.private_bytes() - before) / CONNECTIONS

        with idle_charge_points(gateway, CONNECTIONS, ID_PREFIX):
            try:
                eventually(REST, lambda: bytes_each() <= BYTES_EACH_MAX)
            finally:
                print(f"{bytes_each():.0f} bytes for each idle charge point")
