"""The checker of command histories finds each fault that is planted, and none where there is none. No gateway runs here."""

import copy
import json

import pytest

from harness.command_answers import outcome_of, response_to
from harness.command_history import Frame, History, Request, Result, mark_of, states, violations

NOON = 1_795_176_000.0  # 2026-11-20T12:00:00Z
CP = "CP-1"
CALLS = {
    "DataTransfer": ("DataTransfer", {"vendorId": "x", "data": "m"}),
    "configuration.get": ("GetConfiguration", {"key": ["m"]}),
    "configuration.set": ("ChangeConfiguration", {"key": "Colour", "value": "m"}),
    "transaction.start": ("RemoteStartTransaction", {"idTag": "m"}),
}


def at(second):
    return f"2026-11-20T12:00:{second:06.3f}Z"


class Scene:
    """A history in the making: each method is what one program does at that second."""

    def __init__(self):
        self.history = History(requests=[], frames=[], results=[], dead_letters=[])
        self.marks = 0

    def request(self, command_id, name="DataTransfer", charge_point=CP, **members):
        self.marks += 1
        action, payload = CALLS.get(name, ("", {}))
        payload = json.loads(json.dumps(payload).replace('"m"', f'"m{self.marks}"'))
        text = json.dumps({"commandId": command_id, "chargePointId": charge_point, "commandName": name, "n": self.marks})
        request = Request(
            command_id=command_id,
            charge_point=charge_point,
            name=name,
            text=text,
            key=charge_point,
            partition=0,
            body=(text,),
            call=(charge_point, action, mark_of(action, payload)) if action else None,
            timeout=5,
            expires_at=NOON + 30,
            produced_at=NOON,
        )
        for member, value in members.items():
            setattr(request, member, value)
        self.history.requests.append(request)
        self.payload = payload
        self.now = request
        return request

    def frame(self, second, deed="silent", answer=None):
        _, action, _ = self.now.call
        message_id = f"1-{len(self.history.frames)}"
        whole = {None: None, "error": [4, message_id, "InternalError", "no", {}]}.get(
            answer if isinstance(answer, str | None) else "", [3, message_id, answer]
        )
        frame = Frame(self.now.charge_point, action, self.payload, message_id, NOON + second, deed, whole, NOON + second + 0.1)
        self.history.frames.append(frame)
        if deed == "disconnected":
            self.lose_connection(second)

    def lose_connection(self, second):
        self.history.ends.setdefault(self.now.charge_point, []).append(NOON + second)

    def result(self, second, state, attempt=0, code=None, answer=None, **members):
        request = self.now
        value = {
            "commandId": request.command_id,
            "chargePointId": request.charge_point,
            "pod": "gateway-0",
            "state": state,
            "final": state not in ("queued", "sent"),
            "outcome": answer and outcome_of(answer),
            "response": answer and response_to(request.name, answer),
            "error": code and {"code": code, "message": "", "details": {}},
            "attempt": attempt,
            "at": at(second),
        } | members
        if request.traceparent:
            value["traceparent"] = request.traceparent
        self.history.results.append(Result(request.key, value))
        return value

    def letter(self, result):
        command = self.now.text
        try:
            command = json.loads(command)
        except ValueError:
            pass
        self.history.dead_letters.append(Result(self.now.key, result, command))

    def ended(self, second, state, attempt=0, code=None):
        self.letter(self.result(second, state, attempt, code))

    def sent(self, second=1):
        self.result(second - 0.5, "queued")
        self.result(second, "sent", 1)

    def refusal(self, second, code, **members):
        self.letter(self.result(second, "rejected", code=code, commandId=None, **members))

    # Commands from their begin to their end.

    def completed(self, command_id, name="DataTransfer", answer=None):
        answer = answer or {"status": "Accepted"}
        self.request(command_id, name)
        self.sent()
        self.frame(1, "answered", answer)
        self.result(1.2, "completed", 1, answer=answer)

    def failed(self, command_id):
        self.request(command_id)
        self.sent()
        self.frame(1, "refused", "error")
        self.ended(1.2, "failed", 1, "InternalError")

    def timed_out(self, command_id):
        self.request(command_id)
        self.sent()
        self.frame(1)
        self.ended(6, "timed_out", 1, "TimedOut")

    def timed_out_and_late(self, command_id):
        self.request(command_id)
        self.sent()
        self.frame(7, "answered", {"status": "Accepted"})
        self.ended(6, "timed_out", 1, "TimedOut")
        self.result(7.2, "completed", 1, answer={"status": "Accepted"}, final=False, late=True)

    def uncertain(self, command_id):
        self.request(command_id)
        self.sent()
        self.frame(1, "disconnected")
        self.ended(1.2, "uncertain", 1, "Uncertain")

    def unreachable(self, command_id):
        self.request(command_id, charge_point=f"ABSENT-{command_id}", absent=True)
        self.ended(1, "unreachable", code="Unreachable")

    def expired(self, command_id):
        self.request(command_id, charge_point=f"ABSENT-{command_id}", absent=True)
        self.result(1, "queued")
        self.ended(30.1, "expired", code="Expired")

    def rejected(self, command_id):
        self.request(command_id, "device.dance", fault="UnknownName")
        self.result(1, "queued")
        self.ended(1.1, "rejected", code="UnknownName")

    def malformed(self):
        self.request(None, fault="Malformed", text="not JSON", body=("not JSON",), call=None)
        self.refusal(1, "Malformed")

    def twice(self, command_id):
        self.completed(command_id)
        self.history.requests.append(copy.copy(self.now))
        self.history.results.append(copy.deepcopy(self.history.results[-1]))

    def with_another_body(self, command_id):
        self.completed(command_id)
        self.request(command_id)
        self.refusal(2, "DuplicateId")

    def after_a_crash(self, command_id):
        self.request(command_id)
        self.sent()
        self.frame(1, "disconnected")
        self.history.stops.append((NOON + 1, NOON + 3))
        for _ in range(2):
            self.history.results.append(Result(CP, self.result(3.5, "uncertain", 1, "Uncertain")))
            self.letter(self.history.results[-1].value)


