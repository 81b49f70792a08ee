"""Who may charge and which charge point is welcome: as the registry knows it, and as a back end decides."""

from threading import Thread

import httpx
import pytest

from harness.back_end import BackEnd
from harness.charge_point import BOOT, PATIENCE, charge_point, meter_values, start_transaction, stop_transaction
from harness.gateway import run_gateway
from harness.waiting import eventually

GATEWAY = {"decisions.mode": "registry", "decisions.boot_retry_interval": "7s"}


def api(gateway, method, path, **options):
    return httpx.request(method, gateway.at.api + path, trust_env=False, timeout=PATIENCE, **options)


def put(gateway, path, body):
    answer = api(gateway, "PUT", path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def authorize(station, id_tag):
    return station.call("Authorize", {"idTag": id_tag})["idTagInfo"]


# ---- the registry


@pytest.mark.parametrize("status", ["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"])
def test_an_id_tag_is_what_it_was_provisioned_as(gateway, station, status):
    put(gateway, f"/v1/id-tags/tag-{status}", {"status": status, "parentIdTag": "FLEET"})
    assert authorize(station, f"TAG-{status}") == {"status": status, "parentIdTag": "FLEET"}
    (event,) = gateway.topic.wait_for(station.id, "authorization.requested")
    assert event["data"]["authorization"] == {"idTag": f"TAG-{status}", "status": status, "parentIdTag": "FLEET"}


def test_an_unknown_id_tag_is_invalid_and_so_is_one_that_was_deleted(gateway, station):
    assert authorize(station, "NOBODY") == {"status": "Invalid"}
    put(gateway, "/v1/id-tags/SOMEBODY", {"status": "Accepted"})
    assert authorize(station, "SOMEBODY") == {"status": "Accepted"}
    assert api(gateway, "DELETE", "/v1/id-tags/SOMEBODY").status_code == 204
    assert authorize(station, "SOMEBODY") == {"status": "Invalid"}


def test_an_id_tag_past_its_date_is_expired(gateway, station):
    put(gateway, "/v1/id-tags/OLD", {"status": "Accepted", "expiryDate": "2024-12-31T22:59:59Z"})
    put(gateway, "/v1/id-tags/NEW", {"status": "Accepted", "expiryDate": "2099-01-01T00:00:00+01:00"})
    assert authorize(station, "OLD") == {"status": "Expired", "expiryDate": "2024-12-31T22:59:59Z"}
    assert authorize(station, "NEW") == {"status": "Accepted", "expiryDate": "2098-12-31T23:00:00Z"}


def test_a_parent_that_1_6_cannot_carry_is_left_out(gateway, station):
    put(gateway, "/v1/id-tags/CHILD", {"status": "Accepted", "parentIdTag": "x" * 21})
    assert authorize(station, "CHILD") == {"status": "Accepted"}


def test_a_transaction_of_an_unknown_id_tag_is_recorded_all_the_same(gateway, station):
    answer = station.call("StartTransaction", start_transaction(idTag="STRANGER"))
    assert answer["idTagInfo"] == {"status": "Invalid"} and answer["transactionId"] > 0
    (event,) = gateway.topic.wait_for(station.id, "transaction.started")
    assert event["data"]["transaction"]["status"] == "Invalid"
    assert event["data"]["transaction"]["id"] == str(answer["transactionId"])


def test_a_transaction_without_an_id_tag_is_recorded_and_nobody_may_charge_in_it(gateway, station):
    payload = start_transaction()
    del payload["idTag"]
    answer = station.call("StartTransaction", payload)
    assert answer["idTagInfo"] == {"status": "Invalid"} and answer["transactionId"] > 0
    (event,) = gateway.topic.wait_for(station.id, "transaction.started")
    assert event["data"]["transaction"]["status"] == "Invalid"


def test_the_end_of_a_transaction_lets_no_id_tag_into_the_charge_points_cache(gateway, station):
    put(gateway, "/v1/id-tags/STOLEN", {"status": "Blocked"})
    session = station.call("StartTransaction", start_transaction(idTag="STOLEN"))
    assert session["idTagInfo"] == {"status": "Blocked"}
    assert station.call("StopTransaction", stop_transaction(session["transactionId"], idTag="STOLEN")) == {}


def test_a_charge_point_is_rejected_until_it_is_known_and_then_admitted_as_told(gateway, station):
    def booted():
        answer = station.call("BootNotification", BOOT)
        return answer["status"], answer["interval"]

    path = f"/v1/charge-points/{station.id}"
    assert booted() == ("Rejected", 7)
    assert put(gateway, path, {"admission": "pending"}) == {"admission": "pending"}
    assert booted() == ("Pending", 7)
    assert put(gateway, path, {}) == {"admission": "accept"}
    assert booted() == ("Accepted", 300)
    put(gateway, path, {"admission": "reject"})
    assert booted() == ("Rejected", 7)
    assert api(gateway, "DELETE", path).status_code == 204
    assert booted() == ("Rejected", 7)
    assert api(gateway, "DELETE", path).status_code == 404
    events = gateway.topic.wait_for(station.id, "device.online", count=5)
    told = [event["data"]["decision"] for event in events]
    assert told[:3] == [
        {"status": "Rejected", "intervalSeconds": 7},
        {"status": "Pending", "intervalSeconds": 7},
        {"status": "Accepted", "intervalSeconds": 300},
    ]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/id-tags/A", {}, "status"),
        ("/v1/id-tags/A", {"status": "Welcome"}, "status"),
        ("/v1/id-tags/A", {"status": "Accepted", "expiryDate": "soon"}, "expiryDate"),
        ("/v1/id-tags/A", {"status": "Accepted", "expiryDate": "2027-02-28T10:00:00"}, "expiryDate"),
        ("/v1/id-tags/A", {"status": "Accepted", "parent": "B"}, "parent"),
        ("/v1/charge-points/A", {"admission": "Accepted"}, "admission"),
        ("/v1/charge-points/A", {"profile": 7}, "profile"),
    ],
)
def test_what_is_wrong_with_a_body_is_named(gateway, path, body, field):
    answer = api(gateway, "PUT", path, json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


# ---- a back end


@pytest.fixture
def back_end():
    opened = BackEnd()
    yield opened
    assert opened.signatures_wrong == 0
    opened.close()


@pytest.fixture
def ask_back_end(back_end, start_gateway, tmp_path):
    """A gateway whose decisions are the back end's."""

    def start(**settings):
        return start_gateway(back_end.settings(tmp_path, **settings))

    return start


def decisions_by(gateway, whom):
    return gateway.metric("gateway_decisions_total", by=whom)


def test_every_decision_is_counted(gateway, station):
    def decided():
        return sum(decisions_by(gateway, whom) for whom in ("gateway", "registry", "webhook", "cache", "fallback"))

    before = decided()
    assert [authorize(station, id_tag)["status"] for id_tag in ("NOBODY", "a\nb")] == ["Invalid"] * 2
    station.call("StartTransaction", start_transaction(idTag=""))
    assert station.call("BootNotification", BOOT)["status"] == "Rejected"
    assert decided() == before + 4


def test_the_back_end_decides_who_may_charge(ask_back_end, back_end, cp_id):
    gateway = ask_back_end()
    back_end.decide = lambda question: {"status": question["idTag"], "parentIdTag": "FLEET"}
    with charge_point(gateway, cp_id) as station:
        for status in ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"):
            assert authorize(station, status) == {"status": status, "parentIdTag": "FLEET"}
        assert back_end.questions[0] == {"type": "authorize", "chargePointId": cp_id, "idTag": "Accepted"}
        started = station.call("StartTransaction", start_transaction(idTag="ACCEPTED"))
        assert started["idTagInfo"]["status"] == "Accepted"
        assert len(back_end.questions) == 5, "what was granted is kept for a while"
    assert decisions_by(gateway, "webhook") == 5 and decisions_by(gateway, "cache") == 1


def test_the_back_end_lets_a_charge_point_wait_and_then_in(ask_back_end, back_end, cp_id):
    gateway = ask_back_end()
    answers = iter([{"status": "Pending", "intervalSeconds": 11}, {"status": "Rejected"}, {"status": "Accepted"}])
    back_end.decide = lambda question: next(answers)
    with charge_point(gateway, cp_id) as station:
        answered = [station.call("BootNotification", BOOT) for _ in range(3)]
    assert [(one["status"], one["interval"]) for one in answered] == [("Pending", 11), ("Rejected", 60), ("Accepted", 300)]
    assert back_end.questions[0] == {"type": "boot", "chargePointId": cp_id, "vendor": "Acme", "model": "One"}


@pytest.mark.parametrize(
    ("fallback", "permission", "admission"), [("accept", "Accepted", "Accepted"), ("reject", "Invalid", "Pending")]
)
def test_a_back_end_that_is_slow_is_not_waited_for(ask_back_end, back_end, cp_id, fallback, permission, admission):
    gateway = ask_back_end(fallback=fallback, webhook_timeout="200ms")
    with back_end.hanging(), charge_point(gateway, cp_id) as station:
        assert authorize(station, "ABC") == {"status": permission}
        assert station.call("BootNotification", BOOT)["status"] == admission
        started = station.call("StartTransaction", start_transaction())
        assert started["idTagInfo"]["status"] == permission
    assert gateway.metric("gateway_webhook_failures_total", reason="timeout") == 3
    assert decisions_by(gateway, "fallback") == 3


def test_what_was_said_behind_an_open_question_is_told_although_the_charge_point_leaves(ask_back_end, back_end, cp_id):
    gateway = ask_back_end()
    with back_end.hanging(), charge_point(gateway, cp_id) as station:
        station.start_call("Authorize", {"idTag": "A"})
        station.start_call("StopTransaction", stop_transaction(7))
    gateway.topic.wait_for(cp_id, "device.disconnected")
    assert [event["type"] for event in gateway.topic.events(cp_id)] == [
        "device.connected", "transaction.ended", "device.disconnected",
    ]


def test_everybody_else_is_served_while_the_back_end_hangs(ask_back_end, back_end, cp_id):
    gateway = ask_back_end(webhook_timeout="10s")
    with back_end.hanging(), charge_point(gateway, cp_id) as waiting, charge_point(gateway, f"{cp_id}-calm") as calm:
        asked = waiting.start_call("Authorize", {"idTag": "ABC"})
        eventually(PATIENCE, lambda: back_end.questions)
        assert calm.call("Heartbeat")["currentTime"]
        calm.call("MeterValues", meter_values(1))
        commanded = []
        command = {"commandName": "ClearCache", "timeoutSeconds": 30}
        giving = Thread(
            target=lambda: commanded.append(
                api(gateway, "POST", f"/v1/charge-points/{calm.id}/commands?wait=10", json=command).json()["state"]
            )
        )
        giving.start()
        message_id, _ = calm.hear_call("ClearCache")
        calm.answer(message_id, {"status": "Accepted"})
        giving.join(2 * PATIENCE)
        assert commanded == ["completed"]
        back_end.go_on()
        assert waiting.answer_to(asked)[2] == {"idTagInfo": {"status": "Accepted"}}


def test_a_back_end_that_is_away_opens_the_circuit_which_closes_when_it_is_back(ask_back_end, back_end, cp_id):
    gateway = ask_back_end()

    def circuit():
        return gateway.metric("gateway_circuit_state", dependency="webhook")

    with charge_point(gateway, cp_id) as station:
        assert authorize(station, "A") == {"status": "Accepted"}
        back_end.close()
        for number in range(5):
            assert authorize(station, f"B{number}") == {"status": "Invalid"}
        assert circuit() == 2
        ready = gateway.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json()["dependencies"]["webhook"]["state"] == "down"
        assert ready.json()["dependencies"]["webhook"]["problem"]
        assert authorize(station, "A") == {"status": "Accepted"}, "what was granted is known still"
        session = station.call("StartTransaction", start_transaction(idTag="C"))
        station.call("StopTransaction", stop_transaction(session["transactionId"]))
        asked = len(back_end.questions)
        back_end.open()
        eventually(PATIENCE, lambda: authorize(station, "D") == {"status": "Accepted"})
        assert len(back_end.questions) > asked and circuit() == 0
    assert gateway.get("/health/ready").json()["dependencies"]["webhook"]["state"] == "up"
    assert [line["level"] for line in gateway.log(message="the webhook is back")] == ["info"]


@pytest.mark.parametrize(
    "answer",
    [
        (200, ""),
        (200, "Accepted"),
        (200, '{"status":"Perhaps"}'),
        (200, '{"status":"Accepted","expiryDate":"soon"}'),
        (200, '{"status":"Accepted","x":"' + "x" * 100_000 + '"}'),
        (404, '{"status":"Accepted"}'),
        (302, '{"status":"Accepted"}'),
        (500, '{"status":"Accepted"}'),
    ],
)
def test_an_answer_that_is_none_leaves_the_fallback(ask_back_end, back_end, cp_id, answer):
    gateway = ask_back_end()
    back_end.decide = lambda question: answer
    with charge_point(gateway, cp_id) as station:
        assert authorize(station, "ABC") == {"status": "Invalid"}
        back_end.decide = lambda question: {"status": "Accepted"}
        assert authorize(station, "ABC") == {"status": "Accepted"}
    assert gateway.metric("gateway_webhook_failures_total") == 1


def test_an_id_tag_is_never_in_the_log(start_gateway, back_end, tmp_path, cp_id):
    gateway = start_gateway(back_end.settings(tmp_path) | {"log.level": "debug"})
    back_end.decide = lambda question: {"status": question["idTag"]}
    with charge_point(gateway, cp_id) as station:
        assert authorize(station, "CARD-C0FFEE") == {"status": "Invalid"}
        back_end.close()
        for _ in range(6):
            authorize(station, "CARD-C0FFEE")
        back_end.open()
    assert gateway.log(message="the webhook's answer cannot be used")
    assert "C0FFEE" not in gateway.log_text()


# ---- its configuration


def test_what_the_webhook_needs_is_told(tmp_path):
    done = run_gateway(tmp_path, {"decisions.mode": "webhook"}, arguments=["--check-config"])
    assert done.returncode == 1
    assert "decisions.webhook_url" in done.stderr + done.stdout
    assert "decisions.webhook_secret_file" in done.stderr + done.stdout


def test_https_is_a_mistake_that_says_so(tmp_path):
    done = run_gateway(tmp_path, {"decisions.webhook_url": "https://back-end/decide"}, arguments=["--check-config"])
    assert done.returncode == 1
    assert "TLS" in done.stderr + done.stdout
