"""A hundred thousand commands wait for charge points that are not there, and the gateway is hardly larger than before."""

import json
import os

from kafka import KafkaConsumer, TopicPartition

from harness.charge_point import charge_point
from harness.commands import Commands
from harness.gateway import is_sanitized
from harness.waiting import eventually

COUNT = int(os.environ.get("CPG_PARKED_COMMANDS", "2000" if is_sanitized() else "100000"))
WARM_UP = 500
SETTLES = 20  # seconds
GROWTH_BYTES_MAX = 100_000_000


def parked(charge_point_id):
    return {
        "commandId": f"{charge_point_id}-parked",
        "chargePointId": charge_point_id,
        "commandName": "RemoteStartTransaction",
        "payload": {"idTag": "0123456789ABCDEF", "connectorId": 1},
        "priority": "low",
        "createdAt": "2026-11-20T10:00:00.000Z",
        "expiresAt": "2126-11-20T10:00:00.000Z",
        "ifOffline": "wait",
    }


def park(gateway, commands, charge_points):
    """One command for each of them; returns when all of them are told to be queued."""
    before = results_in_log(gateway)
    commands.write_all((each, json.dumps(parked(each))) for each in charge_points)
    eventually(120, lambda: results_in_log(gateway) == before + len(charge_points), "all commands are queued")


def results_in_log(gateway):
    reader = KafkaConsumer(bootstrap_servers=gateway.at.kafka, enable_auto_commit=False)
    try:
        partitions = reader.partitions_for_topic(gateway.results.name) or ()
        return sum(reader.end_offsets([TopicPartition(gateway.results.name, each) for each in partitions]).values())
    finally:
        reader.close()


def settled_growth(gateway, before):
    """Bytes, once what the burst itself took is given back."""
    growth = None

    def small():
        nonlocal growth
        growth = gateway.resident_bytes() - before
        assert is_sanitized() or growth <= GROWTH_BYTES_MAX, f"{growth} bytes more"
        return True

    eventually(SETTLES, small, "the memory is given back")
    return growth


def test_commands_that_wait_for_absent_charge_points_take_little_memory(start_gateway, settings_for, real_kafka, cp_id):
    gateway = start_gateway(settings_for(real_kafka))
    with Commands(gateway) as commands:
        park(gateway, commands, [f"{cp_id}-warm-up-{number}" for number in range(WARM_UP)])
        before = gateway.resident_bytes()
        charge_points = [f"{cp_id}-{number}" for number in range(COUNT)]
        park(gateway, commands, charge_points)
        print(f"{COUNT} parked commands: {before / 1e6:.0f} MB before, {settled_growth(gateway, before) / 1e6:+.1f} MB after")

        with charge_point(gateway, charge_points[-1]) as station:
            call, payload = station.hear_call("RemoteStartTransaction")
            assert payload == parked("any")["payload"]
            station.answer(call, {"status": "Accepted"})
            eventually(10, lambda: gateway.metric("gateway_commands_acknowledged_total") == 1)
    assert gateway.metric("gateway_commands_consumed_total") == WARM_UP + COUNT
