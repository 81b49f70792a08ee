"""ocpp.profiles: charge points of different makes are treated differently, over real sockets."""

import time

import httpx
import pytest

from harness.charge_point import PATIENCE, STATUS, charge_point
from harness.commands import ACCEPTED
from harness.gateway import run_gateway
from harness.waiting import eventually
from harness.wire import PING, Wire

PACING = 1.0  # seconds
GATEWAY = {
    "ocpp.ping_interval": "0",
    "ocpp.profiles": {
        "acme-old": {"match": {"vendor": "acme*", "firmware": "0.*"}, "validation": "observe"},
        "acme": {"match": {"vendor": "acme*"}, "validation": "strict", "call_pacing": f"{PACING:.0f}s"},
        "pinged": {"match": {"vendor": "Pinged"}, "ping_interval": "1s"},
        "mute": {"match": {"id": "MUTE-*"}, "default_version": ""},
        "abrupt": {"match": {"id": "ABRUPT-*"}, "close_style": "abrupt"},
        "away": {"match": {"id": "AWAY-*"}, "close_style": "going_away"},
        "east": {"match": {"id": "EAST-*"}, "time_zone": "+14:00"},
    },
}
ODD = STATUS | {"status": "Faultd"}  # refused by strict alone
BARE = {"connectorId": 1, "status": "Available"}  # served by observe alone


def boot(station, vendor, **members):
    assert station.call("BootNotification", {"chargePointVendor": vendor, "chargePointModel": "One"} | members)["status"] == "Accepted"


def is_served(station, status):
    return station.answer_to(station.start_call("StatusNotification", status))[0] == 3


def profile_of(gateway, station):
    return gateway.get(f"/v1/charge-points/{station.id}").json().get("profile")


def put(gateway, station, **known):
    return httpx.put(f"{gateway.at.api}/v1/charge-points/{station.id}", json=known, trust_env=False, timeout=PATIENCE)


def test_validation_is_that_of_the_make(gateway, cp_id):
    makes = {"Acme": (False, False), "ACME Inc": (False, False), "Bolt": (True, False)}
    for number, (vendor, served) in enumerate(makes.items()):
        with charge_point(gateway, f"{cp_id}-{number}") as station:
            assert is_served(station, ODD), "nothing is known of its make yet"
            boot(station, vendor)
            assert (is_served(station, ODD), is_served(station, BARE)) == served, vendor
    with charge_point(gateway, f"{cp_id}-old") as station:
        boot(station, "Acme", firmwareVersion="0.9.1")
        assert profile_of(gateway, station) == "acme-old", "the first that matches"
        assert is_served(station, BARE)


def test_pings_are_those_of_the_make(gateway, cp_id):
    with Wire(gateway) as pinged, Wire(gateway) as calm:
        for wire, vendor in ((pinged, "Pinged"), (calm, "Bolt")):
            assert wire.upgrade(f"/ocpp/{cp_id}-{vendor}")[0] == 101
            wire.send_text(f'[2,"1","BootNotification",{{"chargePointVendor":"{vendor}","chargePointModel":"One"}}]')
            assert wire.receive_frame()[1].startswith(b'[3,"1"')
        assert [pinged.receive_frame()[0] for _ in range(2)] == [PING, PING]
        assert not calm.has_received()


def test_commands_are_paced_as_the_make_needs_it(gateway, commands, cp_id):
    def gap(station):
        for _ in range(2):
            commands.send(station.id, "ClearCache")
        message_id, _ = station.hear_call("ClearCache")
        answered = time.monotonic()
        station.answer(message_id, ACCEPTED)
        message_id, _ = station.hear_call("ClearCache")
        station.answer(message_id, ACCEPTED)
        return time.monotonic() - answered

    with charge_point(gateway, f"{cp_id}-acme") as acme, charge_point(gateway, f"{cp_id}-bolt") as bolt:
        boot(acme, "Acme")
        boot(bolt, "Bolt")
        assert gap(acme) > PACING * 0.95
        assert profile_of(gateway, bolt) is None
        assert min(gap(bolt) for _ in range(3)) < PACING / 2


