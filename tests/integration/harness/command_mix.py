"""Commands of every kind for a fleet, from a seed: what may run twice and what may not, by OCPP action and by
version-independent name, with every priority, for charge points that are there and some that are not, with duplicates and
mistakes. Each carries a mark that no other command of its action and charge point has, so that its CALL is recognised.
"""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from .command_history import Request, seconds

_PRIORITIES = ["low", "normal", "normal", "normal", "high", "emergency"]
# Name → (action, payload for the mark, the mark in its CALL). A mark is a number.
_KINDS = {
    "DataTransfer": lambda n: ("DataTransfer", {"vendorId": "com.example", "data": f"m{n}"}, f"m{n}"),
    "data.transfer": lambda n: ("DataTransfer", {"vendorId": "com.example", "messageId": "x", "data": f"m{n}"}, f"m{n}"),
    "RemoteStartTransaction": lambda n: ("RemoteStartTransaction", {"idTag": f"m{n}", "connectorId": 1}, f"m{n}"),
    "transaction.start": lambda n: ("RemoteStartTransaction", {"connectorId": 1, "idTag": f"m{n}"}, f"m{n}"),
    "RemoteStopTransaction": lambda n: ("RemoteStopTransaction", {"transactionId": n}, n),
    "transaction.stop": lambda n: ("RemoteStopTransaction", {"transactionId": str(n)}, n),
    "UnlockConnector": lambda n: ("UnlockConnector", {"connectorId": n}, n),
    "connector.unlock": lambda n: ("UnlockConnector", {"connectorId": n}, n),
    "ChangeConfiguration": lambda n: ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": f"m{n}"}, f"m{n}"),
    "configuration.set": lambda n: ("ChangeConfiguration", {"value": f"m{n}", "key": "Colour"}, f"m{n}"),
    "GetConfiguration": lambda n: ("GetConfiguration", {"key": [f"m{n}", "NumberOfConnectors"]}, f"m{n}"),
    "configuration.get": lambda n: ("GetConfiguration", {"keys": [f"m{n}", "HeartbeatInterval"]}, f"m{n}"),
    "ChangeAvailability": lambda n: ("ChangeAvailability", {"type": "Operative", "connectorId": n}, n),
    "connector.availability": lambda n: ("ChangeAvailability", {"operative": False, "connectorId": n}, n),
    "TriggerMessage": lambda n: ("TriggerMessage", {"requestedMessage": "Heartbeat", "connectorId": n}, n),
    "device.trigger": lambda n: ("TriggerMessage", {"message": "MeterValues", "connectorId": n}, n),
}
# Their payload has no place for a mark: each charge point gets one of each action.
_ONCE_FOR_EACH = {
    "Reset": lambda _: ("Reset", {"type": "Soft"}, None),
    "device.reset": lambda _: ("Reset", {"type": "hard"}, None),
    "ClearCache": lambda _: ("ClearCache", {}, None),
    "cache.clear": lambda _: ("ClearCache", {}, None),
}
_MALFORMED = [
    lambda n, _: f"not JSON, {n}",
    lambda n, charge_point: json.dumps({"chargePointId": charge_point, "commandName": "ClearCache", "payload": {"n": n}}),
    lambda n, charge_point: json.dumps({"commandId": f"bad-{n}", "chargePointId": charge_point, "commandName": 7}),
    lambda n, charge_point: json.dumps(
        {"commandId": f"bad-{n}", "chargePointId": charge_point, "commandName": "Reset", "timeoutSeconds": 0}
    ),
    lambda n, _: json.dumps([n]),
]


@dataclass(frozen=True)
class Shares:
    """Of all records; what is left are commands that a charge point should get."""

    absent_reject: float = 0.02
    absent_wait: float = 0.02
    malformed: float = 0.01
    unknown_name: float = 0.01
    bad_payload: float = 0.01
    same_again: float = 0.02
    other_body: float = 0.01
    once_for_each: float = 0.02


