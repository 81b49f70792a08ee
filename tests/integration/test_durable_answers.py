"""A billing message is answered when the log has it: not before, and exactly once."""

import time

import pytest

from harness.charge_point import (
    AUTHORIZE,
    BOOT,
    PATIENCE,
    STATUS,
    charge_point,
    meter_values,
    start_transaction,
    stop_transaction,
)
from harness.waiting import eventually
from harness.wire import Wire

RELEASED = 40  # seconds for an answer after a broker came back: librdkafka waits up to 10 s between attempts
BILLING = {
    "StartTransaction": (start_transaction(), "transaction.started"),
    "MeterValues": (meter_values("7"), "meter.values"),
    "StopTransaction": (stop_transaction(4711), "transaction.ended"),
}


@pytest.fixture
def gateway(start_gateway, settings_for, broker):
    """It waits for as long as the tests hold the broker back."""
    return start_gateway(settings_for(broker, **{"durability.answer_timeout": "120s"}))


@pytest.fixture
def impatient_gateway(start_gateway, settings_for, broker):
    return start_gateway(settings_for(broker, **{"durability.answer_timeout": "2s"}))


@pytest.fixture
def station(gateway, cp_id):
    with charge_point(gateway, cp_id) as opened:
        opened.call("BootNotification", BOOT)
        yield opened


@pytest.mark.parametrize("action", BILLING)
def test_a_billing_message_is_answered_once_and_only_after_the_log_has_it(gateway, broker, station, bystander, action):
    payload, event_type = BILLING[action]
    broker.hold()
    billing = station.start_call(action, payload)
    assert bystander.call("Heartbeat")
    assert bystander.call("StatusNotification", STATUS) == {}
    assert station.hears_nothing(1)

    broker.release()
    assert station.answer_to(billing, RELEASED)[0] == 3
    assert station.call("Heartbeat"), "one answer, and the next is the heartbeat's"
    assert len(gateway.topic.wait_for(station.id, event_type)) == 1


def test_answers_leave_in_the_order_of_the_calls(gateway, broker, station):
    broker.hold()
    calls = [
        station.start_call("StartTransaction", start_transaction()),
        station.start_call("Heartbeat", {}),
        station.start_call("MeterValues", meter_values(1)),
        station.start_call("Authorize", AUTHORIZE),
    ]
    assert station.hears_nothing(1)

    broker.release()
    assert [station.receive(RELEASED)[1] for _ in calls] == calls


def test_a_charge_point_that_waits_too_long_is_hung_up_on_and_kept_out_until_the_log_is_back(
    impatient_gateway, broker, cp_id
):
    gateway = impatient_gateway
    with charge_point(gateway, cp_id) as station:
        station.call("BootNotification", BOOT)
        broker.hold()
        station.start_call("StartTransaction", start_transaction())
        began = time.monotonic()
        assert station.wait_closed() == 1013
        assert time.monotonic() - began >= 1.5
    assert_kept_out(gateway, cp_id)

    broker.release()
    eventually(RELEASED, lambda: upgrade_status(gateway, cp_id)[0] == 101)
    with charge_point(gateway, cp_id) as station:
        assert station.call("StartTransaction", start_transaction(), RELEASED)["transactionId"]
        assert station.call("MeterValues", meter_values(1), RELEASED) == {}
    started = gateway.topic.wait_for(cp_id, "transaction.started", count=2)
    assert len({event["id"] for event in started}) == 1, "the charge point sent it again: the same fact, the same id"


def assert_kept_out(gateway, cp_id):
    def refused():
        status, headers = upgrade_status(gateway, cp_id)
        return status == 503 and int(headers["retry-after"]) >= 1

    eventually(PATIENCE, refused, "503 with Retry-After")


def upgrade_status(gateway, cp_id):
    with Wire(gateway) as wire:
        return wire.upgrade(f"/ocpp/{cp_id}")


def test_a_prompt_message_is_not_answered_while_its_event_has_no_place(start_gateway, settings_for, mock_broker, cp_id):
    smallest = {"limits.event_buffer_bytes": 1 << 20, "limits.event_waiting_bytes": 8 << 20, "server.shards": 1}
    gateway = start_gateway(settings_for(mock_broker, **smallest, **{"durability.answer_timeout": "120s"}))
    with charge_point(gateway, cp_id) as station, charge_point(gateway, cp_id + "-other") as other:
        assert other.call("Heartbeat")
        mock_broker.hold()
        answered = fill_the_buffer(station)
        withheld = other.start_call("StatusNotification", STATUS)
        assert other.hears_nothing(1)

        mock_broker.release()
        assert other.answer_to(withheld, RELEASED)[0] == 3
        assert station.receive(RELEASED)[0] == 3, "what found no place is answered once it has one"
        gateway.topic.wait_for(cp_id, "data.transfer", count=answered + 1)


def fill_the_buffer(station):
    """Sends prompt messages until one is not answered any more; how many were."""
    for answered in range(100):
        station.start_call("DataTransfer", {"vendorId": "acme", "data": f"{answered}" + "x" * 20_000})
        if station.hears_nothing(1):
            return answered
    raise AssertionError("the buffer has no limit")


def test_an_answer_takes_as_long_as_the_broker_takes(start_gateway, settings_for, mock_broker, cp_id):
    gateway = start_gateway(settings_for(mock_broker))
    with charge_point(gateway, cp_id) as station:
        station.call("MeterValues", meter_values(1))
        mock_broker.round_trip(700)
        began = time.monotonic()
        assert station.call("MeterValues", meter_values(2)) == {}
        assert time.monotonic() - began >= 0.6


RETRIED = ["REQUEST_TIMED_OUT"] * 3
FATAL = ["REQUEST_TIMED_OUT", "OUT_OF_ORDER_SEQUENCE_NUMBER"]


@pytest.mark.parametrize("codes", [RETRIED, FATAL], ids=["retried", "fatal"])
def test_a_producer_that_fails_loses_no_event(start_gateway, settings_for, mock_broker, cp_id, codes):
    gateway = start_gateway(settings_for(mock_broker))
    with charge_point(gateway, cp_id) as station:
        station.call("MeterValues", meter_values(1))
        mock_broker.fail_produce(*codes)
        for value in (2, 3, 4):
            assert station.call("MeterValues", meter_values(value), RELEASED) == {}
    ids = [event["id"] for event in gateway.topic.wait_for(cp_id, "meter.values", count=4)]
    assert len(set(ids)) == 4
