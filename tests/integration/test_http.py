"""The HTTP API as its users see it."""

import json
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from harness.charge_point import BOOT, PATIENCE, STATUS, charge_point, meter_values
from harness.waiting import eventually
from harness.wire import Wire


@pytest.fixture
def station(gateway, cp_id):
    with charge_point(gateway, cp_id) as opened:
        opened.call("BootNotification", BOOT)
        yield opened


def test_health_is_told_on_both_ports(gateway):
    charge_points_port = gateway.at.charge_points.replace("ws:", "http:")
    for base, path in [
        (gateway.at.api, "/health"),
        (gateway.at.api, "/health/live"),
        (charge_points_port, "/health"),
    ]:
        answer = gateway.get(path, base=base)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["content-type"].startswith("application/json")


def test_readiness_names_its_dependencies(gateway):
    ready = gateway.get("/health/ready").json()
    assert ready["status"] == "ready"
    broker = ready["dependencies"]["broker"]
    assert (broker["kind"], broker["address"], broker["state"]) == ("embedded", gateway.at.kafka, "up")
    assert broker["durable"] is False
    assert ready["dependencies"]["registry"]["kind"] == "memory"


def test_connections_tell_who_is_here(gateway, station):
    (mine,) = [one for one in gateway.get("/connections").json()["connections"] if one["id"] == station.id]
    assert mine["protocol"] == "ocpp1.6"
    assert mine["remoteAddress"].startswith("127.0.0.1")
    assert mine["connectedAt"] <= mine["lastMessageAt"]
    (connected,) = gateway.topic.wait_for(station.id, "device.connected")
    assert mine["epoch"] == connected["data"]["connection"]["epoch"]
    on_the_other_port = gateway.get("/connections", base=gateway.at.charge_points.replace("ws:", "http:"))
    assert station.id in on_the_other_port.text


def test_connections_are_paged(start_gateway):
    gateway = start_gateway()
    with ExitStack() as stations:
        expected = [f"CP-{number}" for number in range(5)]
        for identity in expected:
            stations.enter_context(charge_point(gateway, identity))
        pages = list(pages_of(gateway, "/connections?limit=2"))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(one["id"] for page in pages for one in page) == expected


def pages_of(gateway, path):
    cursor = None
    while True:
        page = gateway.get(path + (f"&cursor={cursor}" if cursor else "")).json()
        yield page["connections"]
        cursor = page.get("nextCursor")
        if not cursor:
            return


def test_a_charge_point_is_told_with_its_last_boot(gateway, station):
    told = gateway.get(f"/v1/charge-points/{station.id}").json()
    assert (told["id"], told["protocol"], told["pod"]) == (station.id, "ocpp1.6", "gateway-0")
    assert told["lastBoot"] == BOOT
    station.close()
    eventually(PATIENCE, lambda: gateway.get(f"/v1/charge-points/{station.id}").status_code == 404)


@contextmanager
def live_events(gateway, query=""):
    """The stream of server-sent events, as an iterator of dicts of their fields; comments are left out."""
    with httpx.stream("GET", f"{gateway.at.api}/v1/events{query}", trust_env=False, timeout=PATIENCE) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events_in(response.iter_lines())


def _events_in(lines):
    fields = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif not line and fields:
            yield fields
            fields = {}


def test_live_events_are_those_of_the_topic(gateway, station):
    with live_events(gateway, f"?chargePointId={station.id}") as events:
        station.call("StatusNotification", STATUS)
        told = next(events)
    (event,) = gateway.topic.wait_for(station.id, "connector.status")
    assert (told["event"], told["id"]) == ("connector.status", event["id"])
    assert json.loads(told["data"]) == event


def test_live_events_are_chosen_by_type_and_charge_point(gateway, station, bystander):
    query = f"?chargePointId={station.id}&type=meter.values&type=device.online"
    with live_events(gateway, query) as events:
        bystander.call("MeterValues", meter_values(1))
        station.call("StatusNotification", STATUS)
        station.call("BootNotification", BOOT)
        station.call("MeterValues", meter_values(2))
        chosen = [next(events), next(events)]
    assert [one["event"] for one in chosen] == ["device.online", "meter.values"]
    assert {json.loads(one["data"])["subject"] for one in chosen} == {station.id}


def test_a_reader_that_leaves_and_one_that_does_not_read_hurt_nobody(gateway, station):
    with live_events(gateway), live_events(gateway):
        for value in range(50):
            station.call("MeterValues", meter_values(value, vendorText="x" * 20_000))
    with live_events(gateway, f"?chargePointId={station.id}") as events:
        station.call("StatusNotification", STATUS)
        assert next(events)["event"] == "connector.status"


COUNTED = {
    "gateway_active_connections": 1,
    "gateway_connections_total": 1,
    "gateway_messages_received_total": 2,
    "gateway_messages_sent_total": 2,
    "gateway_message_process_duration_seconds_count": 2,
    "gateway_events_published_total": 3,
}


def test_metrics_count_under_the_names_of_the_contract(start_gateway, cp_id):
    gateway = start_gateway()
    with charge_point(gateway, cp_id) as station:
        station.call("BootNotification", BOOT)
        station.call("MeterValues", meter_values(1))
        told = {name: gateway.metric(name) for name in COUNTED}
        assert told == COUNTED
    received = gateway.metric("gateway_messages_received_total", ocpp_version="1.6", message_type="MeterValues")
    assert received == 1
    assert gateway.metric("gateway_events_published_total", event_type="device.online") == 1
    eventually(PATIENCE, lambda: gateway.metric("gateway_active_connections") == 0)


def test_metrics_of_failures_are_there_before_anything_fails(gateway):
    for name in ("gateway_events_failed_total", "gateway_kafka_errors_total", "process_resident_memory_bytes"):
        assert gateway.metric(name) is not None, name


def test_what_is_refused_is_counted_by_reason_and_unknown_actions_as_other(gateway, station):
    with Wire(gateway) as wire:
        wire.upgrade("/nowhere")
    assert gateway.metric("gateway_connection_errors_total") >= 1
    assert all(labels["reason"] for labels, _ in gateway.samples("gateway_connection_errors_total"))
    station.send('[2,"x","Unheard",{}]')
    station.receive()
    assert gateway.metric("gateway_messages_received_total", message_type="other") >= 1


PROBLEMS = [
    ("GET", "/nowhere", 404),
    ("GET", "/v1/charge-points/nobody", 404),
    ("POST", "/health", 405),
    ("DELETE", "/connections", 405),
    ("GET", "/connections?limit=many", 400),
    ("GET", "/connections?limit=0", 400),
    ("GET", "/v1/events?colour=blue", 400),
]


@pytest.mark.parametrize("method, path, status", PROBLEMS)
def test_every_error_is_a_problem_document(gateway, method, path, status):
    answer = httpx.request(method, gateway.at.api + path, trust_env=False)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status and answer.json()["title"]


def test_a_request_that_is_no_http_is_refused_and_the_next_one_served(gateway):
    with Wire(gateway, base=gateway.at.api) as wire:
        wire.send(b"\x16\x03\x01 hello\r\n\r\n")
        assert wire.is_hung_up_on()
    assert gateway.get("/health").status_code == 200