class Mix:
    """Makes requests one by one; `charge_points` are the ids of the fleet, dealt in turn: one that is there twice gets twice as many."""

    def __init__(self, charge_points, partitions, seed, timeout, expiry, wait_expiry=3, shares=None, across_partitions=True):
        self._charge_points = charge_points
        self._partitions = partitions
        self._random = random.Random(seed)
        self._timeout = timeout
        self._expiry = expiry
        self._wait_expiry = wait_expiry
        self._shares = shares or Shares()
        self._across = across_partitions  # whether a duplicate may lie in another partition than the first
        self._number = 0
        self._once = []  # (charge point, name): what has not been given yet
        self._recent = []  # for duplicates
        self._prefix = f"c{seed}"
        for charge_point in dict.fromkeys(charge_points):
            for names in (("Reset", "device.reset"), ("ClearCache", "cache.clear")):
                self._once.append((charge_point, self._random.choice(names)))
        self._random.shuffle(self._once)

    def make(self, now):
        """The next record; `now` is the wall clock."""
        self._number += 1
        kinds = vars(self._shares)
        kind = self._random.choices([*kinds, "plain"], [*kinds.values(), max(0, 1 - sum(kinds.values()))])[0]
        if kind in ("same_again", "other_body") and not self._recent:
            kind = "plain"
        request = getattr(self, f"_{kind}")(now)
        request.produced_at = now
        return request

    def _turn(self):
        return self._charge_points[self._number % len(self._charge_points)]

    def _plain(self, now):
        request = self._command(self._turn(), self._random.choice(list(_KINDS)), now)
        self._recent = [request, *self._recent[:199]]
        return request

    def _once_for_each(self, now):
        if not self._once:
            return self._plain(now)
        charge_point, name = self._once.pop()
        return self._command(charge_point, name, now)

    def _absent_reject(self, now):
        return self._command(f"ABSENT-{self._number}", self._random.choice(list(_KINDS)), now, absent=True)

    def _absent_wait(self, now):
        charge_point = f"ABSENT-{self._number}"
        members = {"ifOffline": "wait", "expiresAt": _rfc3339(now + self._wait_expiry)}
        request = self._command(charge_point, self._random.choice(list(_KINDS)), now, absent=True, members=members)
        request.expires_at = seconds(members["expiresAt"])
        return request

    def _malformed(self, now):
        charge_point = self._turn()
        text = self._random.choice(_MALFORMED)(self._number, charge_point)
        return Request(
            command_id=None,
            charge_point=charge_point,
            name="",
            text=text,
            key=charge_point,
            partition=self._partition(),
            body=(text,),
            call=None,
            fault="Malformed",
        )

    def _unknown_name(self, now):
        return self._command(self._turn(), self._random.choice(["NoSuchAction", "device.dance", "Heartbeat"]), now)

    def _bad_payload(self, now):
        name, payload = self._random.choice(
            [
                ("RemoteStartTransaction", {"connectorId": 1}),
                ("transaction.start", {"idTag": "x" * 21}),
                ("ChangeConfiguration", {"key": "Colour", "value": 7}),
                ("Reset", {"type": "Lukewarm"}),
                ("configuration.get", {"keys": "Colour"}),
                ("device.trigger", {"message": "Heartbeat", "evseId": 1}),
            ]
        )
        return self._command(self._turn(), name, now, payload=payload, fault="BadPayload")

    def _same_again(self, now):
        """A client that repeats itself: the same wish, its times set anew."""
        first = self._random.choice(self._recent)
        text = json.dumps(json.loads(first.text) | {"createdAt": _rfc3339(now)})
        return self._copy(first, text=text)

    def _other_body(self, now):
        first = self._random.choice(self._recent)
        action, payload, mark = _KINDS["DataTransfer"](self._number)
        text = json.dumps(json.loads(first.text) | {"commandName": action, "payload": payload})
        return self._copy(first, text=text, name=action, body=_body(text), call=(first.charge_point, action, mark))

    def _copy(self, first, **changes):
        members = {name: getattr(first, name) for name in Request.__slots__}
        partition = self._partition() if self._across else first.partition
        return Request(**(members | {"partition": partition} | changes))

    def _command(self, charge_point, name, now, payload=None, fault=None, absent=False, members=None):
        call = None
        if payload is None and name in _KINDS | _ONCE_FOR_EACH:
            action, payload, mark = (_KINDS | _ONCE_FOR_EACH)[name](self._number)
            call = (charge_point, action, mark)
        elif payload is None:
            payload, fault = {"n": self._number}, "UnknownName"
        command = {
            "commandId": f"{self._prefix}-{self._number}",
            "chargePointId": charge_point,
            "commandName": name,
            "payload": payload,
            "priority": self._random.choice(_PRIORITIES),
            "createdAt": _rfc3339(now),
            "expiresAt": _rfc3339(now + self._expiry),
            "timeoutSeconds": self._timeout,
        } | (members or {})
        if self._random.random() < 0.1:
            command["traceparent"] = f"00-{self._random.getrandbits(128):032x}-{self._random.getrandbits(64):016x}-01"
        text = json.dumps(command)
        return Request(
            command_id=command["commandId"],
            charge_point=charge_point,
            name=name,
            text=text,
            key=charge_point,
            partition=self._partition(),
            body=_body(text),
            call=call,
            fault=fault,
            timeout=self._timeout,
            expires_at=seconds(command["expiresAt"]),
            absent=absent,
            traceparent=command.get("traceparent"),
        )

    def _partition(self):
        return self._random.randrange(self._partitions)


def _body(text):
    command = json.loads(text)
    wanted = ("chargePointId", "commandName", "priority", "timeoutSeconds", "ifOffline")
    return (*(command.get(member) for member in wanted), json.dumps(command["payload"]))


def _rfc3339(at):
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
