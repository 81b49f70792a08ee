"""Every command ends in exactly one state, whatever its charge point does, and however the command came."""

import time

import pytest

from harness.charge_point import PATIENCE, charge_point
from harness.commands import ACCEPTED, WAYS, Commands, serve_next
from harness.waiting import eventually

GATEWAY = {"commands.reconnect_grace": "2s"}
SOFT_RESET = {"type": "Soft"}  # may not run twice
SETTING = {"key": "MeterValueSampleInterval", "value": "60"}  # may


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS.keys())
def commands(request, gateway):
    with request.param(gateway) as opened:
        yield opened


@pytest.fixture
def over_kafka(gateway):
    """For what the API does not let in."""
    with Commands(gateway) as opened:
        yield opened


def is_connected(gateway, charge_point_id):
    return charge_point_id in [each["id"] for each in gateway.get("/connections?limit=1000").json()["connections"]]


def leave(gateway, station):
    station.close()
    eventually(PATIENCE, lambda: not is_connected(gateway, station.id), f"{station.id} has left")


def test_for_an_absent_charge_point_it_is_unreachable(commands, cp_id):
    command = commands.send(cp_id, "Reset", SOFT_RESET)
    end = commands.end_of(command)
    assert (end["state"], end["error"]["code"], end["attempt"]) == ("unreachable", "Unreachable", 0)
    assert (end["outcome"], end["response"]) == (None, None)