def test_a_reconnect_without_a_boot_notification_keeps_the_profile(gateway, cp_id):
    with charge_point(gateway, cp_id) as station:
        boot(station, "Acme")
        assert not is_served(station, ODD)
    with charge_point(gateway, cp_id) as station:
        assert not is_served(station, ODD)
        assert profile_of(gateway, station) == "acme"
        boot(station, "Bolt")
    with charge_point(gateway, cp_id) as station:
        assert is_served(station, ODD)


def test_an_assigned_profile_wins_at_once_and_after_a_reconnect(gateway, cp_id):
    with charge_point(gateway, cp_id) as station:
        boot(station, "Acme")
        assert put(gateway, station, profile="acme-old").json() == {"admission": "accept", "profile": "acme-old"}
        eventually(PATIENCE, lambda: profile_of(gateway, station) == "acme-old")
        assert is_served(station, BARE)
        boot(station, "Acme")
        assert is_served(station, BARE)
    with charge_point(gateway, cp_id) as station:
        assert is_served(station, BARE)
        put(gateway, station)
        eventually(PATIENCE, lambda: profile_of(gateway, station) == "acme")
        assert not is_served(station, ODD)
        put(gateway, station, profile="east")
        eventually(PATIENCE, lambda: profile_of(gateway, station) == "east")
        path = f"{gateway.at.api}/v1/charge-points/{station.id}"
        assert httpx.delete(path, trust_env=False, timeout=PATIENCE).status_code == 204
        eventually(PATIENCE, lambda: profile_of(gateway, station) == "acme")


def test_a_profile_that_is_none_is_refused_with_the_names_of_those_that_are(gateway, station):
    refused = put(gateway, station, profile="acme-7")
    assert refused.status_code == 422 and refused.json()["field"] == "profile"
    assert "acme-old, acme, pinged" in refused.json()["detail"]


def test_a_request_without_a_sub_protocol_is_served_as_its_id_says(gateway, cp_id):
    with Wire(gateway) as wire:
        assert wire.upgrade(f"/ocpp/MUTE-{cp_id}", None)[0] == 101
        assert wire.close_code() == 1002
    with Wire(gateway) as wire:
        assert wire.upgrade(f"/ocpp/{cp_id}", None)[0] == 101
        wire.send_text('[2,"1","Heartbeat",{}]')
        assert wire.receive_frame()[1].startswith(b'[3,"1"')


def test_times_without_a_zone_are_read_in_that_of_the_profile(gateway, cp_id):
    def flags(identity):
        there = time.time() + 30 * 3600  # in the east 16 hours from now, elsewhere more than the 24 that are believed
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(there))
        with charge_point(gateway, identity) as station:
            station.call("StatusNotification", STATUS | {"timestamp": timestamp})
        return gateway.topic.wait_for(identity, "connector.status")[0]["data"]["flags"]

    assert "clockSuspect" not in flags(f"EAST-{cp_id}")
    assert "clockSuspect" in flags(cp_id)


@pytest.mark.parametrize(("prefix", "code"), [("ABRUPT-", 1006), ("", 1012), ("AWAY-", 1001)])
def test_a_connection_is_closed_in_the_style_of_its_profile(start_gateway, cp_id, prefix, code):
    gateway = start_gateway(GATEWAY)
    with Wire(gateway) as wire:
        assert wire.upgrade(f"/ocpp/{prefix}{cp_id}")[0] == 101
        wire.send_text('[2,"1","Heartbeat",{}]')
        wire.receive_frame()
        gateway.terminate()
        assert wire.close_code() == code


def test_a_mistake_names_the_profile_and_the_remedy(tmp_path):
    done = run_gateway(tmp_path, {"ocpp.profiles": {"acme": {"validation": "loose"}}}, arguments=["--check-config"])
    assert done.returncode == 1
    assert "ocpp.profiles.acme.validation" in done.stderr and "correct it, or remove it" in done.stderr
