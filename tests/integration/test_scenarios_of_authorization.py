"""Who may charge, and which charge point is welcome: as the operator has provisioned it, and as the charge point knows it itself."""

from urllib.parse import quote

import pytest

GATEWAY = {"decisions.mode": "registry", "decisions.boot_retry_interval": "7s"}
LONG_AGO, LONG_AHEAD = "2024-12-31T23:00:00Z", "2099-01-01T00:00:00Z"


@pytest.fixture
def put(stage):
    """Tells the gateway of an id tag or a charge point."""

    def told(kind, name, **what):
        answer = stage.ask("PUT", f"/v1/{kind}/{quote(name)}", json=what)
        assert answer.status_code == 200, answer.text

    return told


@pytest.fixture
def scene(scene, put):
    """It is known, and so are its drivers."""
    put("charge-points", scene.id)
    put("id-tags", "ALICE", status="Accepted", parentIdTag="FAMILY")
    put("id-tags", "BOB", status="Accepted", parentIdTag="FAMILY", expiryDate=LONG_AHEAD)
    return scene


# ---- cold boot of a charge point that must wait


def test_cold_boot_of_one_that_waits_to_be_let_in(scene, put):
    put("charge-points", scene.id, admission="pending")
    scene.boots("Pending", interval=7)
    scene.obeys("GetConfiguration", {"key": ["NumberOfConnectors"]}, {"unknownKey": ["NumberOfConnectors"]})
    scene.obeys("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"})
    put("charge-points", scene.id)
    scene.obeys("TriggerMessage", {"requestedMessage": "BootNotification"})
    scene.boots()
    scene.shows(0, "Available")


def test_cold_boot_of_one_that_is_rejected_and_asks_again(scene, put):
    put("charge-points", scene.id, admission="reject")
    scene.boots("Rejected", interval=7)
    scene.leaves()
    put("charge-points", scene.id)
    scene.arrives()
    scene.boots()
    scene.shows(0, "Available")


# ---- the driver's tag


def test_who_is_welcome_charges(scene):
    scene.boots()
    scene.asks_for("ALICE", parentIdTag="FAMILY")
    session = scene.starts("ALICE", info={"parentIdTag": "FAMILY"})
    scene.stops(session, 15300, id_tag="ALICE", reason="Local", tag_info=None)


def test_the_case_of_a_tag_makes_no_difference_and_is_told_as_sent(scene):
    scene.asks_for("alice", parentIdTag="FAMILY")


def test_one_of_the_family_ends_what_the_other_began(scene):
    session = scene.starts("ALICE", info={"parentIdTag": "FAMILY"})
    scene.asks_for("BOB", parentIdTag="FAMILY", expiryDate=LONG_AHEAD)
    scene.stops(session, 15300, id_tag="BOB", reason="Local", tag_info=None)


REFUSED = {
    "Invalid": None,
    "Blocked": {"status": "Blocked"},
    "Expired": {"status": "Accepted", "expiryDate": LONG_AGO},
    "ConcurrentTx": {"status": "ConcurrentTx"},
}


@pytest.fixture(params=REFUSED)
def refused(request, put):
    """A tag that is not let in: its name, the status that is due, and what else is told of it."""
    known = REFUSED[request.param]
    name = f"TAG-{request.param}"
    if known:
        put("id-tags", name, **known)
    return name, request.param, {"expiryDate": LONG_AGO} if request.param == "Expired" else {}


def test_who_is_not_welcome_does_not_charge(scene, refused):
    tag, status, more = refused
    scene.boots()
    scene.shows(1, "Preparing")
    scene.asks_for(tag, status, **more)
    scene.shows(1, "Available")


def test_a_session_of_one_who_is_not_welcome_is_recorded_and_the_charge_point_ends_it(scene, refused):
    tag, status, more = refused
    session = scene.starts(tag, status=status, info=more)
    scene.shows(1, "Charging")
    scene.stops(session, 12, reason="DeAuthorized")
    scene.shows(1, "Available")


def test_a_tag_that_is_blocked_between_the_question_and_the_start(scene, put):
    put("id-tags", "CAROL", status="Accepted")
    scene.asks_for("CAROL")
    put("id-tags", "CAROL", status="Blocked")
    session = scene.starts("CAROL", status="Blocked")
    scene.stops(session, 0, reason="DeAuthorized")


def test_a_session_from_afar_is_asked_for_like_any_other(scene):
    scene.obeys("RemoteStartTransaction", {"connectorId": 1, "idTag": "NOBODY"})
    scene.asks_for("NOBODY", "Invalid")
    scene.shows(1, "Available")


# ---- what the charge point knows itself


def test_the_cache_is_cleared_and_the_charge_point_asks_again(scene, put):
    put("id-tags", "DAVE", status="Accepted")
    scene.asks_for("DAVE")
    put("id-tags", "DAVE", status="Blocked")
    scene.obeys("cache.clear", {}, call=("ClearCache", {}))
    scene.asks_for("DAVE", "Blocked")
    scene.obeys("ClearCache", {}, {"status": "Rejected"})


ENTRIES = [
    {"idTag": "ALICE", "idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY", "expiryDate": LONG_AHEAD}},
    {"idTag": "EVE", "idTagInfo": {"status": "Blocked"}},
]


def local_list(version, kind, entries=()):
    return "SendLocalList", {"listVersion": version, "updateType": kind, "localAuthorizationList": list(entries)}


def test_a_local_list_is_sent_and_changed(scene):
    scene.obeys("GetLocalListVersion", {}, {"listVersion": 0})
    scene.obeys(*local_list(1, "Full", ENTRIES))
    scene.obeys("GetLocalListVersion", {}, {"listVersion": 1})
    scene.obeys(*local_list(2, "Differential", [{"idTag": "EVE"}]))
    scene.obeys("GetLocalListVersion", {}, {"listVersion": 2})


def test_the_same_by_the_names_that_all_versions_share(scene):
    version = "GetLocalListVersion", {}
    scene.obeys("local-list.version", {}, {"listVersion": 0}, call=version, over="kafka")
    alice = {"idTag": "ALICE", "status": "Accepted", "parentIdTag": "FAMILY", "expiryDate": LONG_AHEAD}
    wish = {"version": 1, "update": "full", "entries": [alice, {"idTag": "EVE", "status": "Blocked"}]}
    scene.obeys("local-list.send", wish, call=local_list(1, "Full", ENTRIES), over="kafka")
    wish = {"version": 2, "update": "differential", "entries": [{"idTag": "EVE"}]}
    scene.obeys("local-list.send", wish, call=local_list(2, "Differential", [{"idTag": "EVE"}]))
    scene.obeys("local-list.version", {}, {"listVersion": 2}, call=version)


def test_a_local_list_is_emptied(scene):
    scene.obeys("local-list.send", {"version": 3, "update": "full"}, call=local_list(3, "Full"))


def test_a_local_list_that_does_not_fit_is_sent_whole(scene):
    scene.obeys(*local_list(9, "Differential", ENTRIES), {"status": "VersionMismatch"})
    scene.obeys(*local_list(9, "Full", ENTRIES))


@pytest.mark.parametrize("status", ["Failed", "NotSupported"])
def test_a_local_list_that_is_not_taken(scene, status):
    scene.obeys(*local_list(1, "Full", ENTRIES), {"status": status})
    scene.obeys("GetLocalListVersion", {}, {"listVersion": -1 if status == "NotSupported" else 0})


def test_a_local_list_that_contradicts_the_gateway_is_told(scene):
    scene.asks_for("ALICE", parentIdTag="FAMILY")
    scene.shows(0, "Faulted", "LocalListConflict")
