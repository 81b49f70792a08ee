"""Thousands of charge points come, work and leave, and the gateway is as small as before."""

import os
import subprocess

from harness.gateway import BUILD, is_sanitized
from harness.waiting import eventually

COUNT = int(os.environ.get("CPG_SIMULATED_CHARGE_POINTS", "2000"))
WARM_UP = 100
CONNECTS_PER_SECOND = 500
GROWTH_BYTES_MAX = 16 * 1024 * 1024


def simulate(gateway, count):
    """A fleet that comes, is here all at once, charges for a while and leaves."""
    seconds_to_arrive = count // CONNECTS_PER_SECOND + 1
    options = {
        "--url": gateway.at.charge_points + "/ocpp",
        "--count": count,
        "--connect-rate": CONNECTS_PER_SECOND,
        "--duration": f"{seconds_to_arrive + 10}s",
        "--speed": 10,
    }
    command = [str(part) for option in options.items() for part in option]
    fleet = subprocess.Popen([BUILD / "charge-point-simulator", "--quiet", *command])
    try:
        eventually(5 * seconds_to_arrive, lambda: gateway.metric("gateway_active_connections") == count, "all are here")
        assert fleet.wait(10 * seconds_to_arrive + 60) == 0
    finally:
        fleet.kill()
    eventually(30, lambda: gateway.metric("gateway_active_connections") == 0, "all have left")


def test_a_fleet_connects_works_and_leaves_and_the_memory_is_given_back(start_gateway, settings_for, mock_broker):
    gateway = start_gateway(settings_for(mock_broker))
    simulate(gateway, WARM_UP)
    before = gateway.resident_bytes()
    simulate(gateway, COUNT)

    assert gateway.metric("gateway_connections_total") >= WARM_UP + COUNT
    assert gateway.metric("gateway_events_published_total", event_type="transaction.ended") >= COUNT
    growth = gateway.resident_bytes() - before
    print(f"{COUNT} charge points: {before >> 20} MB before, {growth / 2**20:+.1f} MB after")
    assert is_sanitized() or growth <= GROWTH_BYTES_MAX
