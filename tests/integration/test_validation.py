"""ocpp.validation: strict, with the frames of real charge points and other people's tests."""

import json

from harness.charge_point import STATUS, charge_point

GATEWAY = {"ocpp.validation": "strict"}
BILLED = {"StartTransaction", "StopTransaction", "MeterValues"}


def calls_of(file):
    """(text, message, valid) of the CALLs whose frame itself is right."""
    for line in file.read_text().splitlines():
        entry = json.loads(line)
        if (entry["direction"], entry["frame"]) != ("cp->csms", "CALL"):
            continue
        message = json.loads(entry["raw"])
        if len(message) == 4 and isinstance(message[1], str) and len(message[1]) <= 36 and isinstance(message[3], dict):
            yield entry["raw"], message, entry["valid"]


def test_calls_of_the_corpus_are_refused_where_their_schema_refuses_them_but_for_billing(gateway, shared, cp_id):
    calls = list(calls_of(shared("ocpp/corpus/1.6.jsonl")))
    assert len(calls) > 100
    refused = 0
    with charge_point(gateway, cp_id) as station:
        for text, message, valid in calls:
            station.send(text)
            answer = station.receive()
            served = valid or message[2] in BILLED
            assert answer[:2] == [3 if served else 4, message[1]], (text, answer)
            refused += not served
    assert refused > 5


def test_what_is_billed_and_breaks_its_schema_is_flagged(gateway, station):
    station.call("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": "2026-11-20T10:00:00", "sampledValue": []}]})
    gateway.topic.wait_for(station.id, "meter.values")
    assert [event["data"]["flags"] for event in gateway.topic.events(station.id, "meter.values")] == [["schemaViolation"]]


def test_a_refusal_names_the_code_and_the_place(station):
    station.send([2, "1", "StatusNotification", STATUS | {"status": "Faultd"}])
    due = "one of Available, Preparing, Charging, SuspendedEVSE, SuspendedEV, Finishing, Reserved, Unavailable, Faulted is due"
    assert station.receive() == [4, "1", "PropertyConstraintViolation", f"/status: {due}", {}]
