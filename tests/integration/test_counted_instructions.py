"""What `./dev bench instructions` says of its counts: a growth fails, and the line tells which one and what to do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from instructions import RENEW, judged  # noqa: E402

BASELINE = {"Heartbeat": 1000, "MeterValues": 20_000}


def test_counts_near_their_baseline_hold():
    lines, hold = judged("gcc-12", BASELINE, {"Heartbeat": 1099, "MeterValues": 18_100})
    assert hold
    assert not any(RENEW in line for line in lines)


def test_one_count_that_grew_by_more_than_a_tenth_fails():
    lines, hold = judged("gcc-12", BASELINE, {"Heartbeat": 1000, "MeterValues": 22_200})
    assert not hold
    assert RENEW not in lines[0]
    assert "gcc-12, MeterValues: 22,200 instructions, +11.0% against 20,000" in lines[1]
    assert RENEW in lines[1]


def test_another_one_that_shrank_makes_no_growth_good():
    _, hold = judged("gcc-12", BASELINE, {"Heartbeat": 1200, "MeterValues": 10_000})
    assert not hold


def test_a_count_that_shrank_by_more_than_a_tenth_holds_and_asks_for_a_new_baseline():
    lines, hold = judged("clang-19", BASELINE, {"Heartbeat": 800, "MeterValues": 20_000})
    assert hold
    assert "clang-19, Heartbeat: 800 instructions, -20.0% against 1,000" in lines[0]
    assert RENEW in lines[0]


def test_a_message_that_the_baseline_does_not_know_fails():
    lines, hold = judged("gcc-12", BASELINE, {"StatusNotification": 5000})
    assert not hold
    assert RENEW in lines[0]
