"""Waiting for what will come, with a deadline; the only place of the suite that sleeps."""

import time


def eventually(deadline, probe, what=""):
    """The first truthy answer of probe within `deadline` seconds; its AssertionErrors mean "not yet"."""
    end = time.monotonic() + deadline
    while True:
        reason = ""
        try:
            if answer := probe():
                return answer
        except AssertionError as not_yet:
            reason = f": {not_yet}"
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what or probe}{reason}")
        time.sleep(0.02)


def settled(probe, by, seconds=2, deadline=60):
    """What the probe tells, once it has not moved by more than that for so long."""
    value, since = probe(), time.monotonic()
    end = since + deadline
    while time.monotonic() - since < seconds:
        if time.monotonic() > end:
            raise AssertionError(f"still moving after {deadline} s: {value}")
        time.sleep(0.1)
        now = probe()
        if abs(now - value) > by:
            value, since = now, time.monotonic()
    return probe()
