"""Charge points that others wrote charge a car, and consumers that others wrote read about it."""

import json

import pytest

from harness.charge_point import USUAL_EVENTS, usual_session
from harness.third_party import CLIENTS
from harness.topic import READERS, assert_in_order
from harness.wire import Wire


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_a_session_of_a_third_party_client_is_on_the_topic_keyed_and_in_order(log_gateway, cp_id, client):
    with client(log_gateway.at.charge_points + "/ocpp", cp_id) as station:
        transaction_id = usual_session(station.call)
    log_gateway.topic.wait_for(cp_id, "device.disconnected")

    by_reader = [log_gateway.topic.records(cp_id, reader) for reader in READERS.values()]
    assert by_reader[0] == by_reader[1]
    records = by_reader[0]
    assert [record.event["type"] for record in records] == USUAL_EVENTS
    assert_in_order(records)
    for record in records:
        assert record.event["subject"] == cp_id
        assert record.headers["content-type"] == "application/cloudevents+json; charset=UTF-8"
        assert_is_traceparent(record.headers["traceparent"])
    transactions = [event["data"]["transaction"]["id"] for event in map(lambda r: r.event, records[4:9])]
    assert transactions == [str(transaction_id)] * 5


def assert_is_traceparent(text):
    version, trace, span, flags = text.split("-")
    assert version == "00" and len(flags) == 2
    assert len(trace) == 32 and int(trace, 16) and len(span) == 16 and int(span, 16)


def test_a_request_without_the_sub_protocol_header_is_served_as_1_6_and_counted(log_gateway, cp_id):
    with Wire(log_gateway) as wire:
        status, headers = wire.upgrade(f"/ocpp/{cp_id}", protocol=None)
        assert status == 101 and "sec-websocket-protocol" not in headers
        wire.send_text('[2,"1","Heartbeat",{}]')
        assert json.loads(wire.receive_frame()[1])[:2] == [3, "1"]
    assert log_gateway.metric("gateway_tolerated_quirks_total") >= 1
