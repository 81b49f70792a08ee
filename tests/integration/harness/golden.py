"""Plays a golden session (one JSON object per line: frame, answer, event) and compares what came back.

`<id>` stands for the assigned transaction id, `<now>` for the current time, `<text>` and `<number>` for any.
"""

import json
import re
from datetime import datetime, timedelta, timezone

from .charge_point import charge_point
from .jsontext import raw

_NOW_IN_1_6 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def play(gateway, file):
    """Sends every frame, compares every answer, then compares all events in order."""
    lines = file.read_text().splitlines()
    identity = json.loads(lines[0])["event"]["subject"]
    transaction_id = None
    with charge_point(gateway, identity) as station:
        for line in filter(lambda text: "frame" in json.loads(text), lines):
            transaction_id = _exchange(station, json.loads(line), transaction_id)
    expected = [line for line in lines if "event" in json.loads(line)]
    gateway.topic.wait_for(identity, "device.disconnected")
    records = gateway.topic.records(identity)
    for line, record in zip(expected, records, strict=True):
        _compare_event(raw(line, "event"), record.value, transaction_id)
    return records


def _exchange(station, line, transaction_id):
    """One frame and its answer; the transaction id that is known from here on."""
    station.send(_with_id(line["frame"], transaction_id))
    answer = station.receive()
    if '"transactionId":"<id>"' in line["answer"]:
        transaction_id = answer[2]["transactionId"]
        assert 0 < transaction_id < 2**31
    expected = json.loads(_with_id(line["answer"], transaction_id))
    assert answer == filled(expected, answer), line["frame"]
    return transaction_id


def _compare_event(expected_text, actual_text, transaction_id):
    expected, actual = json.loads(expected_text), json.loads(actual_text)
    assert actual.pop("id") and actual.pop("time") and actual["data"].pop("pod")
    assert actual["data"].pop("connection").keys() >= {"epoch", "sequence"}
    if "ocpp" in expected["data"]:
        payload = "data", "ocpp", "payload"
        assert raw(actual_text, *payload) == _with_id(raw(expected_text, *payload), transaction_id)
        actual["data"]["ocpp"].pop("payload")
        expected["data"]["ocpp"].pop("payload")
    transaction = expected["data"].get("transaction", {})
    if transaction.get("id") == "<id>":
        transaction["id"] = str(transaction_id)
    assert actual == filled(expected, actual)


def _with_id(text, transaction_id):
    return text.replace('"<id>"', str(transaction_id))


def filled(expected, actual):
    """The expectation with its placeholders replaced by what came, where that is of the right kind."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {name: filled(value, actual.get(name)) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [filled(one, other) for one, other in zip(expected, actual, strict=False)]
    fits = {
        "<text>": isinstance(actual, str),
        "<number>": isinstance(actual, (int, float)) and not isinstance(actual, bool),
        "<now>": isinstance(actual, str) and _is_now(actual),
    }
    return actual if isinstance(expected, str) and fits.get(expected, False) else expected


def _is_now(text):
    if not _NOW_IN_1_6.fullmatch(text):
        return False
    return abs(datetime.now(timezone.utc) - datetime.fromisoformat(text)) < timedelta(minutes=1)
