"""Charge points that behave oddly without breaking a rule: they are served, nothing is lost, and nothing is made up."""

import json
from collections import Counter, deque
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed

from harness.charge_point import PATIENCE, STATUS, ChargePoint, charge_point, meter_values, start_transaction, stop_transaction
from harness.commands import ACCEPTED, serve_next
from harness.topic import assert_in_order, order_of
from harness.waiting import eventually
from harness.wire import CLOSE, Wire, frame

GATEWAY = {"commands.reconnect_grace": "5s"}
NORMAL = (1000).to_bytes(2, "big")


def call(message_id, action, payload):
    return frame(json.dumps([2, message_id, action, payload]))


def answer(message_id, payload):
    return frame(json.dumps([3, message_id, payload]))


@pytest.fixture
def wire(gateway, cp_id):
    """A charge point whose segments the test makes itself."""
    with Wire(gateway) as opened:
        assert opened.upgrade(f"/ocpp/{cp_id}")[0] == 101
        yield opened


def receive(wire):
    return json.loads(wire.receive_frame()[1])


# ---- boots


def test_a_boot_is_accepted_as_often_as_it_comes(scene):
    for _ in range(3):
        scene.boots()
    session = scene.starts("ABC")
    scene.boots(firmwareVersion="1.1")
    scene.boots(firmwareVersion="1.1")
    scene.stops(session, 100)


# ---- the end of a session is the end of the connection


def closes(wire, last_words):
    wire.send(last_words + frame(NORMAL, opcode=CLOSE))


def closes_and_ends_its_direction(wire, last_words):
    wire.send(last_words + frame(NORMAL, opcode=CLOSE))
    wire.end_sending()


def hangs_up(wire, last_words):
    wire.send(last_words)
    wire.close()


@pytest.mark.parametrize("leaves", [closes, closes_and_ends_its_direction, hangs_up])
def test_a_session_whose_end_is_followed_by_the_connections_is_told_to_its_end(gateway, wire, cp_id, leaves):
    last_words = call("1", "MeterValues", meter_values(15300, transactionId=7))
    last_words += call("2", "StopTransaction", stop_transaction(7, reason="Local"))
    leaves(wire, last_words)
    gateway.topic.wait_for(cp_id, "device.disconnected")
    records = gateway.topic.records(cp_id)
    assert_in_order(records)
    types = [record.event["type"] for record in records]
    assert types == ["device.connected", "meter.values", "transaction.ended", "device.disconnected"]
    assert records[2].event["data"]["transaction"]["meterStopWh"] == 15300


@pytest.mark.parametrize("leaves", [closes, closes_and_ends_its_direction, hangs_up])
def test_a_whole_session_in_one_segment_with_its_close_is_told(gateway, wire, cp_id, leaves):
    last_words = call("1", "Authorize", {"idTag": "ABC"}) + call("2", "StartTransaction", start_transaction())
    last_words += call("3", "MeterValues", meter_values(15300, transactionId=7)) + call("4", "StopTransaction", stop_transaction(7))
    leaves(wire, last_words)
    gateway.topic.wait_for(cp_id, "device.disconnected")
    types = [event["type"] for event in gateway.topic.events(cp_id)]
    assert types == ["device.connected", "authorization.requested", "transaction.started", "meter.values", "transaction.ended",
                     "device.disconnected"]


# ---- a second socket


class Talk:
    """One of a charge point's sockets: what was said on it, and what was answered. `number` marks all that it says."""

    def __init__(self, gateway, charge_point_id, number):
        self.station = ChargePoint(gateway, charge_point_id)
        self.said = {}  # by message id, which the other socket uses, too
        self.answers = {}
        self._marks = iter(range(number * 1000, number * 1000 + 1000))

    def says_some(self):
        """CALLs of every kind, those that wait for the log and those that do not; no answer is awaited."""
        for make in (self._start, self._meter, self._status, self._stop):
            action, payload = make(next(self._marks))
            try:
                self.said[self.station.start_call(action, payload)] = action, payload
            except ConnectionClosed:
                return

    def _start(self, mark):
        return "StartTransaction", start_transaction(meterStart=mark)

    def _meter(self, mark):
        return "MeterValues", meter_values(mark)

    def _status(self, mark):
        return "StatusNotification", STATUS | {"info": str(mark)}

    def _stop(self, mark):
        return "StopTransaction", stop_transaction(mark)

    def hears(self, count):
        for _ in range(count):
            kind, message_id, payload = self.station.receive()
            assert kind == 3 and message_id in self.said and message_id not in self.answers
            assert (list(payload) == ["transactionId", "idTagInfo"]) == message_id.startswith("StartTransaction")
            self.answers[message_id] = payload

    def hears_out(self):
        """All that comes until the end, whose code it returns."""
        try:
            while True:
                self.hears(1)
        except ConnectionClosed as closed:
            return closed.rcvd.code


