"""Thousands of commands on a real Kafka, to charge points that answer, refuse, are silent or gone: each ends exactly once."""

import os

from harness.command_history import states, violations
from harness.command_load import CommandLoad, Scale, assert_no_violation

SCALE = Scale(commands=int(os.environ.get("CPG_COMMANDS", "10000")), charge_points=500, per_second=500)


def test_every_command_ends_exactly_once_and_none_that_may_not_run_twice_does(
    start_gateway, settings_for, real_kafka, tmp_path
):
    gateway = start_gateway(settings_for(real_kafka, **{"kafka.partitions": SCALE.partitions}))
    with CommandLoad(tmp_path, gateway, SCALE) as load:
        load.produce()
        load.wait_for_the_ends(120)
        history = load.history()
    by_state, refusals = states(history)
    print(f"{len(history.requests)} records, {len(history.frames)} frames: {dict(by_state)}, refused {dict(refusals)}")
    assert_no_violation(history, violations(history))

    # The mix was what it should be: nothing was proven about what did not happen.
    assert set(by_state) == {"completed", "failed", "timed_out", "uncertain", "unreachable", "expired", "rejected"}
    assert set(refusals) == {"Malformed", "DuplicateId"}
    assert any(record.value.get("late") for record in history.results)
    assert {frame.deed for frame in history.frames} == {"answered", "refused", "silent", "disconnected"}
