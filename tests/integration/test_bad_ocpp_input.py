"""Frames that are no OCPP: answered where they have an id, told in an event, and no reason to hang up."""

import json
import sys

import pytest

from harness.charge_point import charge_point, start_transaction
from harness.jsontext import raw
from harness.waiting import eventually

sys.setrecursionlimit(10_000)  # Python's JSON reader recurses, and some payloads here are deep
pytestmark = pytest.mark.usefixtures("bystander")

FRAME_IN_EVENT = 1024  # bytes


@pytest.fixture
def station(gateway, cp_id):
    """It is served at the end as at the beginning."""
    with charge_point(gateway, cp_id) as opened:
        yield opened
        assert opened.call("Heartbeat")


def protocol_error(gateway, station, frame):
    """The protocol.error event of this frame, which is its only one; the log tells who sent it."""
    (event,) = gateway.topic.wait_for(station.id, "protocol.error")
    error = event["data"]["error"]
    assert error["code"] and error.get("frame", "") == frame.encode()[:FRAME_IN_EVENT].decode()
    eventually(5, lambda: gateway.log_about(station.id), "a log line that says who")
    return error


DEEP = "[" * 50_000 + "]" * 50_000
UNREADABLE = {
    "bad JSON": "{no json",
    "cut JSON": '[2,"1","Heartbeat"',
    "nothing": "",
    "an object": '{"action":"Heartbeat"}',
    "an empty array": "[]",
    "no id": "[2]",
    "an id that is an object": '[2,{},"Heartbeat",{}]',
    "a depth bomb": DEEP,
    "a depth bomb that never closes": "[" * 100_000,
    "text behind the frame": '[2,"1","Heartbeat",{}]]',
}


@pytest.mark.parametrize("frame", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_frame_is_told_and_the_socket_stays_open(gateway, station, frame):
    station.send(frame)
    heartbeat = station.start_call("Heartbeat", {})
    answers = [station.receive()]
    if answers[0][1] != heartbeat:  # an answer for the frame itself is allowed: a fault
        assert answers[0][0] == 4
        answers.append(station.receive())
    assert answers[-1][:2] == [3, heartbeat]
    protocol_error(gateway, station, frame)


REFUSED = {
    "an unknown action": ('[2,"x","Unheard",{}]', {"NotImplemented"}),
    "an action that only we send": ('[2,"x","ChangeConfiguration",{"key":"a","value":"b"}]', {"NotSupported"}),
    "no payload": ('[2,"x","Heartbeat"]', {"FormationViolation", "ProtocolError"}),
    "a payload that is no object": ('[2,"x","Heartbeat",[]]', {"FormationViolation", "TypeConstraintViolation"}),
    "a missing field": (
        '[2,"x","BootNotification",{"chargePointVendor":"Acme"}]',
        {"OccurenceConstraintViolation", "ProtocolError"},
    ),
    "a wrong type": (
        '[2,"x","StatusNotification",{"connectorId":{},"errorCode":"NoError","status":"Available"}]',
        {"TypeConstraintViolation"},
    ),
    "an integer beyond 64 bit": (
        '[2,"x","StatusNotification",{"connectorId":123456789012345678901234567890,"errorCode":"NoError",'
        '"status":"Available"}]',
        {"TypeConstraintViolation"},
    ),
    "a depth bomb as payload": ('[2,"x","DataTransfer",{"vendorId":"a","data":' + DEEP + "}]", None),
}


@pytest.mark.parametrize("frame, codes", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_call_gets_a_fault_and_is_told(gateway, station, frame, codes):
    station.send(frame)
    kind, message_id, code, description, details = station.receive()
    assert (kind, message_id) == (4, "x")
    assert codes is None or code in codes
    assert len(description) <= 255 and isinstance(details, dict)
    assert protocol_error(gateway, station, frame)["code"] == code


TOLERATED = {
    "a trailing NUL": '[2,"x","Heartbeat",{}]\0',
    "a byte order mark": '\ufeff[2,"x","Heartbeat",{}]',
    "blanks and line breaks": ' [ 2 ,\r\n "x" , "Heartbeat" , { } ]\n',
    "null for no payload": '[2,"x","Heartbeat",null]',
    "an unknown field": '[2,"x","Heartbeat",{"extra":[1,{"a":null}]}]',
    "a number beyond double": '[2,"x","DataTransfer",{"vendorId":"a","n":1e400}]',
    "a lone surrogate": '[2,"x","DataTransfer",{"vendorId":"\\ud800"}]',
    "an escaped action": '[2,"x","Heartb\\u0065at",{}]',
}


@pytest.mark.parametrize("frame", TOLERATED.values(), ids=TOLERATED.keys())
def test_harmless_habits_are_tolerated(station, frame):
    station.send(frame)
    assert station.receive()[:2] == [3, "x"]


@pytest.mark.parametrize("message_id", [7, "", "x" * 300, 'quote " and \\ backslash', "Ü⚡", "1\u2028"])
def test_any_message_id_comes_back_as_it_was(station, message_id):
    station.send([2, message_id, "Heartbeat", {}])
    assert station.receive()[:2] == [3, message_id]


@pytest.mark.parametrize("frame", ['[3,"nobody asked",{}]', '[4,"nobody asked","GenericError","",{}]', '[7,"x",{}]'])
def test_an_answer_to_nothing_and_an_unknown_kind_get_no_answer(station, frame):
    station.send(frame)
    assert station.call("Heartbeat")


# What a bill depends on is stored whatever it carries: the charge point would throw it away after a refusal.
BILLING = [
    ("StartTransaction", "{}", "transaction.started"),
    (
        "StartTransaction",
        '{"connectorId":"one","idTag":7,"meterStart":-5,"timestamp":"yesterday"}',
        "transaction.started",
    ),
    ("StartTransaction", json.dumps(start_transaction(meterStart=10**30)), "transaction.started"),
    ("MeterValues", '{"connectorId":1}', "meter.values"),
    ("MeterValues", '{"connectorId":1,"meterValue":[{"sampledValue":"\\udc00"}]}', "meter.values"),
    ("MeterValues", '{"connectorId":1,"meterValue":' + "[" * 2000 + "]" * 2000 + "}", "meter.values"),
    ("StopTransaction", '{"transactionId":-1,"meterStop":null}', "transaction.ended"),
    ("StopTransaction", '{"transactionId":9223372036854766666,"meterStop":1e400,"timestamp":""}', "transaction.ended"),
]


@pytest.mark.parametrize("action, payload, event_type", BILLING)
def test_a_billing_message_is_stored_and_answered_whatever_it_carries(gateway, station, action, payload, event_type):
    station.send(f'[2,"x","{action}",{payload}]')
    kind, message_id, answer = station.receive()
    assert (kind, message_id) == (3, "x")
    if action == "StartTransaction":
        assert 0 < answer["transactionId"] < 2**31
    gateway.topic.wait_for(station.id, event_type)
    (record,) = [record for record in gateway.topic.records(station.id) if record.event["type"] == event_type]
    told = raw(record.value, "data", "ocpp", "payload")
    assert told == payload or json.loads(told) == payload, "as it was, or as text where it would break a reader"
    assert record.event["data"]["flags"]


def test_a_hostile_text_forges_no_log_line(gateway, station):
    hostile = 'x"}\n{"level":"fatal","message":"forged"}'
    station.send([2, hostile, hostile, {}])
    assert station.receive()[:3] == [4, hostile, "NotImplemented"]
    eventually(5, lambda: gateway.log_about(station.id))
    assert not gateway.log(level="fatal")
