"""What happened to many commands, and what of it breaks a promise.

A history joins four things that know nothing of each other: the records that were produced, the CALLs that charge points
saw and what they did (the simulator's journal), the records on `command-results` and those on `commands-dead-letter`.
violations() is a pure function of it. Every violation has a kind, the command that it is about, and a sentence.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from .command_answers import outcome_of, response_to

DEAD_LETTER_STATES = {"failed", "timed_out", "uncertain", "expired", "unreachable", "rejected"}
TERMINAL_STATES = DEAD_LETTER_STATES | {"completed", "cancelled"}
NEVER_SENT_STATES = {"expired", "unreachable", "rejected", "cancelled"}
CODES = {
    "timed_out": {"TimedOut"},
    "uncertain": {"Uncertain"},
    "expired": {"Expired"},
    "unreachable": {"Unreachable"},
    "cancelled": {"Cancelled"},
}
# Of these names a second frame is harmless (OCPP 1.6, by action or version-independent name); all others go out once.
REPEATABLE = {
    *("ChangeAvailability", "ChangeConfiguration", "ClearCache", "GetConfiguration", "TriggerMessage"),
    *("connector.availability", "configuration.set", "cache.clear", "configuration.get", "device.trigger"),
}
STORY_LINES = 16
BUSY = 0.5  # seconds that a program may be late in telling the time of what it did


@dataclass(slots=True)
class Request:
    """One record on `commands-down`."""

    command_id: str | None  # None: malformed
    charge_point: str
    name: str
    text: str  # the record's value
    key: str
    partition: int
    body: tuple  # what is wanted: two records of one id with equal bodies are the same command
    call: tuple | None  # (charge point, action, mark) of its CALL, which no other command has; None: it must not be sent
    fault: str | None = None  # Malformed, UnknownName, BadPayload
    timeout: float = 30
    expires_at: float | None = None
    absent: bool = False  # there is no such charge point
    traceparent: str | None = None
    produced_at: float = 0


@dataclass(slots=True)
class Frame:
    """A CALL that a charge point read, and what it did."""

    charge_point: str
    action: str
    payload: object
    message_id: str
    at: float
    deed: str = ""  # answered, refused, silent, disconnected; empty: the journal does not tell
    answer: list | None = None  # the whole frame
    done_at: float = 0


@dataclass(slots=True)
class Result:
    """A record on `command-results` or `commands-dead-letter`, whose value then is `command` and `result`."""

    key: str
    value: dict
    command: object = None

    @property
    def state(self):
        return self.value["state"]

    @property
    def final(self):
        return self.value["final"]


@dataclass(slots=True)
class Violation:
    kind: str
    command_id: str | None
    text: str

    def __str__(self):
        return f"{self.kind}: {self.command_id or 'a record without a command'}: {self.text}"


@dataclass
class History:
    requests: list
    frames: list
    results: list  # in the order of each partition
    dead_letters: list
    ends: dict = field(default_factory=dict)  # charge point → times at which its connections ended
    stops: list = field(default_factory=list)  # (from, to): the gateway was away, and what it had in memory is gone
    slack: float = 2  # seconds that the clocks of the history may lie apart when all programs are busy


@dataclass(slots=True)
class Case:
    """One command id with all that is known of it."""

    command_id: str
    requests: list = field(default_factory=list)
    frames: list = field(default_factory=list)
    results: list = field(default_factory=list)
    dead_letters: list = field(default_factory=list)
    refused: list = field(default_factory=list)  # requests that were answered DuplicateId

    @property
    def accepted(self):
        """The request that is executed: the first whose body was not refused."""
        return next((each for each in self.requests if each not in self.refused), self.requests[0])

    @property
    def terminals(self):
        return [record for record in self.results if record.final]

    def story(self):
        """What is known, one line each, for people."""
        lines = [f"request {each.text}" for each in self.requests]
        lines += [f"frame   {each.message_id} at {each.at:.3f} {each.deed} {_short(each.answer)}" for each in self.frames]
        lines += [f"result  {_short(each.value)}" for each in self.results]
        lines += [f"letter  {_short(each.value)}" for each in self.dead_letters]
        return "\n    ".join(["", *lines[:STORY_LINES]])


def _short(value, limit=300):
    text = json.dumps(value)
    return text if len(text) <= limit else text[:limit] + "…"


def violations(history):
    """All of them; none is good news."""
    return _Checker(history).check()


def states(history):
    """How many commands ended in which state (by the first terminal record), and how many records had no command."""
    counted = {}
    for record in history.results:
        if record.final and record.value["commandId"] is not None:
            counted.setdefault(record.value["commandId"], record.state)
    anonymous = Counter(record.value["error"]["code"] for record in history.results if record.value["commandId"] is None)
    return Counter(counted.values()), anonymous


def call_of(frame):
    """What joins a frame with its command: charge point, action and the mark in the payload."""
    return frame.charge_point, frame.action, mark_of(frame.action, frame.payload)


def mark_of(action, payload):
    """The member of the payload that tells commands of one action apart; of Reset and ClearCache each charge point gets one."""
    name = {
        "DataTransfer": "data",
        "RemoteStartTransaction": "idTag",
        "RemoteStopTransaction": "transactionId",
        "ChangeConfiguration": "value",
        "GetConfiguration": "key",
        "ChangeAvailability": "connectorId",
        "UnlockConnector": "connectorId",
        "TriggerMessage": "connectorId",
    }.get(action)
    mark = payload.get(name) if name and isinstance(payload, dict) else None
    return mark[0] if isinstance(mark, list) and mark else mark


def at_of(record):
    return seconds(record.value["at"])


def seconds(rfc3339):
    return datetime.fromisoformat(rfc3339).timestamp()


class _Checker:
    def __init__(self, history):
        self.history = history
        self.found = []
        self.cases = {}

    def tell(self, kind, case, text):
        if isinstance(case, Case):
            self.found.append(Violation(kind, case.command_id, text + case.story()))
        else:
            self.found.append(Violation(kind, case, text))

    def check(self):
        self._join()
        for case in self.cases.values():
            self._check_end(case)
            self._check_order(case)
            self._check_frames(case)
            self._check_dead_letters(case)
            self._check_members(case)
            if len(terminals := case.terminals) > 0:
                self._check_meaning(case, terminals[0])
        return self.found

    # Joining.

    def _join(self):
        calls = {}
        for request in self.history.requests:
            if request.command_id is None:
                continue
            case = self.cases.setdefault(request.command_id, Case(request.command_id))
            case.requests.append(request)
            if request.call is not None:
                owner = calls.setdefault(request.call, case)
                assert owner is case, f"the mix gives {request.call} to two commands"
        for frame in self.history.frames:
            case = calls.get(call_of(frame))
            if case is None:
                self.tell("unrequested frame", None, f"{frame.charge_point} got {frame.action} {_short(frame.payload)}")
            else:
                case.frames.append(frame)
        for records, of_case in ((self.history.results, "results"), (self.history.dead_letters, "dead_letters")):
            for record in records:
                self._join_record(record, of_case)
        self._join_refusals()

    def _join_record(self, record, of_case):
        command_id = record.value["commandId"]
        if command_id is None:
            return
        if command_id in self.cases:
            getattr(self.cases[command_id], of_case).append(record)
        else:
            self.tell("unknown command", command_id, f"nobody asked for it: {_short(record.value)}")

    def _join_refusals(self):
        """Records that were refused as a whole are known by the text in their dead letter."""
        results, letters = defaultdict(list), defaultdict(list)
        for record in self.history.results:
            if record.value["commandId"] is None:
                results[_canonical(record.value)].append(record)
        for record in self.history.dead_letters:
            if record.value["commandId"] is None:
                letters[_canonical(record.command)].append(record)
        self._times = Counter(request.text for request in self.history.requests)
        for request in self.history.requests:
            mine = letters.get(_canonical(_as_dead_letter(request.text)), [])
            if request.command_id is None:
                self._check_refusal(request, "Malformed", mine, results)
            elif mine:
                case = self.cases[request.command_id]
                case.refused.append(request)
                self._check_refusal(request, "DuplicateId", mine, results)
        asked = {_canonical(_as_dead_letter(request.text)) for request in self.history.requests}
        for text in set(letters) - asked:
            self.tell("unexplained refusal", None, f"no such record was produced: {text}")
        told = {_canonical(record.value) for records in letters.values() for record in records}
        for text in set(results) - told:
            self.tell("refusal without dead letter", None, text)
        self._check_duplicates()

    def _check_refusal(self, request, code, letters, results):
        if not letters:
            self.tell("refusal missing", request.command_id, f"neither result nor dead letter for {request.text!r}")
            return
        if len(letters) > self._times[request.text] and not self.history.stops:
            self.tell("repeated refusal", request.command_id, f"refused {len(letters)} times: {request.text!r}")
        for letter in letters:
            value = letter.value
            if value["state"] != "rejected" or (value["error"] or {}).get("code") != code:
                self.tell("wrong refusal", request.command_id, f"{code} is due: {_short(value)}")
            if letter.key != request.key:
                self.tell("wrong key", request.command_id, f"the refusal has the key {letter.key!r} instead of {request.key!r}")
            found = results.get(_canonical(value), [])
            if not found:
                self.tell("refusal missing", request.command_id, f"its dead letter has no record among the results: {_short(value)}")
            elif any(record.key != request.key for record in found):
                self.tell("wrong key", request.command_id, f"a result of the refusal has another key than {request.key!r}")

    def _check_duplicates(self):
        for case in self.cases.values():
            refused = {request.body for request in case.refused}
            left = {request.body for request in case.requests} - refused
            if len(left) != 1:
                what = "all of its bodies were" if not left else f"{len(left)} bodies were not"
                self.tell("duplicate", case, f"of one id with several bodies one is executed; {what} refused")

    # What each command promises.

    def _check_end(self, case):
        terminals = case.terminals
        if not terminals:
            self.tell("no end", case, "it has no terminal state")
            return
        if any(record.value != terminals[0].value for record in terminals):
            self.tell("two ends", case, "its terminal records are not equal in every member")
        allowed = len(case.requests) - len(case.refused)
        if len(terminals) > allowed and not self.history.stops:
            self.tell("repeated end", case, f"{len(terminals)} terminal records for {allowed} requests, and nothing crashed")
        for record in terminals:
            if record.state not in TERMINAL_STATES:
                self.tell("wrong end", case, f"the state {record.state!r} is not terminal")

    def _check_order(self, case):
        """queued → sent → terminal → late, where only what was said before may be said again."""
        end = None
        said = []
        for record in case.results:
            value = record.value
            if value.get("late"):
                if end is None or end.state != "timed_out":
                    self.tell("late without time-out", case, f"a late record, but the end before it is {end and end.state!r}")
                if value["final"] or value["state"] not in ("completed", "failed"):
                    self.tell("wrong late record", case, "a late record tells an answer, and is not final")
            elif end is not None and not record.final and value not in said:
                self.tell("progress after the end", case, f"{record.state!r} after {end.state!r}")
            elif end is None and not record.final and not self.history.stops:
                before = said[-1]["state"] if said else None
                if (record.state == "queued" and before is not None) or (record.state == "sent" and before is None):
                    self.tell("wrong order", case, f"{record.state!r} after {before!r}")
            if record.final and end is None:
                end = record
            said.append(value)

    def _check_frames(self, case):
        request = case.accepted
        frames = case.frames
        for refused in case.refused:
            if refused.call != request.call and any(call_of(frame) == refused.call for frame in frames):
                self.tell("sent though refused", case, "the charge point got the body that was answered DuplicateId")
        if request.fault is not None and frames:
            self.tell("sent though faulty", case, f"{request.fault}, and the charge point got it")
        if request.name not in REPEATABLE and len(frames) > 1:
            self.tell("sent twice", case, f"{request.name} may not run twice, and the charge point got {len(frames)} frames")
        terminals = case.terminals
        if terminals and not self.history.stops and len(frames) > terminals[0].value["attempt"]:
            told = terminals[0].value["attempt"]
            self.tell("more frames than attempts", case, f"{len(frames)} frames, and the result tells of {told}")

    def _check_dead_letters(self, case):
        terminals = case.terminals
        if not terminals:
            return
        end, letters = terminals[0], case.dead_letters
        if end.state not in DEAD_LETTER_STATES:
            if letters:
                self.tell("needless dead letter", case, f"{end.state!r} has none")
            return
        if not letters:
            self.tell("no dead letter", case, f"{end.state!r} has one")
        if len(letters) > 1 and not self.history.stops:
            self.tell("repeated dead letter", case, f"{len(letters)} dead letters, and nothing crashed")
        commands = [_canonical(_as_dead_letter(request.text)) for request in case.requests]
        for letter in letters:
            if letter.value != end.value:
                self.tell("wrong dead letter", case, "its result is not the command's")
            if _canonical(letter.command) not in commands:
                self.tell("wrong dead letter", case, f"its command is not what was sent: {_short(letter.command)}")

    def _check_members(self, case):
        request = case.accepted
        for record in case.results + case.dead_letters:
            value = record.value
            if record.key != request.charge_point or value["chargePointId"] != request.charge_point:
                self.tell("wrong key", case, f"key {record.key!r} and chargePointId {value['chargePointId']!r}")
            if value["final"] != (value["state"] in TERMINAL_STATES and not value.get("late")):
                self.tell("wrong member", case, f"state {value['state']!r} and final {value['final']!r}")
            if value.get("traceparent") != request.traceparent:
                self.tell("wrong member", case, f"traceparent {value.get('traceparent')!r}")

    # Whether the end fits what the charge point saw.

    def _check_meaning(self, case, end):
        state, error = end.state, end.value["error"] or {}
        if state in CODES and error.get("code") not in CODES[state]:
            self.tell("wrong code", case, f"{state!r} with the code {error.get('code')!r}")
        if state in NEVER_SENT_STATES:
            self._check_never_sent(case, end)
        if state in ("completed", "failed"):
            self._check_answer(case, end)
        for record in case.results:
            if record.value.get("late"):
                self._check_answer(case, record)
        check = getattr(self, f"_check_{state}", None)
        if check is not None:
            check(case, end)

    def _check_never_sent(self, case, end):
        # What may run twice has no `sending` marker: after a crash nobody knows of a frame before it.
        seen = [frame for frame in case.frames if case.accepted.name not in REPEATABLE or not self._crashed_after(frame.at)]
        if seen:
            self.tell("seen though never sent", case, f"{end.state!r}, and the charge point got a frame")
        if not self.history.stops and end.value["attempt"] != 0:
            self.tell("wrong member", case, f"{end.state!r} after {end.value['attempt']} attempts")

    def _check_answer(self, case, record):
        value = record.value
        answers = [frame.answer for frame in case.frames if frame.answer]
        if not case.frames:
            self.tell("answer without a frame", case, f"{value['state']!r}, and the charge point got no frame")
        elif not any(self._fits(case.accepted.name, value, answer) for answer in answers):
            self.tell("another answer", case, "the charge point did not give this answer")

    def _fits(self, name, value, answer):
        if value["state"] == "failed":
            return answer[0] == 4 and value["response"] is None and (value["error"] or {}).get("code") == answer[2]
        if answer[0] != 3 or value["error"] is not None:
            return False
        return value["response"] == response_to(name, answer[2]) and value["outcome"] == outcome_of(answer[2])

    def _check_timed_out(self, case, end):
        if end.value["attempt"] < 1:
            self.tell("wrong member", case, "timed out, but never sent")
        ended = at_of(end)
        # Both times are later than the first byte, each by as much as its program was busy.
        sent = [at_of(record) for record in case.results if record.state == "sent"][-1:] + [frame.at for frame in case.frames][-1:]
        if sent and ended < min(sent) + case.accepted.timeout - BUSY:
            self.tell("too early", case, f"timed out {ended - min(sent):.1f} s after it was sent")
        if not case.frames or case.frames[-1].answer is None:
            return
        frame = case.frames[-1]
        if self._ended_between(case.accepted.charge_point, frame.at, frame.done_at + self.history.slack):
            return  # the answer may be lost
        if frame.done_at + self.history.slack < ended:
            self.tell("answered in time", case, f"timed out, though it was answered {ended - frame.done_at:.1f} s before")
        if not self._crashed_after(frame.at) and not any(record.value.get("late") for record in case.results):
            self.tell("late answer untold", case, "it was answered after the time-out, and no record tells so")

    def _check_uncertain(self, case, end):
        ended = at_of(end)
        begun = min([at_of(record) for record in case.results] + [frame.at for frame in case.frames])
        if self._crashed_between(begun, ended) or self._crashed_between(case.accepted.produced_at, ended):
            return
        if not self._ended_between(case.accepted.charge_point, begun, ended + self.history.slack):
            self.tell("uncertain without a reason", case, "its charge point was connected all the time, and nothing crashed")

    def _check_expired(self, case, end):
        expires = case.accepted.expires_at
        if expires is not None and at_of(end) < expires - BUSY:
            self.tell("too early", case, f"expired {expires - at_of(end):.1f} s before its time")

    def _check_unreachable(self, case, end):
        request = case.accepted
        if request.absent or self.history.stops:
            return
        if not self._ended_between(request.charge_point, 0, at_of(end)):
            self.tell("reachable", case, "unreachable, but its charge point never lost a connection")

    def _check_rejected(self, case, end):
        code = (end.value["error"] or {}).get("code")
        if case.accepted.fault != code:
            self.tell("rejected without a reason", case, f"rejected with {code!r}, and what is wrong is {case.accepted.fault!r}")

    def _check_completed(self, case, _):
        if case.accepted.absent:
            self.tell("another answer", case, "there is no such charge point")

    def _ended_between(self, charge_point, begin, end):
        return any(begin - self.history.slack <= at <= end for at in self.history.ends.get(charge_point, ()))

    def _crashed_between(self, begin, end):
        return any(begin <= until + self.history.slack and since - self.history.slack <= end for since, until in self.history.stops)

    def _crashed_after(self, at):
        return any(since + self.history.slack >= at for since, _ in self.history.stops)


def _as_dead_letter(text):
    """How a dead letter carries the record: as an object where it is one, else as its text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, dict) else text


def _canonical(value):
    return json.dumps(value, sort_keys=True)
