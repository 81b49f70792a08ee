"""Frames that real charge points, central systems and other people's tests have sent: all of them over one real socket, as if by a
charge point. What is due to each by rule is held by the unit tests (corpus_test.cc); here it is that it comes over the wire."""

import json
import re

import pytest
from harness.charge_point import charge_point

GATEWAY = {"limits.refusals_per_second": "1000"}

CODES = {
    "FormationViolation",
    "NotImplemented",
    "NotSupported",
    "OccurenceConstraintViolation",
    "PropertyConstraintViolation",
    "TypeConstraintViolation",
}
BILLED = {"StartTransaction", "StopTransaction", "MeterValues"}
HEAD = re.compile(r'\s*\[\s*2\s*,\s*("(?:[^"\\\x00-\x1f]|\\.)*"|-?\d+)\s*[,\]]')


@pytest.fixture(scope="module")
def frames(shared):
    lines = [json.loads(line) for line in shared("ocpp/corpus/1.6.jsonl").read_text().splitlines()]
    assert len(lines) > 200
    return lines


def is_served(entry):
    return entry["direction"] == "cp->csms" and (entry["valid"] is True or entry["action"] in BILLED)


def test_every_frame_that_asks_is_answered_and_the_socket_stays_open(gateway, frames, cp_id):
    with charge_point(gateway, cp_id) as station:
        for number, entry in enumerate(frames):
            station.send(entry["raw"])
            station.send([2, f"after-{number}", "Heartbeat", {}])
            if head := HEAD.match(entry["raw"]):
                answer = station.receive_text()
                kind, rest = answer[:3], answer[3:]
                assert kind in ("[3,", "[4,") and rest.startswith(f"{head[1]},"), (entry["raw"], answer)
                assert kind == "[3," or json.loads(answer)[2] in CODES, (entry["raw"], answer)
                assert kind == "[3," or not is_served(entry) or entry["frame"] != "CALL", (entry["raw"], answer)
            assert station.receive()[:2] == [3, f"after-{number}"], entry["raw"]


def test_what_is_tolerated_is_on_the_metrics_page(gateway, frames, cp_id):
    with charge_point(gateway, cp_id) as station:
        for entry in frames:
            if entry["direction"] == "cp->csms" and entry["frame"] == "CALL":
                station.send(entry["raw"])
                station.receive()
    for quirk in ("value_unknown", "field_unknown", "field_empty", "time_without_zone", "time_zone", "time_fraction", "payload_null"):
        assert gateway.metric("gateway_tolerated_quirks_total", quirk=quirk) > 0, quirk
