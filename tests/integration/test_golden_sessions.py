"""Answers and events, byte for byte where the contract says so."""

from pathlib import Path

from harness.golden import play
from harness.topic import assert_in_order

OWN = Path(__file__).parent / "golden" / "session-1.6.jsonl"


def test_every_line_of_our_golden_session_is_reproduced(gateway):
    assert_in_order(play(gateway, OWN))


def test_every_line_of_the_shared_examples_is_reproduced(gateway, shared):
    assert_in_order(play(gateway, shared("examples/session-1.6.jsonl")))
