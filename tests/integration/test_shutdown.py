"""SIGTERM: charge points are told, what they said is in the log, the exit code is 0."""

from harness.charge_point import STATUS, ChargePoint, charge_point, meter_values
from harness.commands import Commands
from harness.topic import assert_in_order

CHARGE_POINTS = 20
MESSAGES = 10


def test_events_are_flushed_charge_points_hear_1012_and_the_exit_code_is_0(start_gateway, settings_for, mock_broker):
    gateway = start_gateway(settings_for(mock_broker))
    stations = [ChargePoint(gateway, f"CP-{number}") for number in range(CHARGE_POINTS)]
    mock_broker.round_trip(300)
    for station in stations:
        for _ in range(MESSAGES):
            station.call("StatusNotification", STATUS)
    gateway.terminate()
    assert [station.wait_closed() for station in stations] == [1012] * CHARGE_POINTS
    assert gateway.stop() == 0

    mock_broker.round_trip(0)
    everything = gateway.topic.records()
    for station in stations:
        records = [record for record in everything if record.key == station.id]
        assert_in_order(records)
        types = [record.event["type"] for record in records]
        assert types == ["device.connected"] + ["connector.status"] * MESSAGES + ["device.disconnected"]
        assert records[-1].event["data"]["disconnect"]["by"] == "gateway"


def test_a_billing_message_under_way_is_answered_or_kept_by_the_charge_point(start_gateway, settings_for, mock_broker):
    gateway = start_gateway(settings_for(mock_broker))
    station = ChargePoint(gateway, "CP-1")
    station.call("MeterValues", meter_values(1))
    mock_broker.round_trip(500)
    station.start_call("MeterValues", meter_values(2))
    gateway.terminate()
    assert station.wait_closed() == 1012
    assert gateway.stop() == 0

    mock_broker.round_trip(0)
    assert len(gateway.topic.events("CP-1", "meter.values")) == 2


def test_a_command_under_way_is_answered_and_one_that_waits_is_left_for_the_next_run(start_gateway, settings_for, mock_broker):
    settings = settings_for(mock_broker)
    gateway = start_gateway(settings)
    busy, idle = ChargePoint(gateway, "CP-1"), ChargePoint(gateway, "CP-2")
    with Commands(gateway) as commands:
        under_way = commands.send("CP-1", "Reset", {"type": "Soft"})
        call, _ = busy.hear_call("Reset")
        waiting = commands.send("CP-1", "ClearCache")
        commands.wait_for(waiting, "queued")
        gateway.terminate()
        assert idle.wait_closed() == 1012
        busy.answer(call, {"status": "Accepted"})
        assert busy.wait_closed() == 1012
        assert gateway.stop() == 0
        assert commands.states(under_way) == ["queued", "sent", "completed"]
        assert commands.states(waiting) == ["queued"]

    again = start_gateway(settings)
    with Commands(again) as commands, charge_point(again, "CP-1") as station:
        call, _ = station.hear_call("ClearCache")
        station.answer(call, {"status": "Accepted"})
        assert commands.end_of(waiting)["state"] == "completed"
        assert "unreachable" not in commands.states(waiting)


def test_a_gateway_without_charge_points_stops_at_once(start_gateway):
    assert start_gateway().stop() == 0
