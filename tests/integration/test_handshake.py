"""The upgrade request: what is let in, what is refused, and who wins."""

import pytest

from harness.charge_point import STATUS, ChargePoint, charge_point
from harness.topic import order_of
from harness.waiting import eventually
from harness.wire import Wire

pytestmark = pytest.mark.usefixtures("bystander")


@pytest.mark.parametrize("path", ["/", "/nowhere/CP", "/ocpp", "/ocpp/", "/ocpp/a/b", "/ocppCP", "/wsx/CP"])
def test_an_unknown_path_is_404(gateway, path):
    with Wire(gateway) as wire:
        assert wire.upgrade(path)[0] == 404


def test_a_request_without_upgrade_is_426(gateway, cp_id):
    with Wire(gateway) as wire:
        status, headers = wire.request(f"/ocpp/{cp_id}")
        assert status == 426 and headers["sec-websocket-version"] == "13"


@pytest.mark.parametrize("protocol", ["ocpp9.9", "ocpp2.0", "ocpp1.60", "ocpp9.9, mqtt"])
def test_no_common_sub_protocol_is_101_without_the_header_and_close_1002(gateway, cp_id, protocol):
    with Wire(gateway) as wire:
        status, headers = wire.upgrade(f"/ocpp/{cp_id}", protocol)
        assert status == 101 and "sec-websocket-protocol" not in headers
        assert wire.close_code() == 1002
    assert gateway.log_about(cp_id)


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp9.9, ocpp1.6", "ocpp9.9\r\nSec-WebSocket-Protocol: ocpp1.6"])
def test_a_common_sub_protocol_is_chosen_wherever_it_stands(gateway, cp_id, protocol):
    with Wire(gateway) as wire:
        status, headers = wire.upgrade(f"/ocpp/{cp_id}", protocol)
        assert (status, headers["sec-websocket-protocol"]) == (101, "ocpp1.6")


@pytest.mark.parametrize(
    ("quirk", "path", "protocol"),
    [
        ("subprotocol_missing", "/ocpp/{}", None),
        ("subprotocol_in_capitals", "/ocpp/{}", "OCPP1.6"),
        ("subprotocol_lines", "/ocpp/{}", "ocpp9.9\r\nSec-WebSocket-Protocol: ocpp1.6"),
        ("path_slashes", "//ocpp//{}/", "ocpp1.6"),
        ("path_absolute", "ws://gateway/ocpp/{}", "ocpp1.6"),
        ("path_escapes", "/ocpp/{}%41", "ocpp1.6"),
    ],
)
def test_a_quirk_of_the_request_is_served_and_counted(gateway, cp_id, quirk, path, protocol):
    def counted():
        return gateway.metric("gateway_tolerated_quirks_total", quirk=quirk)

    before = counted()
    with Wire(gateway) as wire:
        status, headers = wire.upgrade(path.format(cp_id), protocol)
        assert (status, headers.get("sec-websocket-protocol")) == (101, protocol and protocol.split()[-1])
        wire.send_text('[2,"1","Heartbeat",{}]')
        assert wire.receive_frame()[1].startswith(b'[3,"1"')
    assert counted() == before + 1


@pytest.mark.parametrize("path", ["/ocpp/", "/ws/"])
def test_the_identity_is_percent_decoded_once(gateway, path, cp_id):
    identity = f"{cp_id} 100%25 Süd|1"
    with charge_point(gateway, identity, path=path) as station:
        assert station.call("Heartbeat")
        assert gateway.topic.wait_for(identity, "device.connected")[0]["subject"] == identity


@pytest.mark.parametrize("segment", ["CP%0A1", "CP%001", "CP%2F1", "CP%FF", "CP%", "CP%zz", "a" * 256])
def test_an_identity_that_is_none_is_refused(gateway, segment):
    with Wire(gateway) as wire:
        assert wire.upgrade(f"/ocpp/{segment}")[0] in (400, 404)


@pytest.mark.parametrize("headers", [["X-Long: " + "x" * 9000], ["X-Many: 1"] * 70], ids=["8 KB", "64 lines"])
def test_a_request_beyond_the_limits_is_refused(gateway, cp_id, headers):
    with Wire(gateway) as wire:
        assert wire.upgrade(f"/ocpp/{cp_id}", headers=headers)[0] in (400, 431)


def test_a_request_that_never_ends_is_hung_up_on(start_gateway):
    gateway = start_gateway({"limits.handshake_timeout": "1s"})
    with Wire(gateway) as wire:
        wire.send(b"GET /ocpp/CP HTTP/1.1\r\nHost:")
        assert wire.is_hung_up_on()


def test_of_two_connections_with_one_identity_the_newest_wins(gateway, cp_id):
    older = ChargePoint(gateway, cp_id)
    older.call("StatusNotification", STATUS)
    with charge_point(gateway, cp_id) as newer:
        assert older.wait_closed() == 1008
        newer.call("StatusNotification", STATUS)
    gateway.topic.wait_for(cp_id, "device.disconnected")

    events = gateway.topic.events(cp_id)
    first, second = [event["data"]["connection"] for event in events if event["type"] == "device.connected"]
    assert "previousEpoch" not in first
    assert second["previousEpoch"] == first["epoch"] < second["epoch"]
    gone = [event["data"]["connection"]["epoch"] for event in events if event["type"] == "device.disconnected"]
    assert gone == [second["epoch"]], "the displaced connection makes no event"
    assert gateway.log_about(cp_id)


def test_many_connections_with_one_identity_leave_one(gateway, cp_id):
    stations = [ChargePoint(gateway, cp_id) for _ in range(20)]
    assert [station.wait_closed() for station in stations[:-1]] == [1008] * 19
    assert stations[-1].call("Heartbeat")
    assert gateway.get("/connections?limit=1000").text.count(f'"{cp_id}"') == 1
    stations[-1].close()


def test_a_newer_connection_that_dies_at_once_leaves_no_charge_point_that_seems_connected(gateway, cp_id):
    identities = [f"{cp_id}-{number}" for number in range(30)]
    for identity in identities:
        older = ChargePoint(gateway, identity)
        newer = Wire(gateway)
        newer.send_upgrade(f"/ocpp/{identity}")
        newer.reset()
        older.close()

    def last_types():
        events = gateway.topic.events()
        of = {identity: [event for event in events if event["subject"] == identity] for identity in identities}
        return {max(events, key=order_of)["type"] for events in of.values()} == {"device.disconnected"}

    eventually(15, last_types, "every charge point is told to be gone")
