"""A scene: one charge point, what it says, what it is told to do, and what the log must tell of it.

Each step holds what came against what was due, to the letter, and the payloads of both sides against their published schemas.
The events that are due gather on the way; `ends` finds them in the log: these, in this order, and no others.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .charge_point import BOOT, ChargePoint
from .command_answers import outcome_of, response_to
from .commands import ACCEPTED, PATIENCE, Commands, HttpCommands
from .golden import filled
from .jsontext import raw
from .schemas import assert_valid
from .topic import Follower, assert_in_order

AVAILABILITY = {
    "Available": "available",
    "Preparing": "occupied",
    "Charging": "occupied",
    "SuspendedEV": "occupied",
    "SuspendedEVSE": "occupied",
    "Finishing": "occupied",
    "Reserved": "reserved",
    "Unavailable": "unavailable",
    "Faulted": "faulted",
}
DEVICE = {
    "chargePointVendor": "vendor",
    "chargePointModel": "model",
    "chargePointSerialNumber": "serialNumber",
    "firmwareVersion": "firmwareVersion",
    "iccid": "iccid",
    "imsi": "imsi",
    "meterType": "meterType",
    "meterSerialNumber": "meterSerialNumber",
}
OF_ALL_EVENTS = ("chargePoint", "pod", "connection", "ocpp")


def in_normal_form(sample):
    """What the log tells of a sample: what was left out has the specification's default (OCPP 1.6 7.43)."""
    told = {"measurand": "Energy.Active.Import.Register", "location": "Outlet", "context": "Sample.Periodic"} | sample
    if told["measurand"].startswith("Energy."):
        told.setdefault("unit", "Wh")
    return told | {"format": "signed" if sample.get("format") == "SignedData" else "raw"}


def as_told(meter):
    return [{"timestamp": each["timestamp"], "samples": [in_normal_form(one) for one in each["sampledValue"]]} for each in meter]


@dataclass
class Due:
    """An event that the log must have: its data but for what all events carry, and the message that it tells, where it tells one."""

    type: str
    data: dict
    message: dict | None = None
    payload_text: str | None = None

    def assert_is(self, record):
        event = record.event
        assert_valid(event, "event.json")
        told = {name: value for name, value in event["data"].items() if name not in OF_ALL_EVENTS}
        assert told == filled({"flags": []} | self.data, told)
        if self.message is not None:
            source = {name: event["data"]["ocpp"][name] for name in ("action", "messageId")}
            assert source == self.message
            assert raw(record.value, "data", "ocpp", "payload") == self.payload_text


class Stage:
    """What the scenes of one gateway share."""

    def __init__(self, gateway, schemas):
        self.gateway = gateway
        self.schemas = schemas
        self.events = Follower(gateway.topic)
        self.kafka = Commands(gateway)
        self.http = HttpCommands(gateway)
        self.waiting = ThreadPoolExecutor(1)  # for the request whose CALL is heard meanwhile

    def close(self):
        self.waiting.shutdown()
        self.events.close()
        self.kafka.__exit__()
        self.http.__exit__()

    def ask(self, method, path, **options):
        return self.http.ask(method, path, **options)


