"""Brokers that can be held back: a real Apache Kafka, and librdkafka's mock in a process of its own.

Both have `bootstrap`, hold() and release(): between the two no produce request is answered.
"""

import os
import signal
import socket
import subprocess
from pathlib import Path

from kafka.admin import KafkaAdminClient, NewTopic

from .gateway import BUILD
from .topic import Topic
from .waiting import eventually

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "charge-point-gateway"
_JARS = f"{CACHE}/kafka/lib/*"  # the JVM expands it
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.voters=1@127.0.0.1:{controller_port}
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# After kill -9 a broker may not register again until its old session has run out.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


def kafka_settings(folder, broker, number):
    """The gateway's configuration for an external broker; each test has its own topics there."""
    key_file = Path(folder) / "transaction.key"
    key_file.write_text("3f9c1d7ab24e58060c8be1957d02f6a43f9c1d7ab24e58060c8be1957d02f6a4\n")
    key_file.chmod(0o600)
    names = {"upstream": "events", "downstream": "commands", "results": "results", "dead_letter": "dead-letters"}
    topics = {f"kafka.{key}_topic": f"{name}-{number}" for key, name in names.items()}
    for topic in topics.values():
        broker.make_topic(topic)
    return topics | {
        "broker.kind": "kafka",
        "kafka.brokers": [broker.bootstrap],
        "kafka.partitions": 8,
        "kafka.event_partitions": 8,
        "durability.accept_weak": True,
        "ocpp.transaction_key_file": str(key_file),
    }


def free_ports(count):
    """Ports that nothing listens on, asked from the kernel together so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class RealKafka:
    def __init__(self, folder):
        self._folder = Path(folder)
        port, controller_port = free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        self._properties = self._folder / "server.properties"
        self._properties.write_text(_PROPERTIES.format(port=port, controller_port=controller_port, folder=self._folder))
        cluster_id = _storage_tool("random-uuid").split()[-1]
        _storage_tool("format", "-t", cluster_id, "-c", self._properties)
        self.start()

    def start(self):
        options = ["-Xms192m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        options += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", _JARS]
        with (self._folder / "kafka.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["java", *options, "kafka.Kafka", self._properties], stdout=log, stderr=log
            )
        eventually(60, self._serves, "Kafka answers, and every partition has a leader")

    def _serves(self):
        assert self._process.poll() is None, (self._folder / "kafka.log").read_text()
        listing = _kcat("-L", "-m", "2", "-b", self.bootstrap)
        return " 1 brokers:" in listing and "leader -1" not in listing and "not available" not in listing

    def make_topic(self, name):
        """Nothing to do: the gateway makes its topics."""

    def make_topic_with(self, name, partitions, settings):
        """A topic as an operator makes it."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
        admin.close()

    def delete_topic(self, name):
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        admin.delete_topics([name])
        admin.close()

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    hold, release = freeze, thaw

    def kill(self):
        self._process.kill()
        self._process.wait()

    def restart(self):
        self.kill()
        self.start()

    def heal(self):
        """Brings it back whatever the last test did to it."""
        if self._process.poll() is None:
            self.thaw()
        else:
            self.start()

    def partitions(self, topic):
        """How many partitions the topic has; 0 where it does not exist."""
        return _kcat("-L", "-b", self.bootstrap, "-t", topic).count("    partition ")

    close = kill


def _storage_tool(*arguments):
    command = ["java", "-cp", _JARS, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "kafka.tools.StorageTool"]
    return subprocess.run([*command, *arguments], check=True, capture_output=True, text=True).stdout


def _kcat(*arguments):
    return subprocess.run(["kcat", *arguments], capture_output=True, text=True, timeout=30).stdout


class MockBroker:
    """The project's test program `mock-broker`: one line in is one command, one line out says that it is done."""

    def __init__(self):
        self._process = subprocess.Popen(
            [BUILD / "mock-broker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.bootstrap = self._process.stdout.readline().split()[1]

    def command(self, *words):
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        answer = self._process.stdout.readline().strip()
        assert answer == "ok", f"mock-broker {words}: {answer}"

    def make_topic(self, name):
        self.command("topic", name, 8)

    def hold(self):
        self.command("down")

    def release(self):
        self.command("up")

    def round_trip(self, milliseconds):
        self.command("rtt", milliseconds)

    def fail_produce(self, *codes):
        """The next produce requests are refused with these errors of librdkafka's names, one each."""
        for code in codes:
            self.command("errors", "produce", code)

    def heal(self):
        self.command("clear", "produce")
        self.round_trip(0)
        self.release()

    def topic(self, name):
        return Topic(self.bootstrap, name)

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)
