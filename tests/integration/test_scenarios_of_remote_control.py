"""What the operator wants of a charge point, and what the charge point then does: sessions, resets, connectors, reservations,
messages that are asked for, charging profiles."""

import pytest

BY_BOTH_NAMES = pytest.mark.parametrize("by", ["ocpp", "version-independent"])
SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1}, {"startPeriod": 900, "limit": 6}]}


def profile(purpose, **members):
    return {
        "chargingProfileId": 7,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": SCHEDULE,
    } | members


# ---- sessions

START = ("RemoteStartTransaction", {"connectorId": 1, "idTag": "ABC"})


def is_started_from_afar(scene, by, **wishes):
    """By either name the same CALL; the version-independent one goes over Kafka."""
    payload = {"connectorId": 1, "idTag": "ABC"} | wishes
    if by == "ocpp":
        scene.obeys("RemoteStartTransaction", payload)
    else:
        scene.obeys("transaction.start", payload, call=("RemoteStartTransaction", payload), over="kafka")


def is_stopped_from_afar(scene, by, session):
    call = "RemoteStopTransaction", {"transactionId": session}
    if by == "ocpp":
        scene.obeys(*call)
    else:
        scene.obeys("transaction.stop", {"transactionId": str(session)}, call=call, over="kafka")


@BY_BOTH_NAMES
@pytest.mark.parametrize("wishes", [{}, {"chargingProfile": profile("TxProfile")}], ids=["plainly", "with a charging profile"])
def test_started_and_stopped_from_afar(scene, by, wishes):
    scene.boots()
    scene.shows(1, "Preparing")
    is_started_from_afar(scene, by, **wishes)
    scene.asks_for("ABC")
    session = scene.starts("ABC")
    scene.shows(1, "Charging")
    is_stopped_from_afar(scene, by, session)
    scene.stops(session, 15300, reason="Remote")
    scene.shows(1, "Finishing")
    scene.shows(1, "Available")


def test_started_from_afar_before_the_cable_is_in(scene):
    scene.obeys("RemoteStartTransaction", {"idTag": "ABC"})
    scene.shows(1, "Preparing")
    session = scene.starts("ABC")
    scene.stops(session, 10)


def test_started_from_afar_and_nobody_came(scene):
    scene.obeys("transaction.start", {"idTag": "ABC", "connectorId": 1}, call=START)
    scene.shows(1, "Preparing")
    scene.shows(1, "Available")


def test_what_the_charge_point_rejects_changes_nothing(scene):
    session = scene.starts("ABC")
    scene.obeys(*START, {"status": "Rejected"})
    scene.obeys("RemoteStopTransaction", {"transactionId": session + 1 if session < 2**31 - 1 else 1}, {"status": "Rejected"})
    scene.stops(session, 10)


# ---- resets


@pytest.mark.parametrize(
    ("name", "payload", "kind"),
    [
        ("Reset", {"type": "Hard"}, "Hard"),
        ("Reset", {"type": "Soft"}, "Soft"),
        ("device.reset", {"type": "hard"}, "Hard"),
        ("device.reset", {"type": "soft"}, "Soft"),
        ("device.reset", {"type": "whenIdle"}, "Soft"),
    ],
)
def test_reset(scene, name, payload, kind):
    scene.boots()
    session = scene.starts("ABC")
    scene.obeys(name, payload, call=("Reset", {"type": kind}))
    scene.stops(session, 300, reason=f"{kind}Reset")
    scene.reboots()
    scene.shows(0, "Available")
    scene.shows(1, "Available")


def test_a_hard_reset_that_leaves_the_session_for_later(scene):
    session = scene.starts("ABC")
    scene.obeys("Reset", {"type": "Hard"})
    scene.reboots()
    scene.stops(session, 300, reason="HardReset")


def test_a_reset_that_is_rejected(scene):
    scene.obeys("Reset", {"type": "Soft"}, {"status": "Rejected"})
    scene.beats()


# ---- connectors


def test_unlocked_while_it_charges(scene):
    session = scene.starts("ABC")
    scene.obeys("UnlockConnector", {"connectorId": 1}, {"status": "Unlocked"})
    scene.stops(session, 300, reason="UnlockCommand")
    scene.shows(1, "Available")


def test_the_lock_is_stuck(scene):
    scene.obeys("connector.unlock", {"connectorId": 1}, {"status": "UnlockFailed"}, call=("UnlockConnector", {"connectorId": 1}))
    scene.shows(1, "Faulted", "ConnectorLockFailure")