def test_one_that_is_answered_is_completed(commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    call, payload = station.hear_call("Reset")
    assert payload == SOFT_RESET
    station.answer(call, ACCEPTED)
    end = commands.end_of(command)
    assert (end["state"], end["outcome"], end["response"]) == ("completed", "Accepted", ACCEPTED)
    assert (end["error"], end["attempt"], end["pod"]) == (None, 1, "gateway-0")
    assert commands.states(command) == ["queued", "sent", "completed"]
    assert [result["final"] for result in commands.results(command)] == [False, False, True]


def test_one_that_the_charge_point_rejects_is_completed_too(commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    station.answer(station.hear_call("Reset")[0], {"status": "Rejected"})
    end = commands.end_of(command)
    assert (end["state"], end["outcome"], end["error"]) == ("completed", "Rejected", None)


def test_an_answer_without_a_status_has_no_outcome(commands, station):
    command = commands.send(station.id, "GetConfiguration")
    answer = {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]}
    station.answer(station.hear_call("GetConfiguration")[0], answer)
    end = commands.end_of(command)
    assert (end["state"], end["outcome"], end["response"]) == ("completed", None, answer)


def test_a_callerror_fails_it_with_its_code(commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET)
    station.refuse(station.hear_call("Reset")[0], "NotSupported", "no such thing", {"hint": 7})
    end = commands.end_of(command)
    assert end["state"] == "failed"
    assert end["error"] == {"code": "NotSupported", "message": "no such thing", "details": {"hint": 7}}


def test_silence_times_it_out_and_the_late_answer_is_told(commands, station):
    command = commands.send(station.id, "Reset", SOFT_RESET, timeoutSeconds=1)
    call, _ = station.hear_call("Reset")
    began = time.monotonic()
    end = commands.end_of(command)
    assert (end["state"], end["error"]["code"], end["attempt"]) == ("timed_out", "TimedOut", 1)
    assert time.monotonic() - began >= 0.8

    station.answer(call, ACCEPTED)
    late = eventually(PATIENCE, lambda: [each for each in commands.results(command) if each.get("late")])
    assert [(each["state"], each["final"], each["outcome"]) for each in late] == [("completed", False, "Accepted")]
    assert commands.states(command) == ["queued", "sent", "timed_out", "completed"]
    assert station.call("Heartbeat"), "the connection is as good as before"


def test_a_late_answer_is_not_taken_for_that_of_the_next(commands, station):
    first = commands.send(station.id, "Reset", SOFT_RESET, timeoutSeconds=1)
    second = commands.send(station.id, "Reset", {"type": "Hard"}, timeoutSeconds=30)
    late_call, _ = station.hear_call("Reset")
    next_call, _ = station.hear_call("Reset")
    station.answer(late_call, {"status": "Rejected"})
    station.answer(next_call, ACCEPTED)
    assert commands.end_of(second)["outcome"] == "Accepted"
    assert commands.end_of(first)["state"] == "timed_out"


def hang_up(station):
    station.close()


def vanish(station):
    station.vanish()


@pytest.mark.parametrize("leaves", [hang_up, vanish])
def test_gone_after_the_frame_it_is_uncertain_and_not_sent_again(gateway, commands, cp_id, leaves):
    with charge_point(gateway, cp_id) as station:
        command = commands.send(cp_id, "Reset", SOFT_RESET)
        station.hear_call("Reset")
        leaves(station)
        end = commands.end_of(command)
    assert (end["state"], end["error"]["code"], end["attempt"]) == ("uncertain", "Uncertain", 1)
    with charge_point(gateway, cp_id) as station:
        serve_next(commands, station)


@pytest.mark.parametrize("leaves", [hang_up, vanish])
def test_gone_after_the_frame_one_that_may_run_twice_is_sent_again(gateway, commands, cp_id, leaves):
    with charge_point(gateway, cp_id) as station:
        command = commands.send(cp_id, "ChangeConfiguration", SETTING)
        station.hear_call("ChangeConfiguration")
        leaves(station)
    with charge_point(gateway, cp_id) as station:
        call, payload = station.hear_call("ChangeConfiguration")
        assert payload == SETTING
        station.answer(call, ACCEPTED)
        end = commands.end_of(command)
    assert (end["state"], end["outcome"], end["attempt"]) == ("completed", "Accepted", 2)
    assert commands.states(command) == ["queued", "sent", "sent", "completed"]
    assert [result["attempt"] for result in commands.results(command)] == [0, 1, 2, 2]


def test_gone_before_the_frame_it_waits_for_the_charge_point_to_come_back(gateway, commands, cp_id):
    with charge_point(gateway, cp_id) as station:
        leave(gateway, station)
    command = commands.send(cp_id, "Reset", SOFT_RESET)
    commands.wait_for(command, "queued")
    with charge_point(gateway, cp_id) as station:
        station.answer(station.hear_call("Reset")[0], ACCEPTED)
        end = commands.end_of(command)
    assert (end["state"], end["attempt"]) == ("completed", 1)


def test_gone_before_the_frame_it_is_unreachable_when_the_charge_point_stays_away(gateway, commands, cp_id):
    with charge_point(gateway, cp_id) as station:
        leave(gateway, station)
    command = commands.send(cp_id, "Reset", SOFT_RESET)
    end = commands.end_of(command)
    assert (end["state"], end["attempt"]) == ("unreachable", 0)
    assert commands.states(command) == ["queued", "unreachable"]


def test_one_that_may_wait_is_kept_for_a_charge_point_that_was_never_here(gateway, commands, cp_id):
    command = commands.send(cp_id, "Reset", SOFT_RESET, ifOffline="wait")
    unreachable = commands.send(cp_id, "Reset", SOFT_RESET)
    assert commands.end_of(unreachable)["state"] == "unreachable"
    with charge_point(gateway, cp_id) as station:
        station.answer(station.hear_call("Reset")[0], ACCEPTED)
        assert commands.end_of(command)["state"] == "completed"


def test_one_that_expired_on_its_way_here_is_not_sent(over_kafka, station):
    command = over_kafka.send(station.id, "Reset", SOFT_RESET, expires_in=-1)
    end = over_kafka.end_of(command)
    assert (end["state"], end["error"]["code"], end["attempt"]) == ("expired", "Expired", 0)
    serve_next(over_kafka, station)


def test_one_whose_turn_does_not_come_in_time_expires(commands, station):
    first = commands.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    second = commands.send(station.id, "Reset", {"type": "Hard"}, expires_in=1)
    assert commands.end_of(second)["state"] == "expired"
    station.answer(call, ACCEPTED)
    assert commands.end_of(first)["state"] == "completed"
    serve_next(commands, station)


def test_one_that_is_cancelled_while_it_is_queued_is_not_sent(commands, station):
    first = commands.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    second = commands.send(station.id, "Reset", {"type": "Hard"})
    commands.wait_for(second, "queued")
    commands.cancel(station.id, second)
    end = commands.end_of(second)
    assert (end["state"], end["error"]["code"], end["attempt"]) == ("cancelled", "Cancelled", 0)
    station.answer(call, ACCEPTED)
    assert commands.end_of(first)["state"] == "completed"
    serve_next(commands, station)


def test_one_that_was_sent_is_cancelled_too_late(commands, station):
    first = commands.send(station.id, "Reset", SOFT_RESET)
    call, _ = station.hear_call("Reset")
    commands.cancel(station.id, first)
    second = commands.send(station.id, "Reset", {"type": "Hard"})
    commands.wait_for(second, "queued")  # and the wish before it was read
    station.answer(call, ACCEPTED)
    assert commands.end_of(first)["state"] == "completed"
    station.answer(station.hear_call("Reset")[0], ACCEPTED)
    assert commands.end_of(second)["state"] == "completed"


def test_dead_letters_are_exactly_those_that_did_not_work(gateway, over_kafka, cp_id):
    ends = one_of_every_end(gateway, over_kafka, cp_id)
    expected = {command: state for command, state in ends.items() if state not in ("completed", "cancelled")}
    assert {over_kafka.end_of(command)["state"] for command in ends} == set(ends.values())
    assert len(set(ends.values())) == 8, "every terminal state is here"

    letters = eventually(PATIENCE, lambda: at_least(len(expected), over_kafka.dead_letters(cp_id)), "the dead letters")
    assert {letter["result"]["commandId"]: letter["result"]["state"] for letter in letters} == expected
    assert len(letters) == len(expected)
    for letter in letters:
        assert letter["result"] == over_kafka.end_of(letter["result"]["commandId"])
        assert letter["command"]["commandId"] == letter["result"]["commandId"]


def at_least(count, found):
    return found if len(found) >= count else None


def one_of_every_end(gateway, over_kafka, cp_id):
    """By the commands' ids, the state that each of them is due to end in."""

    def send(state, name="Reset", payload=SOFT_RESET, **members):
        command = over_kafka.send(cp_id, name, payload, **members)
        ends[command] = state
        return command

    ends = {}
    with charge_point(gateway, cp_id) as station:
        send("completed")
        station.answer(station.hear_call()[0], ACCEPTED)
        send("failed")
        station.refuse(station.hear_call()[0], "InternalError")
        send("expired", expires_in=-1)
        send("rejected", "NoSuchAction")
        send("timed_out", timeoutSeconds=1)
        station.hear_call()
        send("uncertain")
        station.hear_call(timeout=PATIENCE)
        cancelled = send("cancelled")
        over_kafka.cancel(cp_id, cancelled)
        assert over_kafka.end_of(cancelled)["state"] == "cancelled"
    send("unreachable")
    return ends


def test_commands_are_counted(start_gateway, cp_id):
    gateway = start_gateway({"commands.reconnect_grace": "1s"})
    with Commands(gateway) as commands:
        with charge_point(gateway, cp_id) as station:
            send_again = commands.send(cp_id, "ChangeConfiguration", SETTING)
            station.hear_call()
        with charge_point(gateway, cp_id) as station:
            station.answer(station.hear_call()[0], ACCEPTED)
            refused = commands.send(cp_id, "Reset", SOFT_RESET)
            station.refuse(station.hear_call()[0], "InternalError")
            expired = commands.send(cp_id, "Reset", SOFT_RESET, expires_in=-1)
            ends = [commands.end_of(command)["state"] for command in (send_again, refused, expired)]
    assert ends == ["completed", "failed", "expired"]
    expected = {"consumed": 3, "sent": 3, "acknowledged": 2, "failed": 2, "retried": 1, "expired": 1}
    assert {name: gateway.metric(f"gateway_commands_{name}_total") for name in expected} == expected
    assert gateway.metric("gateway_command_latency_seconds_count") == 3