def test_two_sockets_that_displace_each_other_lose_nothing_and_lock_nobody_out(gateway, commands, cp_id):
    talks = [Talk(gateway, cp_id, 0)]
    for number in range(1, 30):
        older = talks[-1]
        older.says_some()
        older.hears(number % 5)  # from nothing at all to all of it
        newer = Talk(gateway, cp_id, number)
        older.says_some()
        newer.says_some()
        talks.append(newer)
    for displaced in talks[:-1]:
        assert displaced.hears_out() == 1008
    last = talks[-1]
    last.hears(4)
    serve_next(commands, last.station)
    last.station.close()

    gateway.topic.wait_for(cp_id, "device.disconnected")
    records = gateway.topic.records(cp_id)
    assert_in_order(records)
    told = told_by_connection([record.event for record in records])
    assert len(told) == len(talks)
    assert sum(len(talk.answers) for talk in talks) > len(talks)
    for talk, events in zip(talks, told, strict=True):
        assert_told_truly(talk, events)


def told_by_connection(events):
    """The events of messages, connection by connection, in the order of these."""
    connections = {order_of(event)[0]: [] for event in events if event["type"] == "device.connected"}
    for event in events:
        if "ocpp" in event["data"]:
            connections[order_of(event)[0]].append(event)
    return [connections[epoch] for epoch in sorted(connections)]


def assert_told_truly(talk, events):
    """What was answered is told, and what is told was said, once and in its order."""
    sources = [event["data"]["ocpp"] for event in events]
    told = [source["messageId"] for source in sources]
    assert told == list(talk.said)[: len(told)]
    assert set(talk.answers) <= set(told)
    for event, source in zip(events, sources, strict=True):
        assert (source["action"], source["payload"]) == talk.said[source["messageId"]]
        if event["type"] == "transaction.started" and source["messageId"] in talk.answers:
            assert event["data"]["transaction"]["id"] == str(talk.answers[source["messageId"]]["transactionId"])


def test_a_stray_socket_that_says_nothing_costs_its_owner_no_message(gateway, cp_id):
    """The owner comes back each time and says again what was not answered."""
    due = deque(range(60))
    with ExitStack() as strays:
        while due:
            with charge_point(gateway, cp_id) as station:
                try:
                    while due:
                        station.call("MeterValues", meter_values(due[0]))
                        if due.popleft() % 7 == 0:
                            strays.enter_context(charge_point(gateway, cp_id))
                except ConnectionClosed as closed:
                    assert closed.rcvd.code == 1008
    values = [event["data"]["meter"][0]["samples"][0]["value"] for event in gateway.topic.wait_for(cp_id, "meter.values", 60)]
    assert list(dict.fromkeys(values)) == [str(value) for value in range(60)]


# ---- several CALLs at once

METER = ("MeterValues", meter_values(7))
START = ("StartTransaction", start_transaction())
AUTHORIZE = ("Authorize", {"idTag": "ABC"})
HEARTBEAT = ("Heartbeat", {})
BOOT = ("BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "One"})
SHOW = ("StatusNotification", STATUS)


@pytest.mark.parametrize(
    "calls",
    [(METER, HEARTBEAT), (HEARTBEAT, METER), (AUTHORIZE, START), (BOOT, SHOW), (START, METER), (SHOW, SHOW)],
    ids=lambda calls: " ".join(action for action, _ in calls),
)
def test_two_calls_in_one_segment_are_both_answered_in_order(gateway, wire, cp_id, calls):
    first, second = calls
    wire.send(call("first", *first) + call("second", *second))
    assert receive(wire)[:2] == [3, "first"]
    assert receive(wire)[:2] == [3, "second"]
    said = [action for action, _ in calls if action != "Heartbeat"]
    told = eventually(PATIENCE, lambda: at_least(len(said), messages_told(gateway, cp_id)))
    assert [source["action"] for source in told] == said


def messages_told(gateway, charge_point_id):
    return [event["data"]["ocpp"] for event in gateway.topic.events(charge_point_id) if "ocpp" in event["data"]]


def at_least(count, found):
    return found if len(found) >= count else None


# ---- CALLs of both sides cross


@pytest.mark.parametrize("order", ["call first", "answer first"])
def test_a_call_in_one_segment_with_the_answer_to_ours(commands, wire, cp_id, order):
    command = commands.send(cp_id, "DataTransfer", {"vendorId": "com.acme"})
    ours = receive(wire)
    segments = [call("theirs", *METER), answer(ours[1], ACCEPTED)]
    wire.send(b"".join(segments if order == "call first" else reversed(segments)))
    assert receive(wire) == [3, "theirs", {}]
    assert commands.end_of(command)["state"] == "completed"


def test_calls_that_cross_all_the_time_are_all_answered(gateway, commands, station):
    rounds = 40
    given = [commands.new_id(station.id) for _ in range(rounds)]
    wish = {"chargePointId": station.id, "commandName": "DataTransfer"}
    commands.write_all(
        (station.id, json.dumps(wish | {"commandId": command, "payload": {"vendorId": "com.acme", "data": command}}))
        for command in given
    )
    unanswered, said, heard, ended = deque(), 0, [], 0
    while ended < rounds or len(heard) < rounds:
        while said < rounds and len(unanswered) < 3:
            unanswered.append(station.start_call("MeterValues", meter_values(said)))
            said += 1
        message = station.receive()
        if message[0] == 2:
            heard.append(message[3]["data"])
            station.answer(message[1], ACCEPTED)
        else:
            assert message == [3, unanswered.popleft(), {}]
            ended += 1
    assert heard == given
    assert Counter(commands.end_of(command)["state"] for command in given) == {"completed": rounds}
    told = [source["payload"] for source in messages_told(gateway, station.id)]
    assert told == [meter_values(value) for value in range(rounds)]