def test_a_cable_that_is_fixed_cannot_be_unlocked(scene):
    scene.obeys("UnlockConnector", {"connectorId": 1}, {"status": "NotSupported"})
    scene.beats()


def availability(connector, kind):
    return "ChangeAvailability", {"connectorId": connector, "type": kind}


def test_a_connector_out_of_service_and_back(scene):
    scene.obeys(*availability(1, "Inoperative"))
    scene.shows(1, "Unavailable")
    scene.obeys("connector.availability", {"connectorId": 1, "operative": True}, call=availability(1, "Operative"))
    scene.shows(1, "Available")


def test_a_connector_is_out_of_service_when_its_session_has_ended(scene):
    session = scene.starts("ABC")
    scene.obeys(*availability(1, "Inoperative"), {"status": "Scheduled"})
    scene.meters(session, {"value": "1"})
    scene.stops(session, 300)
    scene.shows(1, "Unavailable")


def test_the_whole_charge_point_is_out_of_service_and_is_so_after_a_boot(scene):
    scene.boots()
    scene.obeys("connector.availability", {"operative": False}, call=availability(0, "Inoperative"))
    for connector in (0, 1, 2):
        scene.shows(connector, "Unavailable")
    scene.reboots()
    scene.shows(0, "Unavailable")


# ---- reservations


def reservation(scene, **members):
    return {"connectorId": 1, "expiryDate": scene.time(), "idTag": "ABC", "reservationId": 7} | members


def test_a_reservation_is_used_by_who_made_it(scene):
    scene.obeys("ReserveNow", reservation(scene))
    scene.shows(1, "Reserved")
    scene.asks_for("ABC")
    session = scene.starts("ABC", reservationId=7)
    scene.shows(1, "Charging")
    scene.stops(session, 300)


def test_a_reservation_of_any_connector_for_one_of_the_family(scene):
    due = reservation(scene, connectorId=0, parentIdTag="FAMILY")
    wish = {"id": 7, "idTag": "ABC", "parentIdTag": "FAMILY", "expiryDate": due["expiryDate"]}
    scene.obeys("reservation.create", wish, call=("ReserveNow", due), over="kafka")
    scene.asks_for("DEF")
    session = scene.starts("DEF", connector=2, reservationId=7)
    scene.stops(session, 300)


def test_a_reservation_is_taken_back(scene):
    scene.obeys("ReserveNow", reservation(scene))
    scene.shows(1, "Reserved")
    scene.obeys("reservation.cancel", {"id": 7}, call=("CancelReservation", {"reservationId": 7}))
    scene.shows(1, "Available")
    scene.obeys("CancelReservation", {"reservationId": 7}, {"status": "Rejected"})


def test_a_reservation_runs_out(scene):
    scene.obeys("ReserveNow", reservation(scene))
    scene.shows(1, "Reserved")
    scene.shows(1, "Available")


@pytest.mark.parametrize(
    ("status", "shown"),
    [("Faulted", "Faulted"), ("Occupied", "Charging"), ("Unavailable", "Unavailable"), ("Rejected", "Available")],
)
def test_a_reservation_is_refused(scene, status, shown):
    scene.shows(1, shown, "OtherError" if shown == "Faulted" else "NoError")
    scene.obeys("ReserveNow", reservation(scene), {"status": status})
    scene.beats()


# ---- messages that are asked for


def boots(scene):
    scene.boots()


def beats(scene):
    scene.beats()


def shows(scene):
    scene.shows(1, "Available")


def meters(scene):
    scene.meters(None, {"value": "1", "context": "Trigger"})


def tells_of_diagnostics(scene):
    scene.says("DiagnosticsStatusNotification", {"status": "Idle"}, {}, ("diagnostics.status", {"diagnostics": {"status": "Idle"}}))


def tells_of_firmware(scene):
    scene.says("FirmwareStatusNotification", {"status": "Idle"}, {}, ("firmware.status", {"firmware": {"status": "Idle"}}))


def tells_of_a_log(scene):
    scene.says("LogStatusNotification", {"status": "Idle"}, {}, ("log.status", {"log": {"status": "Idle"}}))


def wants_a_certificate(scene):
    wish = {"csr": "-----BEGIN CERTIFICATE REQUEST-----"}
    scene.says("SignCertificate", wish, {"status": "Accepted"}, ("certificate.request", {"certificate": wish}))


