"""Command records into Kafka, results and dead letters out of it, at the pace of a hundred thousand a minute."""

import json
import subprocess
import time
from collections import Counter

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from .command_history import Result
from .waiting import eventually


def produce(topic, mix, count, per_second):
    """`count` requests of the mix, at a steady rate; returns them once the log has them all."""
    producer = KafkaProducer(bootstrap_servers=topic.bootstrap, acks="all", linger_ms=5, batch_size=65536)
    failures = []
    requests = []
    began = time.monotonic()
    try:
        for number in range(count):
            if number % 20 == 0:
                time.sleep(max(0, began + number / per_second - time.monotonic()))
            request = mix.make(time.time())
            key = request.key.encode() or None
            sent = producer.send(topic.name, request.text.encode(), key=key, partition=request.partition)
            sent.add_errback(failures.append)
            requests.append(request)
        producer.flush(60)
    finally:
        producer.close()
    assert not failures, f"{len(failures)} records are not in the log: {failures[0]}"
    return requests


class Tail:
    """Everything on a topic from its beginning on, read while it grows."""

    def __init__(self, folder, topic):
        self._topic = topic
        path = folder / f"{topic.name}.jsonl"
        command = ["kcat", "-C", "-q", "-J", "-u", "-b", topic.bootstrap, "-t", topic.name, "-o", "beginning"]
        with path.open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out)
        self._file = path.open("rb")
        self._rest = b""
        self.records = []

    def read(self):
        """What came since the last time."""
        assert self._process.poll() is None, f"kcat ended with {self._process.returncode}"
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        new = [_record(json.loads(line)) for line in lines]
        self.records += new
        return new

    def read_to_the_end(self, deadline=60):
        """All records that the topic holds now."""
        total = _end(self._topic)

        def complete():
            self.read()
            return len(self.records) >= total

        eventually(deadline, complete, f"{total} records of {self._topic.name} are read")
        return self.records

    def close(self):
        self._process.kill()
        self._process.wait()
        self._file.close()


def _record(line):
    value = json.loads(line["payload"])
    if "result" in value:
        return Result(key=line["key"] or "", value=value["result"], command=value["command"])
    return Result(key=line["key"] or "", value=value)


def _end(topic):
    consumer = KafkaConsumer(bootstrap_servers=topic.bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic.name, number) for number in consumer.partitions_for_topic(topic.name) or ()]
        return sum(consumer.end_offsets(partitions).values()) - sum(consumer.beginning_offsets(partitions).values())
    finally:
        consumer.close()


class Progress:
    """How many commands have come to their end, as the results tell while they come."""

    def __init__(self, results):
        self._results = results
        self._wanted = set()
        self._malformed = 0
        self._refused = 0
        self._ended = set()
        self.states = Counter()

    def expect(self, requests):
        ids = [request.command_id for request in requests]
        self._wanted = set(ids) - {None}
        self._malformed = ids.count(None)

    def update(self):
        """The number of commands that have ended so far."""
        for record in self._results.read():
            command_id = record.value["commandId"]
            if command_id is None:
                self._refused += 1
            elif record.final and command_id not in self._ended:
                self._ended.add(command_id)
                self.states[record.state] += 1
        return len(self._ended)

    def missing(self):
        """How many of the expected ones have not."""
        self.update()
        rest = len(self._wanted) - len(self._ended)
        return rest if rest > 0 else len(self._wanted - self._ended) + max(0, self._malformed - self._refused)
