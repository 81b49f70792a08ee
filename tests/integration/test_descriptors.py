"""No descriptors left: those who are connected are served, those who come later are once there are some again."""

from contextlib import ExitStack

from harness.charge_point import BOOT, charge_point
from harness.waiting import eventually
from harness.wire import Wire

MORE = 40


def is_upgraded(gateway, cp_id):
    try:
        with Wire(gateway) as wire:
            return wire.upgrade(f"/ocpp/{cp_id}")[0] == 101
    except (EOFError, ConnectionError, TimeoutError):
        return False


def test_the_gateway_outlives_a_lack_of_descriptors(start_gateway, cp_id):
    gateway = start_gateway()
    with charge_point(gateway, cp_id) as station, ExitStack() as waiting:
        station.call("BootNotification", BOOT)  # UBSan needs a descriptor the first time it sees a type
        limit = gateway.limit_descriptors(gateway.open_descriptors() + MORE // 2)
        for _ in range(MORE):
            waiting.enter_context(Wire(gateway))
        eventually(10, lambda: gateway.log(level="warn") or gateway.log(level="error"), "a log line that says so")
        assert station.call("Heartbeat")
        assert station.call("BootNotification", BOOT)

        gateway.limit_descriptors(limit)
        eventually(15, lambda: is_upgraded(gateway, f"{cp_id}-late"), "newcomers are served again")
        assert station.call("Heartbeat")
        assert len(gateway.log()) < 1000, "it says so, but not for every connection that it could not take"


def test_more_connections_than_allowed_are_refused_and_told_when_to_come_back(start_gateway, cp_id):
    gateway = start_gateway({"server.max_connections": 3, "server.shards": 1})
    with ExitStack() as open_ones:
        stations = [open_ones.enter_context(charge_point(gateway, f"{cp_id}-{number}")) for number in range(3)]
        assert not is_upgraded(gateway, f"{cp_id}-late")
        assert all(station.call("Heartbeat") for station in stations)
    eventually(10, lambda: is_upgraded(gateway, f"{cp_id}-late"))


def test_a_low_limit_at_the_start_is_told(start_gateway):
    gateway = start_gateway(descriptors=200)
    assert any("descriptors" in line.get("warning", "") for line in gateway.log(level="warn"))
