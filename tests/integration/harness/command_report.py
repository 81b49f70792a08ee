"""The report of a run of many commands, as Markdown: what was sent, how it ended, how long it took, what the checker says."""

import os
import re
import resource
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from .command_history import at_of, states
from .command_load import MANNERS, TIMEOUT
from .reports import commit, kafka_version, machine, now, table

_SHARES = (0.5, 0.95, 0.99, 1)


@dataclass
class Usage:
    """What the gateway uses, measured at moments of the run."""

    pid: int
    moments: dict = field(default_factory=dict)  # moment → (resident bytes, CPU seconds)

    def measure(self, moment):
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        self.moments[moment] = pages * resource.getpagesize(), ticks / os.sysconf("SC_CLK_TCK")
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        self.peak = int(found[1]) * 1024


def markdown(history, found, scale, usage):
    sections = [_head(history, found), _setting(scale), _ends(history), _times(history), _usage(history, usage), _verdict(found)]
    return "\n\n".join(sections) + "\n"


def _head(history, found):
    verdict = "no violation" if not found else f"**{len(found)} violations**"
    return (
        f"# {len(history.requests):,} commands to simulated charge points\n\n"
        f"A run of `./dev load` on {now()}, commit `{commit()}`: the gateway's release "
        f"build, a real Apache Kafka {kafka_version()} (one broker), {machine()}. "
        f"All programs of the run shared that machine. The checker found {verdict}."
    )


def _setting(scale):
    manners = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in MANNERS.items())
    return "\n".join(
        [
            "## What was sent",
            "",
            f"{scale.commands:,} records at {scale.per_second:g} a second to {scale.partitions} partitions, "
            f"for {scale.charge_points:,} charge points in {scale.processes} simulators ({manners}) and {scale.slow} slow ones "
            "(2 to 6 s for an answer); all of them charge and meter meanwhile. "
            f"The gateway waits {TIMEOUT} s for an answer. What may run twice and what may not, by OCPP "
            "action and by version-independent name, all priorities, some for charge points that do not exist, with duplicates, "
            "unknown names, bad payloads and malformed records (`tests/integration/harness/command_mix.py`, seed "
            f"{scale.seed}).",
        ]
    )


def _ends(history):
    by_state, refusals = states(history)
    deeds = Counter(frame.deed or "unknown" for frame in history.frames)
    late = sum(bool(record.value.get("late")) for record in history.results)
    rows = [(state, f"{count:,}") for state, count in by_state.most_common()]
    rows += [(f"refused as a record: {code}", f"{count:,}") for code, count in refusals.most_common()]
    rest = ", ".join(f"{count:,} {deed}" for deed, count in deeds.most_common())
    return "\n".join(
        [
            "## How they ended",
            "",
            table(("state", "commands"), rows),
            "",
            f"{len(history.frames):,} CALLs reached a charge point: {rest}. {late:,} late answers were told. "
            f"{len(history.results):,} records on the results topic, {len(history.dead_letters):,} dead letters.",
        ]
    )


def _times(history):
    begun = {request.command_id: request.produced_at for request in reversed(history.requests)}  # the first of an id
    sent, ends = {}, {}
    for record in history.results:
        command_id = record.value["commandId"]
        if record.state == "sent":
            sent[command_id] = at_of(record)
        elif record.final and command_id is not None:
            ends.setdefault(command_id, record)
    spans = defaultdict(list)
    for command_id, record in ends.items():
        spans[f"written → {record.state}"].append(at_of(record) - begun[command_id])
        if record.state == "completed":
            spans["sent → completed"].append(at_of(record) - sent[command_id])
    for command_id, at in sent.items():
        spans["written → sent (the last time)"].append(at - begun[command_id])
    rows = [(name, f"{len(values):,}", *_percentiles(values)) for name, values in sorted(spans.items())]
    first, last = min(begun.values()), max(at_of(record) for record in ends.values())
    per_second = Counter(int(at_of(record)) for record in ends.values())
    written = max(begun.values()) - first
    return "\n".join(
        [
            "## How long it took",
            "",
            f"Written in {written:.0f} s ({len(history.requests) / max(written, 1):,.0f} a second); the last one ended "
            f"{last - first:.0f} s after the first was written ({len(ends) / (last - first):,.0f} ends a second, "
            f"{max(per_second.values()):,} in the best second). "
            "Seconds between the records' own times, which include waiting for charge points that were gone, silent or busy:",
            "",
            table(("from → to", "commands", "median", "95 %", "99 %", "longest"), rows),
        ]
    )


def _percentiles(values):
    ordered = sorted(values)
    return [f"{ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.3f}" for share in _SHARES]


def _usage(history, usage):
    rows = [(moment, f"{size / 2**20:,.0f} MiB", f"{cpu:,.1f} s") for moment, (size, cpu) in usage.moments.items()]
    return "\n".join(
        [
            "## What the gateway used",
            "",
            table(("moment", "resident", "CPU so far"), rows),
            "",
            f"At most {usage.peak / 2**20:,.0f} MiB resident.",
        ]
    )


def _verdict(found):
    lines = ["## The checker's verdict", ""]
    if not found:
        lines += [
            "No violation: every command has exactly one terminal state, equal in every copy; no command that may not run twice was "
            "seen twice; every answer that is told was given; every time-out, uncertain end, refusal and dead letter has its reason "
            "(`tests/integration/harness/command_history.py`; that it finds planted faults is tested in "
            "`tests/integration/test_command_history.py`).",
        ]
    else:
        kinds = Counter(violation.kind for violation in found)
        lines += [table(("violation", "count"), [(kind, str(count)) for kind, count in kinds.most_common()])]
        lines += ["", "The first of each:", ""]
        lines += [f"```\n{next(each for each in found if each.kind == kind)}\n```" for kind in kinds]
    return "\n".join(lines)
