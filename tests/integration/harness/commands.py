"""Commands as a back end sends them, over Kafka or over HTTP, and what it hears of them on `command-results`."""

import json
import subprocess
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import count
from urllib.parse import quote

import httpx
from kafka import KafkaConsumer, TopicPartition

from .topic import Follower
from .waiting import eventually

PATIENCE = 15  # seconds for a result that must come
_numbers = count(1)
GROUP = "charge-point-gateway"  # whose committed offsets say which commands are done with
ACCEPTED = {"status": "Accepted"}


def from_now(seconds):
    """A time as commands carry it."""
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Commands:
    """Over Kafka. A record of a charge point goes where its key says, so its commands and their cancels stay in order."""

    def __init__(self, gateway):
        self.gateway = gateway
        self._topic = gateway.commands.name
        self._follower = Follower(gateway.results)
        self._results = defaultdict(list)  # by command, in the order of the log

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._follower.close()

    # What it sends.

    def new_id(self, charge_point):
        return f"{charge_point}-command-{next(_numbers)}"

    def send(self, charge_point, name, payload=None, expires_in=None, **members):
        """Sends the command and returns its id; `members` are the record's others: priority, timeoutSeconds …"""
        members.setdefault("commandId", self.new_id(charge_point))
        if expires_in is not None:
            members["expiresAt"] = from_now(expires_in)
        command = {"chargePointId": charge_point, "commandName": name, "payload": payload or {}} | members
        self.write(charge_point, json.dumps(command))
        return members["commandId"]

    def send_text(self, charge_point, name, payload_text, **members):
        """As send, with the payload's very text."""
        placed = self.new_id("payload")
        members = {"commandId": self.new_id(charge_point), "payload": placed} | members
        command = json.dumps({"chargePointId": charge_point, "commandName": name} | members)
        self.write(charge_point, command.replace(json.dumps(placed), payload_text))
        return members["commandId"]

    def cancel(self, charge_point, command_id):
        self.write(charge_point, json.dumps({"commandId": command_id}), kind="cancel")

    def disconnect(self, charge_point):
        self.write(charge_point, json.dumps({"chargePointId": charge_point}), kind="disconnect")

    def write(self, key, value, kind=None, partition=None):
        """A record as it is; it is in the log when this returns."""
        headers = ["-H", f"gateway-kind={kind}"] if kind else []
        place = ["-p", str(partition)] if partition is not None else []
        self._produce(value, "-k", key, *headers, *place)

    def write_all(self, records):
        """Many records at once, as (key, value)."""
        self._produce("\n".join(f"{key}\t{value}" for key, value in records), "-K", "\t")

    def _produce(self, lines, *options):
        # kafka-python's producer does not get along with librdkafka's mock broker.
        command = ["kcat", "-P", "-b", self.gateway.at.kafka, "-t", self._topic, "-X", "partitioner=murmur2_random"]
        done = subprocess.run([*command, *options], input=lines, text=True, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr

    # What it hears.

    def results(self, command_id):
        """The results of the command so far, in the order of the log."""
        self._read()
        return self._results[command_id]

    def refusals(self, charge_point):
        """The results that name no command, written under the charge point's key."""
        return [record.event for record in self.records(charge_point) if record.event["commandId"] is None]

    def records(self, charge_point):
        """Everything that was written under the charge point's key."""
        self._read()
        return self._follower.records_of(charge_point)

    def _read(self):
        for record in self._follower.read_on():
            event = record.event
            self._results[event["commandId"]].append(event)

    def end_of(self, command_id, deadline=PATIENCE):
        """The terminal result."""
        ends = eventually(deadline, lambda: self._ends(command_id), f"a terminal result of {command_id}")
        assert len(ends) == 1, ends
        return ends[0]

    def _ends(self, command_id):
        return [result for result in self.results(command_id) if result["final"]]

    def wait_for(self, command_id, state, deadline=PATIENCE):
        """The result of this state."""

        def found():
            return [result for result in self.results(command_id) if result["state"] == state]

        return eventually(deadline, found, f"{command_id} {state}")[0]

    def states(self, command_id):
        return [result["state"] for result in self.results(command_id)]

    def dead_letters(self, charge_point):
        """The dead letters that were written under the charge point's key."""
        return [record.event for record in self.gateway.dead_letters.records(charge_point)]

    def committed(self, partition):
        """The offset that the gateway will read on from after a restart; None where it has committed none."""
        reader = KafkaConsumer(bootstrap_servers=self.gateway.at.kafka, group_id=GROUP, enable_auto_commit=False)
        try:
            return reader.committed(TopicPartition(self._topic, partition))
        finally:
            reader.close()


class HttpCommands(Commands):
    """Over HTTP; what becomes of them is heard on the topic all the same."""

    def post(self, charge_point, name, payload=None, wait=None, **members):
        """The response to a command whose body has these members as well."""
        body = {"commandName": name, "payload": payload or {}} | members
        query = {"wait": wait} if wait else {}
        return self.ask("POST", f"/v1/charge-points/{quote(charge_point)}/commands", params=query, json=body)

    def ask(self, method, path, **options):
        return httpx.request(method, self.gateway.at.api + path, trust_env=False, timeout=PATIENCE + 5, **options)

    def send(self, charge_point, name, payload=None, expires_in=None, **members):
        members.setdefault("commandId", self.new_id(charge_point))
        if expires_in is not None:
            members["expiresInSeconds"] = expires_in
        response = self.post(charge_point, name, payload, **members)
        assert response.status_code == 202, response.text
        assert response.json()["commandId"] == members["commandId"]
        return members["commandId"]

    def cancel(self, charge_point, command_id):
        response = self.ask("DELETE", f"/v1/commands/{quote(command_id)}")
        assert response.status_code == 202, response.text


def serve_next(commands, station):
    """A command behind the others: its CALL is the next that is heard, and it works."""
    probe = {"vendorId": "probe", "data": station.id}
    command = commands.send(station.id, "DataTransfer", probe)
    call, payload = station.hear_call("DataTransfer")
    assert payload == probe
    station.answer(call, ACCEPTED)
    assert commands.end_of(command)["state"] == "completed"


WAYS = {"kafka": Commands, "http": HttpCommands}