class Scene:
    def __init__(self, stage, charge_point_id):
        self.id = charge_point_id
        self.stage = stage
        self._due = []
        self._device_time = datetime.now(timezone.utc)
        self.arrives()

    def time(self):
        """The device's clock: a minute later each time it is read, and never before its connection."""
        self._device_time += timedelta(minutes=1)
        return self._device_time.strftime("%Y-%m-%dT%H:%M:%SZ")

    # Its connections.

    def arrives(self):
        self.station = ChargePoint(self.stage.gateway, self.id)
        self.tells("device.connected", {"securityProfile": 0})

    def leaves(self):
        self.station.close()
        self._is_gone({"code": 1000, "reason": "", "by": "device"})

    def is_cut_off(self):
        self.station.vanish()
        self._is_gone({"code": 1006, "reason": "<text>", "by": "network"})
        self.station.close()

    def reboots(self):
        self.leaves()
        self.arrives()
        self.boots()

    def _is_gone(self, disconnect):
        # A connection that is opened before would displace this one.
        self.tells("device.disconnected", {"disconnect": disconnect | {"seconds": "<number>"}})
        self.stage.events.wait_for(self.id, len(self._due))

    def ends(self):
        """It leaves; the log has every event that is due, in order, and no others."""
        self.leaves()
        records = self.stage.events.records_of(self.id)
        assert [record.event["type"] for record in records] == [due.type for due in self._due]
        for record, due in zip(records, self._due, strict=True):
            due.assert_is(record)
        assert_in_order(records)
        ids = [record.event["id"] for record in records]
        assert len(set(ids)) == len(ids)

    # What it says.

    def says(self, action, payload=None, hears=None, told=None):
        """Its CALL, the answer that is due, and the type and data of the event that is. `<now>`, `<number>`: as in golden sessions."""
        payload = payload or {}
        self.stage.schemas.assert_valid(action, "request", payload)
        message_id = self.station.start_call(action, payload)
        kind, _, answer, *_ = self.station.answer_to(message_id)
        assert kind == 3, answer
        self.stage.schemas.assert_valid(action, "response", answer)
        assert answer == filled(hears or {}, answer)
        if told:
            self.tells(*told, message={"action": action, "messageId": message_id}, payload_text=json.dumps(payload))
        return answer

    def tells(self, type, data, **message):
        self._due.append(Due(type, data, **message))

    def boots(self, status="Accepted", interval=300, **members):
        payload = BOOT | members
        device = {DEVICE[name]: value for name, value in payload.items()}
        decision = {"status": status, "intervalSeconds": interval}
        hears = {"status": status, "currentTime": "<now>", "interval": interval}
        self.says("BootNotification", payload, hears, ("device.online", {"device": device, "decision": decision}))

    def beats(self):
        self.says("Heartbeat", {}, {"currentTime": "<now>"})

    def shows(self, connector, status, error="NoError", **members):
        payload = {"connectorId": connector, "status": status, "errorCode": error, "timestamp": self.time()} | members
        told = payload | {"availability": AVAILABILITY[status]}
        self.says("StatusNotification", payload, {}, ("connector.status", {"connector": told}))

    def asks_for(self, id_tag, status="Accepted", **info):
        """May this tag charge? `info`: what else of it is known."""
        info = {"status": status} | info
        told = {"authorization": {"idTag": id_tag} | info}
        self.says("Authorize", {"idTag": id_tag}, {"idTagInfo": info}, ("authorization.requested", told))

    def starts(self, id_tag, connector=1, meter=0, status="Accepted", info=None, **members):
        """Starts a transaction and returns its id."""
        payload = {"connectorId": connector, "idTag": id_tag, "meterStart": meter, "timestamp": self.time()} | members
        transaction = {name: payload[name] for name in ("connectorId", "idTag", "timestamp", "reservationId") if name in payload}
        transaction |= {"id": "<text>", "meterStartWh": meter, "status": status}
        hears = {"transactionId": "<number>", "idTagInfo": {"status": status} | (info or {})}
        answer = self.says("StartTransaction", payload, hears, ("transaction.started", {"transaction": transaction}))
        assert 0 < answer["transactionId"] < 2**31
        transaction["id"] = str(answer["transactionId"])
        return answer["transactionId"]

    def meters(self, transaction, *samples, connector=1):
        """What the meter says, in a transaction or (None) outside of one."""
        meter = [{"timestamp": self.time(), "sampledValue": list(samples)}]
        payload = {"connectorId": connector, "meterValue": meter}
        told = {"connector": {"connectorId": connector}, "meter": as_told(meter)}
        if transaction is not None:
            payload["transactionId"] = transaction
            told["transaction"] = {"id": str(transaction)}
        self.says("MeterValues", payload, {}, ("meter.values", told))

    def stops(self, transaction, meter, id_tag=None, reason=None, samples=(), tag_info=ACCEPTED):
        """Ends a transaction, with the samples that the charge point kept for its end. `tag_info`: heard where it sends a tag."""
        kept = [{"timestamp": self.time(), "sampledValue": list(samples)}] if samples else []
        told = {"meterStopWh": meter, "timestamp": self.time()}
        payload = {"transactionId": transaction, "meterStop": meter, "timestamp": told["timestamp"]}
        for name, value in {"idTag": id_tag, "reason": reason}.items():
            if value is not None:
                payload[name] = told[name] = value
        event = {"transaction": told | {"id": str(transaction)}}
        if kept:
            payload["transactionData"] = kept
            event["meter"] = as_told(kept)
        hears = {"idTagInfo": tag_info} if id_tag and tag_info else {}
        self.says("StopTransaction", payload, hears, ("transaction.ended", event))

    # What it is told to do.

    def obeys(self, name, payload=None, answer=ACCEPTED, call=None, over="http", first=None):
        """A command, whose CALL is `call` (where none is given, the command itself), is answered, and its result is that answer.

        `first` is what the charge point does before it answers.
        """
        action, message_id, ended = self._hears_of(name, payload or {}, call, over)
        if first:
            first()
        self.stage.schemas.assert_valid(action, "response", answer)
        self.station.answer(message_id, answer)
        end = ended()
        assert (end["state"], end["outcome"], end["response"]) == ("completed", outcome_of(answer), response_to(name, answer))
        assert (end["error"], end["attempt"]) == (None, 1)

    def refuses(self, name, payload, code, call=None, over="http"):
        """A command that is answered with a CALLERROR has failed, and says so."""
        _, message_id, ended = self._hears_of(name, payload, call, over)
        self.station.refuse(message_id, code, "not with me")
        end = ended()
        assert (end["state"], end["outcome"], end["response"]) == ("failed", None, None)
        assert end["error"] == {"code": code, "message": "not with me", "details": {}}

    def _hears_of(self, name, payload, call, over):
        action, due = call or (name, payload)
        ended = getattr(self, f"_given_over_{over}")(name, payload)
        message_id, heard = self.station.hear_call(action)
        assert heard == due
        self.stage.schemas.assert_valid(action, "request", heard)

        def valid_end():
            end = ended()
            assert_valid(end, "result.json")
            return end

        return action, message_id, valid_end

    def _given_over_http(self, name, payload):
        waiting = self.stage.waiting.submit(self.stage.http.post, self.id, name, payload, wait=PATIENCE)

        def ended():
            response = waiting.result()
            assert response.status_code == 200, response.text
            return response.json()

        return ended

    def _given_over_kafka(self, name, payload):
        command = self.stage.kafka.send(self.id, name, payload)
        return lambda: self.stage.kafka.end_of(command)