ASKED_FOR = {
    "TriggerMessage": {
        "BootNotification": boots,
        "DiagnosticsStatusNotification": tells_of_diagnostics,
        "FirmwareStatusNotification": tells_of_firmware,
        "Heartbeat": beats,
        "MeterValues": meters,
        "StatusNotification": shows,
    },
    "ExtendedTriggerMessage": {
        "BootNotification": boots,
        "FirmwareStatusNotification": tells_of_firmware,
        "Heartbeat": beats,
        "LogStatusNotification": tells_of_a_log,
        "MeterValues": meters,
        "SignChargePointCertificate": wants_a_certificate,
        "StatusNotification": shows,
    },
}
EVERY_MESSAGE = [(action, message, says) for action, messages in ASKED_FOR.items() for message, says in messages.items()]


@pytest.mark.parametrize(("action", "message", "says"), EVERY_MESSAGE, ids=lambda value: value if isinstance(value, str) else "")
def test_a_message_that_is_asked_for(scene, action, message, says):
    call = action, {"requestedMessage": message}
    scene.obeys(*call)
    says(scene)
    scene.obeys(*call, first=lambda: says(scene))
    scene.obeys(*call, {"status": "Rejected"})
    scene.obeys(*call, {"status": "NotImplemented"})


@pytest.mark.parametrize("message", sorted({message for messages in ASKED_FOR.values() for message in messages}))
def test_the_name_of_a_message_tells_which_of_the_two_commands_can_ask_for_it(scene, message):
    action = "TriggerMessage" if message in ASKED_FOR["TriggerMessage"] else "ExtendedTriggerMessage"
    wish = {"message": message, "connectorId": 1}
    scene.obeys("device.trigger", wish, call=(action, {"requestedMessage": message, "connectorId": 1}), over="kafka")
    ASKED_FOR[action][message](scene)


def test_a_charge_point_that_does_not_know_the_command_at_all(scene):
    scene.refuses("ExtendedTriggerMessage", {"requestedMessage": "Heartbeat"}, "NotImplemented")
    scene.beats()


# ---- charging profiles


@BY_BOTH_NAMES
def test_a_profile_for_all_sessions_that_come_is_set_told_and_cleared(scene, by):
    wanted = profile("TxDefaultProfile")
    schedule = {"status": "Accepted", "connectorId": 1, "scheduleStart": scene.time(), "chargingSchedule": SCHEDULE}
    calls = {
        "charging-profile.set": ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": wanted}),
        "charging-schedule.get": ("GetCompositeSchedule", {"connectorId": 1, "duration": 3600, "chargingRateUnit": "A"}),
        "charging-profile.clear": ("ClearChargingProfile", {"id": 7}),
    }
    wishes = {
        "charging-profile.set": ({"connectorId": 1, "chargingProfile": wanted}, {"status": "Accepted"}),
        "charging-schedule.get": ({"connectorId": 1, "durationSeconds": 3600, "unit": "A"}, schedule),
        "charging-profile.clear": ({"id": 7}, {"status": "Accepted"}),
    }
    for name, (wish, answer) in wishes.items():
        if by == "ocpp":
            scene.obeys(*calls[name], answer)
        else:
            scene.obeys(name, wish, answer, call=calls[name], over="kafka")


def test_a_profile_for_the_session_that_runs(scene):
    session = scene.starts("ABC")
    wanted = profile("TxProfile", transactionId=session)
    scene.obeys("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": wanted})
    scene.meters(session, {"value": "16.1", "measurand": "Current.Offered", "unit": "A"})
    scene.stops(session, 300)


def test_a_limit_for_the_whole_charge_point(scene):
    limit = profile("ChargePointMaxProfile", chargingProfileKind="Absolute", validTo=scene.time())
    scene.obeys("charging-profile.set", {"chargingProfile": limit},
                call=("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": limit}))  # fmt: skip
    cleared = {"chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 0}
    wish = {"purpose": "chargePointMax", "stackLevel": 0}
    scene.obeys("charging-profile.clear", wish, call=("ClearChargingProfile", cleared))
    scene.obeys("ClearChargingProfile", cleared, {"status": "Unknown"})


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
def test_a_profile_that_is_not_taken(scene, status):
    wanted = {"connectorId": 1, "csChargingProfiles": profile("TxDefaultProfile")}
    scene.obeys("SetChargingProfile", wanted, {"status": status})
    scene.obeys("GetCompositeSchedule", {"connectorId": 1, "duration": 60}, {"status": "Rejected"})
