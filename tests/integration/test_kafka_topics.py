"""What the gateway asks of a real Kafka before it promises anything."""

import pytest
from harness.brokers import free_ports
from harness.charge_point import PATIENCE, charge_point, meter_values
from harness.commands import Commands
from harness.waiting import eventually


def test_the_topic_is_made_with_the_configured_partitions(start_gateway, settings_for, real_kafka):
    settings = settings_for(real_kafka, **{"kafka.event_partitions": 6})
    gateway = start_gateway(settings)
    assert real_kafka.partitions(gateway.topic_name) == 6
    ready = gateway.get("/health/ready").json()
    assert ready["dependencies"]["broker"]["kind"] == "kafka"


def test_a_topic_that_exists_is_taken_as_it_is(start_gateway, settings_for, real_kafka, cp_id):
    settings = settings_for(real_kafka, **{"kafka.event_partitions": 6})
    start_gateway(settings)
    second = start_gateway(settings | {"kafka.event_partitions": 9, "pod_id": "gateway-1"})
    assert real_kafka.partitions(second.topic_name) == 6
    with charge_point(second, cp_id) as station:
        assert station.call("MeterValues", meter_values(1)) == {}


def test_a_missing_topic_that_may_not_be_made_keeps_the_pod_from_being_ready(start_gateway, settings_for, real_kafka):
    gateway = start_gateway(settings_for(real_kafka, **{"kafka.create_topics": False}), wait_ready=False)
    assert_broker_is_a_problem(gateway, gateway.topic_name)
    assert real_kafka.partitions(gateway.topic_name) == 0


def test_one_replica_is_refused_unless_it_is_accepted(start_gateway, settings_for, real_kafka):
    gateway = start_gateway(settings_for(real_kafka, **{"durability.accept_weak": False}), wait_ready=False)
    assert_broker_is_a_problem(gateway, "durability.accept_weak")


@pytest.mark.parametrize("topic", ["upstream_topic", "downstream_topic", "results_topic", "dead_letter_topic"])
def test_a_topic_that_does_not_take_the_largest_records_is_refused(start_gateway, settings_for, real_kafka, topic):
    settings = settings_for(real_kafka)
    name = settings[f"kafka.{topic}"]
    real_kafka.make_topic_with(name, 8, {"max.message.bytes": "999999"})
    gateway = start_gateway(settings, wait_ready=False)
    broker = assert_broker_is_a_problem(gateway, f"topic {name} takes records of 999999 bytes only")
    assert broker["state"] == "weak topic"


def test_another_number_of_command_partitions_keeps_the_pod_from_being_ready(start_gateway, settings_for, real_kafka):
    settings = settings_for(real_kafka)
    name = settings["kafka.downstream_topic"]
    real_kafka.make_topic_with(name, 6, {})
    gateway = start_gateway(settings, wait_ready=False)
    broker = assert_broker_is_a_problem(gateway, f"topic {name} has 6 partitions and kafka.partitions says 8")
    assert broker["state"] == "wrong topic"


@pytest.mark.parametrize("topic", ["commands", "results"])
def test_a_pod_whose_topic_was_deleted_stops_and_its_successor_serves(start_gateway, settings_for, real_kafka, topic, cp_id):
    settings = settings_for(real_kafka)
    gateway = start_gateway(settings)
    with Commands(gateway) as commands:
        assert commands.end_of(commands.send(cp_id, "ClearCache", expires_in=0))["state"] == "expired"
    name = getattr(gateway, topic).name
    real_kafka.delete_topic(name)
    left_behind = "kafka consumer left behind, its topic is gone"
    eventually(PATIENCE, lambda: gateway.log(message=left_behind, topic=name), "the pod notices")
    if topic == "commands":
        eventually(PATIENCE, lambda: "restart this pod" in broker_of(gateway).get("problem", ""), "what is to be done")
    assert gateway.stop() == 0
    successor = start_gateway(settings)
    with Commands(successor) as commands:
        assert commands.end_of(commands.send(cp_id, "ClearCache", expires_in=0))["state"] == "expired"


def test_a_broker_that_is_not_there_keeps_the_pod_from_being_ready(start_gateway, settings_for, real_kafka):
    (nobody,) = free_ports(1)
    address = f"127.0.0.1:{nobody}"
    gateway = start_gateway(settings_for(real_kafka, **{"kafka.brokers": [address]}), wait_ready=False)
    assert_broker_is_a_problem(gateway, "")
    assert gateway.get("/health/ready").json()["dependencies"]["broker"]["address"] == address


def broker_of(gateway):
    return gateway.get("/health/ready").json()["dependencies"]["broker"]


def assert_broker_is_a_problem(gateway, mention):
    """Readiness comes to name it; the pod lives, and is not ready."""

    def told():
        broker = broker_of(gateway)
        return broker if broker["state"] != "up" and mention in broker["problem"] else None

    broker = eventually(PATIENCE, told, f"a problem with {mention or 'the broker'}")
    assert gateway.get("/health/ready").status_code == 503
    assert gateway.get("/health/live").status_code == 200
    return broker