ENDS = ["completed", "failed", "timed_out", "timed_out_and_late", "uncertain", "unreachable", "expired", "rejected"]
OTHERS = ["twice", "with_another_body", "after_a_crash"]


def kinds(history):
    return sorted({violation.kind for violation in violations(history)})


@pytest.mark.parametrize("kind", ENDS + OTHERS)
def test_a_command_that_keeps_every_promise_is_no_violation(kind):
    scene = Scene()
    getattr(scene, kind)("c-1")
    assert [str(violation) for violation in violations(scene.history)] == []


def test_a_malformed_record_that_is_answered_is_no_violation():
    scene = Scene()
    scene.malformed()
    assert [str(violation) for violation in violations(scene.history)] == []


@pytest.mark.parametrize("name", CALLS)
def test_responses_are_compared_in_the_form_of_their_name(name):
    scene = Scene()
    answer = {"status": "Accepted", "configurationKey": [{"key": "m", "readonly": True}], "unknownKey": ["n"]}
    scene.completed("c-1", name, answer)
    assert kinds(scene.history) == []
    scene.history.results[-1].value["response"] = answer if name != "DataTransfer" else {"status": "Accepted"}
    assert kinds(scene.history) == ["another answer"]


def test_all_kinds_of_commands_together_are_no_violation_and_are_counted():
    scene = Scene()
    for kind in ENDS + OTHERS[:2]:
        getattr(scene, kind)(kind)
    scene.malformed()
    assert violations(scene.history) == []
    by_state, refusals = states(scene.history)
    assert by_state["completed"] == 3 and by_state["timed_out"] == 2 and sum(by_state.values()) == 10
    assert refusals == {"Malformed": 1, "DuplicateId": 1}


def last(history, state):
    return next(record for record in reversed(history.results) if record.state == state)


def drop_results(history, state):
    history.results = [record for record in history.results if record.state != state]


def another_end(history):
    record = copy.deepcopy(history.results[-1])
    record.value["at"] = at(59)
    history.results.append(record)


def change_everywhere(history, **members):
    """The end says something else, in its dead letter too."""
    record = next(record for record in history.results if record.final)
    record.value.update(members)
    for letter in history.dead_letters:
        letter.value = record.value


def say_again(history, state):
    """Word for word, as a producer that writes again what it does not know to be there."""
    history.results.append(copy.deepcopy(last(history, state)))


def say_anew(history, state):
    say_again(history, state)
    history.results[-1].value["at"] = at(58)


def second_frame(history):
    frame = copy.copy(history.frames[-1])
    frame.message_id = "2-1"
    history.frames.append(frame)


def set_member(record, **members):
    record.value.update(members)


def set_key(record):
    record.key = "CP-9"


def stranger(history):
    record = copy.deepcopy(history.results[-1])
    record.value["commandId"] = "nobody's"
    history.results.append(record)


def foreign_frame(history):
    second_frame(history)
    history.frames[-1].payload = {"data": "nobody's"}


