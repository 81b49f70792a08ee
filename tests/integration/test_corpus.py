"""Frames that real charge points and other people's tests have sent."""

import json

from harness.charge_point import charge_point


def calls_of(file):
    """The CALLs of charge points that carry a usable id, as text."""
    for line in file.read_text().splitlines():
        entry = json.loads(line)
        if entry["direction"] != "cp->csms" or entry["frame"] != "CALL":
            continue
        message = json.loads(entry["raw"])
        if isinstance(message, list) and len(message) > 1 and isinstance(message[1], str):
            yield entry["raw"], message[1]


def test_every_call_of_the_corpus_is_answered_and_the_socket_stays_open(gateway, shared, cp_id):
    calls = list(calls_of(shared("ocpp/corpus/1.6.jsonl")))
    assert len(calls) > 100
    with charge_point(gateway, cp_id) as station:
        for text, message_id in calls:
            station.send(text)
            answer = station.receive()
            assert answer[0] in (3, 4) and answer[1] == message_id, (text, answer)
        assert station.call("Heartbeat")
