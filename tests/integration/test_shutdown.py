"""SIGTERM: charge points are told, what they said is in the log, the exit code is 0."""

from harness.charge_point import STATUS, ChargePoint, meter_values
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


def test_a_gateway_without_charge_points_stops_at_once(start_gateway):
    assert start_gateway().stop() == 0