def answer_otherwise(history):
    history.frames[-1].answer[2] = {"status": "Rejected"}


def answer_at(history, second):
    frame = history.frames[-1]
    frame.deed, frame.done_at = "answered", NOON + second
    frame.answer = [3, frame.message_id, {"status": "Accepted"}]


def get_frame_of(history, number):
    """The charge point got what this request wants."""
    charge_point, action, mark = history.requests[number].call
    history.frames.append(Frame(charge_point, action, {"data": mark}, "1-9", NOON + 2, "silent"))


def fake_call(history):
    """A faulty command goes out all the same."""
    history.requests[0].call = (CP, "DataTransfer", "m")
    get_frame_of(history, 0)


# What is planted into which history, and the kind of violation that it must be told as.
PLANTED = {
    "a command without an end": ("completed", lambda h: drop_results(h, "completed"), "no end"),
    "a dead letter in place of an end": ("unreachable", lambda h: drop_results(h, "unreachable"), "no end"),
    "two different ends": ("completed", another_end, "two ends"),
    "an end that is told twice for nothing": ("completed", lambda h: say_again(h, "completed"), "repeated end"),
    "progress after the end": ("completed", lambda h: say_anew(h, "sent"), "progress after the end"),
    "queued twice": ("completed", lambda h: h.results.insert(1, copy.deepcopy(h.results[0])), "wrong order"),
    "sent but never queued": ("completed", lambda h: drop_results(h, "queued"), "wrong order"),
    "a late answer without a time-out": (
        "timed_out_and_late",
        lambda h: change_everywhere(h, state="uncertain", error={"code": "Uncertain"}),
        "late without time-out",
    ),
    "a late answer before the time-out": ("timed_out_and_late", lambda h: h.results.insert(2, h.results.pop()), "late without time-out"),
    "a late answer that is final": ("timed_out_and_late", lambda h: set_member(h.results[-1], final=True), "wrong late record"),
    "a late answer that nobody tells": ("timed_out_and_late", lambda h: h.results.pop(), "late answer untold"),
    "a late answer that nobody gave": (
        "timed_out_and_late",
        lambda h: set_member(h.results[-1], outcome="Rejected"),
        "another answer",
    ),
    "a command that may not run twice and does": ("completed", second_frame, "sent twice"),
    "more frames than the result tells": ("completed", second_frame, "more frames than attempts"),
    "an answer without a frame": ("completed", lambda h: h.frames.clear(), "answer without a frame"),
    "an answer that was not given": ("completed", answer_otherwise, "another answer"),
    "an outcome that was not given": ("completed", lambda h: set_member(h.results[-1], outcome="Rejected"), "another answer"),
    "a CALLERROR that was not given": ("failed", lambda h: h.frames[-1].answer.__setitem__(2, "Other"), "another answer"),
    "failed where the answer was no CALLERROR": ("failed", lambda h: answer_at(h, 1.1), "another answer"),
    "uncertain on a connection that lived": ("uncertain", lambda h: h.ends.clear(), "uncertain without a reason"),
    "timed out though answered at once": ("timed_out", lambda h: answer_at(h, 1.1), "answered in time"),
    "timed out before its time": ("timed_out", lambda h: change_everywhere(h, at=at(3)), "too early"),
    "expired before its time": ("expired", lambda h: change_everywhere(h, at=at(3)), "too early"),
    "unreachable and yet seen": ("unreachable", lambda h: get_frame_of(h, 0), "seen though never sent"),
    "expired and yet seen": ("expired", lambda h: get_frame_of(h, 0), "seen though never sent"),
    "unreachable though connected": ("unreachable", lambda h: setattr(h.requests[0], "absent", False), "reachable"),
    "a faulty command that is sent": ("rejected", fake_call, "sent though faulty"),
    "a sound command that is rejected": ("rejected", lambda h: setattr(h.requests[0], "fault", None), "rejected without a reason"),
    "rejected with another code": (
        "rejected",
        lambda h: change_everywhere(h, error={"code": "Overloaded"}),
        "rejected without a reason",
    ),
    "an end with a code of another": ("expired", lambda h: change_everywhere(h, error={"code": "TimedOut"}), "wrong code"),
    "a result with the key of another": ("completed", lambda h: set_key(h.results[-1]), "wrong key"),
    "a result for another charge point": ("completed", lambda h: set_member(h.results[0], chargePointId="CP-9"), "wrong key"),
    "a dead letter with the key of another": ("expired", lambda h: set_key(h.dead_letters[0]), "wrong key"),
    "an end that is not final": ("completed", lambda h: set_member(h.results[1], final=True), "wrong member"),
    "a trace that is not the command's": ("completed", lambda h: set_member(h.results[0], traceparent="x"), "wrong member"),
    "no dead letter": ("expired", lambda h: h.dead_letters.clear(), "no dead letter"),
    "a dead letter too many": ("expired", lambda h: h.dead_letters.append(h.dead_letters[0]), "repeated dead letter"),
    "a dead letter of a success": (
        "completed",
        lambda h: h.dead_letters.append(Result(CP, h.results[-1].value, json.loads(h.requests[0].text))),
        "needless dead letter",
    ),
    "a dead letter with another result": (
        "expired",
        lambda h: setattr(h.dead_letters[0], "value", h.dead_letters[0].value | {"at": at(50)}),
        "wrong dead letter",
    ),
    "a dead letter with another command": ("expired", lambda h: h.dead_letters[0].command.clear(), "wrong dead letter"),
    "a result that nobody asked for": ("completed", stranger, "unknown command"),
    "a frame that nobody asked for": ("completed", foreign_frame, "unrequested frame"),
    "another body that is not refused": (
        "with_another_body",
        lambda h: (h.dead_letters.clear(), h.results.pop()),
        "duplicate",
    ),
    "another body that is refused without a result": ("with_another_body", lambda h: h.results.pop(), "refusal missing"),
    "another body that is refused and sent": ("with_another_body", lambda h: get_frame_of(h, 1), "sent though refused"),
    "another body that is refused with another code": (
        "with_another_body",
        lambda h: set_member(h.results[-1], error={"code": "Malformed"}),
        "wrong refusal",
    ),
    "a repeated body that is refused, too": (
        "with_another_body",
        lambda h: h.requests.pop(0) and None,
        "duplicate",
    ),
    "after a crash two different ends": ("after_a_crash", another_end, "two ends"),
    "after a crash a second frame": ("after_a_crash", second_frame, "sent twice"),
    "after a crash no end": ("after_a_crash", lambda h: drop_results(h, "uncertain"), "no end"),
    "after a crash progress again": ("after_a_crash", lambda h: say_anew(h, "sent"), "progress after the end"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault):
    kind, plant, due = PLANTED[fault]
    scene = Scene()
    getattr(scene, kind)("c-1")
    plant(scene.history)
    scene.completed("bystander")
    found = violations(scene.history)
    assert due in {violation.kind for violation in found}
    assert "bystander" not in {violation.command_id for violation in found}


@pytest.mark.parametrize(
    "plant, due",
    [
        (lambda h: (h.results.clear(), h.dead_letters.clear()), "refusal missing"),
        (lambda h: h.dead_letters.clear(), "refusal without dead letter"),
        (lambda h: h.results.clear(), "refusal missing"),
        (lambda h: set_key(h.results[0]), "wrong key"),
        (lambda h: set_key(h.dead_letters[0]), "wrong key"),
        (lambda h: set_member(h.results[0], error={"code": "BadPayload"}), "wrong refusal"),
        (lambda h: h.dead_letters.append(Result(CP, h.results[0].value, "another text")), "unexplained refusal"),
        (lambda h: (h.results.append(h.results[0]), h.dead_letters.append(h.dead_letters[0])), "repeated refusal"),
    ],
)
def test_a_malformed_record_that_is_not_answered_as_it_should_is_found(plant, due):
    scene = Scene()
    scene.malformed()
    plant(scene.history)
    assert due in kinds(scene.history)


@pytest.mark.parametrize("state", ["queued", "sent"])
def test_a_producer_may_say_again_what_it_said_word_for_word(state):
    scene = Scene()
    scene.completed("c-1")
    say_again(scene.history, state)
    assert kinds(scene.history) == []


def test_a_command_that_may_run_twice_may_be_sent_twice():
    scene = Scene()
    scene.request("c-1", "configuration.set")
    scene.sent()
    scene.frame(1, "disconnected")
    scene.result(3, "sent", 2)
    scene.frame(3, "answered", {"status": "Accepted"})
    scene.result(3.2, "completed", 2, answer={"status": "Accepted"})
    assert [str(violation) for violation in violations(scene.history)] == []


def test_a_violation_tells_the_whole_story():
    scene = Scene()
    scene.completed("c-1")
    second_frame(scene.history)
    told = next(str(each) for each in violations(scene.history) if each.kind == "sent twice")
    for word in ("c-1", "DataTransfer may not run twice", "request", "frame   2-1", "result", "completed"):
        assert word in told
