"""Reading a topic as a stranger would: by kcat and by a Python client that shares no code with librdkafka."""

import json
import subprocess
from collections import defaultdict
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition

from .waiting import eventually


@dataclass(frozen=True)
class Record:
    key: str
    value: str
    headers: dict
    partition: int
    offset: int

    @property
    def event(self):
        return json.loads(self.value)


def read_with_kcat(bootstrap, topic):
    """Every record so far, partition by partition."""
    command = ["kcat", "-C", "-q", "-J", "-e", "-b", bootstrap, "-t", topic, "-o", "beginning"]
    done = subprocess.run(command + ["-X", "fetch.wait.max.ms=10"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [_from_kcat(json.loads(line)) for line in done.stdout.splitlines()]


def _from_kcat(line):
    names_and_values = line.get("headers", [])
    headers = dict(zip(names_and_values[::2], names_and_values[1::2], strict=False))
    return Record(line["key"], line["payload"], headers, line["partition"], line["offset"])


def read_with_client(bootstrap, topic):
    """Every record so far, partition by partition."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=10)
    try:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        if not partitions:
            return []
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(partitions)
        records = []
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for batch in consumer.poll(timeout_ms=200).values():
                records += [record_of_client(record) for record in batch]
        return sorted(records, key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()


def record_of_client(record):
    headers = {name: value.decode() for name, value in record.headers}
    key = (record.key or b"").decode()
    return Record(key, record.value.decode(), headers, record.partition, record.offset)


READERS = {"kcat": read_with_kcat, "python-client": read_with_client}


class Topic:
    def __init__(self, bootstrap, name):
        self.bootstrap = bootstrap
        self.name = name

    def records(self, charge_point=None, reader=read_with_client):
        records = reader(self.bootstrap, self.name)
        return [record for record in records if charge_point in (None, record.key)]

    def events(self, charge_point=None, type=None):
        events = [record.event for record in self.records(charge_point)]
        return [event for event in events if type in (None, event["type"])]

    def wait_for(self, charge_point, type, count=1, deadline=15):
        """The charge point's events of this type, once there are `count` of them."""

        def enough():
            found = self.events(charge_point, type)
            return found if len(found) >= count else None

        return eventually(deadline, enough, f"{count} {type} of {charge_point} on {self.name}")


class Follower:
    """Reads a topic on from where it stopped, for who asks often."""

    def __init__(self, topic):
        self._name = topic.name
        self._consumer = KafkaConsumer(bootstrap_servers=topic.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=10)
        self._by_key = defaultdict(list)

    def close(self):
        self._consumer.close()

    def read_on(self):
        """What has come since; nothing where the topic is not there yet."""
        if not self._consumer.assignment():
            partitions = self._consumer.partitions_for_topic(self._name)
            if not partitions:
                return []
            self._consumer.assign([TopicPartition(self._name, number) for number in partitions])
            self._consumer.seek_to_beginning()
        batches = self._consumer.poll(timeout_ms=20).values()
        records = [record_of_client(record) for batch in batches for record in batch]
        for record in records:
            self._by_key[record.key].append(record)
        return records

    def read_to_the_end(self):
        """Reads on until all that is in the log by now is read."""
        self.read_on()
        ends = self._consumer.end_offsets(list(self._consumer.assignment()))
        while any(self._consumer.position(partition) < end for partition, end in ends.items()):
            self.read_on()

    def records_of(self, key):
        """All that was read of this key, in the order of its partition."""
        return self._by_key[key]

    def wait_for(self, key, count, deadline=15):
        """The key's records, once there are so many."""

        def enough():
            self.read_on()
            return self._by_key[key] if len(self._by_key[key]) >= count else None

        return eventually(deadline, enough, f"{count} records of {key} on {self._name}")


def order_of(event):
    """What consumers order a charge point's events by."""
    connection = event["data"]["connection"]
    return connection["epoch"], connection["sequence"]


def assert_in_order(records):
    """One charge point's records: one partition, and each connection's in the order in which they happened, none twice.

    Two connections of which one displaces the other live in different loops: the last words of the one may stand behind the
    first of the other. Who reads both orders them by (epoch, sequence).
    """
    assert len({record.partition for record in records}) == 1
    sequences = defaultdict(list)
    for record in records:
        epoch, sequence = order_of(record.event)
        sequences[epoch].append(sequence)
    for of_one in sequences.values():
        assert of_one == sorted(set(of_one))
