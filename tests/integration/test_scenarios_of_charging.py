"""Sessions as charge points live them: from the cold boot to the last meter value, on the wire and in the log."""

import pytest

ENERGY = {"value": "1500"}
POWER = {"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"}
CHARGE_OF_THE_CAR = {"value": "63", "measurand": "SoC", "unit": "Percent", "location": "EV"}
SIGNED = {"value": "OCMF|{\"FV\":\"1.0\",\"RV\":15.300}|{\"SD\":\"3045AB\"}", "format": "SignedData", "context": "Transaction.End"}


def test_cold_boot(scene):
    scene.boots(
        chargePointSerialNumber="CP-0815",
        firmwareVersion="1.2.3",
        iccid="8949020000001234567",
        imsi="262021234567890",
        meterType="DZG",
        meterSerialNumber="M-4711",
    )
    for connector in (0, 1, 2):
        scene.shows(connector, "Available")
    scene.beats()


def test_charging_plugged_in_first(scene):
    scene.boots()
    scene.shows(1, "Preparing")
    scene.asks_for("ABC")
    session = scene.starts("ABC")
    scene.shows(1, "Charging")
    scene.meters(session, ENERGY, POWER, CHARGE_OF_THE_CAR)
    scene.meters(session, ENERGY | {"context": "Sample.Clock"})
    scene.asks_for("ABC")
    scene.stops(session, 15300, id_tag="ABC", reason="Local")
    scene.shows(1, "Finishing")
    scene.shows(1, "Available")


def test_charging_identified_first(scene):
    scene.boots()
    scene.asks_for("ABC")
    scene.shows(1, "Preparing")
    session = scene.starts("ABC", meter=100)
    scene.shows(1, "Charging")
    scene.stops(session, 100, id_tag="ABC")
    scene.shows(1, "Available")


def test_identified_first_and_nothing_was_plugged_in(scene):
    scene.asks_for("ABC")
    scene.shows(1, "Preparing")
    scene.shows(1, "Available")
    scene.beats()


def test_the_car_disconnects_and_that_ends_the_session(scene):
    session = scene.starts("ABC")
    scene.shows(1, "Charging")
    scene.shows(1, "SuspendedEV")
    scene.stops(session, 15300, reason="EVDisconnected")
    scene.shows(1, "Finishing")
    scene.shows(1, "Available")


def test_the_car_disconnects_and_comes_back_to_the_same_session(scene):
    session = scene.starts("ABC")
    scene.shows(1, "Charging")
    scene.meters(session, ENERGY)
    scene.shows(1, "SuspendedEV", info="EV side disconnected")
    scene.shows(1, "Charging")
    scene.meters(session, ENERGY | {"value": "1600"})
    scene.stops(session, 15300, id_tag="ABC", reason="Local")
    scene.shows(1, "Available")


def test_the_charge_point_holds_the_session_up(scene):
    session = scene.starts("ABC")
    scene.shows(1, "SuspendedEVSE")
    scene.meters(session, POWER | {"value": "0"})
    scene.shows(1, "Charging")
    scene.stops(session, 15300)
    scene.shows(1, "Available")


def test_what_the_charge_point_kept_for_the_end_of_the_session_is_told_with_it(scene):
    session = scene.starts("ABC")
    begin, end = ENERGY | {"context": "Transaction.Begin"}, ENERGY | {"value": "15300", "context": "Transaction.End"}
    scene.stops(session, 15300, samples=[begin, end, SIGNED])


def test_sessions_on_two_connectors_are_two(scene):
    left = scene.starts("ABC", connector=1)
    right = scene.starts("DEF", connector=2)
    assert left != right
    scene.meters(right, ENERGY, connector=2)
    scene.meters(left, ENERGY, connector=1)
    scene.stops(right, 15300, id_tag="DEF")
    scene.stops(left, 15300, id_tag="ABC")


def test_one_after_the_other_is_another_session(scene):
    first = scene.starts("ABC")
    scene.stops(first, 10)
    second = scene.starts("ABC", meter=10)
    scene.stops(second, 20)
    assert first != second


def test_the_main_meter_speaks_outside_of_sessions(scene):
    scene.meters(None, ENERGY | {"context": "Sample.Clock"}, connector=0)


@pytest.mark.parametrize(
    ("reason", "error", "vendor_says"),
    [
        ("Other", "GroundFailure", {"vendorId": "com.acme", "vendorErrorCode": "E-17", "info": "residual current"}),
        ("EmergencyStop", "OtherError", {"info": "emergency button"}),
        ("Other", "ConnectorLockFailure", {}),
    ],
)
def test_a_fault_ends_the_session(scene, reason, error, vendor_says):
    session = scene.starts("ABC")
    scene.shows(1, "Faulted", error, **vendor_says)
    scene.stops(session, 700, reason=reason)
    scene.shows(1, "Available")


def test_power_fails_and_the_session_is_ended_after_the_boot(scene):
    scene.boots()
    session = scene.starts("ABC")
    scene.shows(1, "Charging")
    scene.is_cut_off()
    scene.arrives()
    scene.boots()
    scene.stops(session, 900, reason="PowerLoss")
    scene.shows(0, "Available")
    scene.shows(1, "Available")


def test_the_connection_is_lost_and_the_session_goes_on(scene):
    scene.boots()
    session = scene.starts("ABC")
    scene.meters(session, ENERGY)
    scene.is_cut_off()
    scene.arrives()
    scene.meters(session, ENERGY | {"value": "1600"})
    scene.stops(session, 15300, id_tag="ABC")
