"""A real Kafka goes away in the middle of 2,000 messages a second: every message that was answered is on the topic."""

import pytest

from harness.load import Load, readings_of
from harness.topic import read_with_kcat

CHARGE_POINTS = 100
PER_SECOND = 2000


def freeze_and_thaw(kafka, load):
    kafka.freeze()
    load.wait_for_silence(1)
    kafka.thaw()


def kill_and_restart(kafka, load):
    kafka.kill()
    load.wait_for_silence(1)
    kafka.start()


@pytest.mark.parametrize("outage", [freeze_and_thaw, kill_and_restart])
def test_every_answered_message_is_on_the_topic(start_gateway, settings_for, real_kafka, outage):
    gateway = start_gateway(settings_for(real_kafka))
    with Load(gateway, CHARGE_POINTS, PER_SECOND) as load:
        load.wait_for_answers(CHARGE_POINTS)  # all have arrived
        rate = load.wait_for_answers(3 * PER_SECOND)
        outage(real_kafka, load)
        load.wait_for_answers(2 * PER_SECOND)
    print(f"{rate:.0f} answers/s before the outage, {len(load.answered)} in all")
    assert rate > 0.75 * PER_SECOND

    on_topic = readings_of(gateway.topic.records(reader=read_with_kcat))
    assert not set(load.answered) - on_topic
