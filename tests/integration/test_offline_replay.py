"""A charge point that was offline says what it kept: all of it is taken, in its order, as fast as it is said."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from websockets.exceptions import ConnectionClosed

from harness.charge_point import BOOT, STATUS, charge_point, meter_values, start_transaction, stop_transaction
from harness.topic import assert_in_order

PACE = 5  # a second, when the burst is used up
GATEWAY = {"limits.messages_per_second": PACE, "limits.message_burst": "200s"}  # 1,000 at once, as without these settings
BILLED = {"transaction.started", "meter.values", "transaction.ended"}
pytestmark = pytest.mark.usefixtures("bystander")


class Kept:
    """What a charge point kept, with times of its own from hours ago on; each is said once."""

    def __init__(self, since=timedelta(hours=-20)):
        self._clock = datetime.now(timezone.utc) + since
        self.said = []

    def _next(self, action, payload):
        self.said.append((action, payload))
        return action, payload

    def _time(self):
        self._clock += timedelta(seconds=30)
        return self._clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def start(self, meter):
        return self._next("StartTransaction", start_transaction(meterStart=meter, timestamp=self._time()))

    def meter(self, value, session):
        values = [{"timestamp": self._time(), "sampledValue": [{"value": str(value)}]}]
        return self._next("MeterValues", meter_values(value, meterValue=values, transactionId=session))

    def stop(self, meter, session):
        return self._next("StopTransaction", stop_transaction(session, meterStop=meter, timestamp=self._time()))


def was_there_before(gateway, charge_point_id):
    with charge_point(gateway, charge_point_id) as station:
        assert station.call("BootNotification", BOOT)["status"] == "Accepted"
        station.vanish()
    gateway.topic.wait_for(charge_point_id, "device.disconnected")


def says_one_by_one(station, sessions, meters):
    """As the specification has it: each once the one before was answered, and under the id that the session's start got."""
    kept = Kept()
    for number in range(sessions):
        session = station.call(*kept.start(number * 1000))["transactionId"]
        for value in range(meters):
            station.call(*kept.meter(number * 1000 + value, session))
        station.call(*kept.stop(number * 1000 + meters, session))
    return kept.said


@pytest.fixture
def billed(stage):
    """The events of what was billed, in the order of the log. It was answered, so it is in there."""

    def found(charge_point_id):
        stage.events.read_to_the_end()
        records = stage.events.records_of(charge_point_id)
        assert_in_order(records)
        return [record.event for record in records if record.event["type"] in BILLED]

    return found


def messages_of(events):
    sources = [event["data"]["ocpp"] for event in events]
    return [(source["action"], source["payload"]) for source in sources]


def test_hundreds_of_messages_are_taken_in_order_and_faster_than_the_steady_pace(gateway, billed, cp_id):
    was_there_before(gateway, cp_id)
    with charge_point(gateway, cp_id) as station:
        began = time.monotonic()
        said = says_one_by_one(station, sessions=30, meters=18)
        took = time.monotonic() - began
        station.call("StatusNotification", STATUS)
    assert messages_of(billed(cp_id)) == said
    assert len(said) == 600
    assert took < len(said) / PACE / 2, "what was kept counts as one burst"


def test_who_does_not_wait_for_answers_is_answered_in_order(gateway, billed, cp_id):
    was_there_before(gateway, cp_id)
    kept = Kept()
    with charge_point(gateway, cp_id) as station:
        waiting = [station.start_call(*kept.meter(value, session=7)) for value in range(800)]
        waiting.append(station.start_call(*kept.stop(800, session=7)))
        for message_id in waiting:
            assert station.answer_to(message_id) == [3, message_id, {}]
    assert messages_of(billed(cp_id)) == kept.said


def test_all_charge_points_come_back_at_once(gateway, billed, cp_id):
    names = [f"{cp_id}-{number}" for number in range(8)]

    def comes_back(name):
        with charge_point(gateway, name) as station:
            return says_one_by_one(station, sessions=4, meters=23)

    with ThreadPoolExecutor(len(names)) as crowd:
        said = dict(zip(names, crowd.map(comes_back, names), strict=True))
    for name in names:
        assert messages_of(billed(name)) == said[name]


def test_what_was_not_answered_before_the_next_loss_is_said_again_and_counts_once(gateway, billed, cp_id):
    kept = Kept()
    due = [kept.meter(value, session=7) for value in range(300)]
    while due:
        with charge_point(gateway, cp_id) as station:
            waiting = [station.start_call(*message) for message in due]
            for message_id in waiting[:70]:
                assert station.answer_to(message_id)[0] == 3
                due.pop(0)
            station.vanish()
            due = due[answers_on_the_way(station) :]
    once = {event["id"]: event for event in billed(cp_id)}
    assert messages_of(once.values()) == kept.said


def answers_on_the_way(station):
    """How many more came before the end."""
    count = 0
    try:
        while station.receive():
            count += 1
    except ConnectionClosed:
        return count


@pytest.fixture(params=["noticed", "unnoticed"])
def was_lost(request, gateway, cp_id):
    """It was connected before; whether the gateway knows already that it is not any more."""
    if request.param == "noticed":
        was_there_before(gateway, cp_id)
        yield
    else:
        with charge_point(gateway, cp_id) as lost:
            assert lost.call("BootNotification", BOOT)["status"] == "Accepted"
            yield


@pytest.mark.usefixtures("was_lost")
def test_what_was_kept_is_told_as_replayed_and_what_is_new_is_not(gateway, billed, cp_id):
    kept, new = Kept(), Kept(since=timedelta(minutes=1))
    with charge_point(gateway, cp_id) as station:
        for say in (kept, new):
            session = station.call(*say.start(0))["transactionId"]
            station.call(*say.meter(7, session))
            station.call(*say.stop(7, session))
    assert [event["data"]["flags"] for event in billed(cp_id)] == [["replayed"]] * 3 + [[]] * 3
