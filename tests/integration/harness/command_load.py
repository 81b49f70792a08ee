"""Many commands to a fleet through a real Kafka: the run, and the history that it leaves."""

import time
from contextlib import ExitStack
from dataclasses import dataclass

from .command_fleet import Fleet, all_connected
from .command_history import History
from .command_mix import Mix
from .command_records import Progress, Tail, produce
from .waiting import eventually

# Of the commands that a charge point gets. The gateway waits TIMEOUT seconds for an answer, most answer much sooner.
MANNERS = {
    "command_delay": "200ms",
    "silent_share": 0.03,
    "refuse_share": 0.05,
    "disconnect_share": 0.02,
    "disconnect_after_share": 0.02,
}
SLOW = {"command_delay": "4s"}  # between 2 and 6: some in time, some late
SLOW_TURN = 4  # a slow one gets a command when the others have got so many
TIMEOUT = 3
QUIET = 5  # seconds without a record after the last end: longer than a late answer takes


@dataclass(frozen=True)
class Scale:
    commands: int
    charge_points: int
    per_second: float  # commands
    partitions: int = 32
    processes: int = 1  # simulators
    slow: int = 10  # charge points, besides the others
    expiry: float = 300
    seed: int = 1


class CommandLoad:
    """Use with `with`: fleets and readers end with the block."""

    def __init__(self, folder, gateway, scale):
        self.scale = scale
        self._folder = folder
        self._gateway = gateway
        self._running = ExitStack()
        self.requests = []

    def __enter__(self):
        with ExitStack() as opening:
            self.results, self.dead_letters = (
                self._tail(opening, topic) for topic in (self._gateway.results, self._gateway.dead_letters)
            )
            self.progress = Progress(self.results)
            self.fleets = list(self._start_fleets(opening))
            all_connected(self._gateway, self.fleets, deadline=60 + self.scale.charge_points / 100)
            self._running = opening.pop_all()
        return self

    def __exit__(self, *_):
        self._running.close()

    def _tail(self, opening, topic):
        tail = Tail(self._folder, topic)
        opening.callback(tail.close)
        return tail

    def _start_fleets(self, opening):
        scale, url = self.scale, self._gateway.at.charge_points
        manners = [(f"SIM{number}-", scale.charge_points // scale.processes, MANNERS) for number in range(scale.processes)]
        for number, (prefix, count, manner) in enumerate([*manners, ("SLOW-", scale.slow, SLOW)]):
            options = manner | {"connect_rate": 500, "seed": scale.seed + number}
            fleet = Fleet(self._folder, url, prefix, count, **options)
            opening.callback(fleet.kill)
            yield fleet

    def mix(self, **options):
        scale = self.scale
        *others, slow = (fleet.ids for fleet in self.fleets)
        dealt = [charge_point for ids in others for charge_point in ids] * SLOW_TURN + slow
        return Mix(dealt, scale.partitions, scale.seed, timeout=TIMEOUT, expiry=scale.expiry, **options)

    def produce(self, **mix_options):
        mix = self.mix(**mix_options)
        self.requests = produce(self._gateway.commands, mix, self.scale.commands, self.scale.per_second)
        self.progress.expect(self.requests)

    def wait_for_the_ends(self, deadline):
        """Until every command has ended, and what may follow an end has come."""

        def all_ended():
            missing = self.progress.missing()
            assert missing == 0, f"{missing} of {len(self.requests)} have not ended; so far {dict(self.progress.states)}"
            return True

        eventually(deadline, all_ended, "every command ends")
        self._wait_for_quiet(deadline)

    def _wait_for_quiet(self, deadline):
        last = [time.monotonic()]

        def quiet():
            if self.results.read():
                last[0] = time.monotonic()
            return time.monotonic() - last[0] >= QUIET

        eventually(deadline, quiet, "no more results")

    def history(self, stops=()):
        """What has happened; the fleets leave, for their journals to be whole."""
        for fleet in self.fleets:
            fleet.leave()
        results, dead_letters = self.results.read_to_the_end(), self.dead_letters.read_to_the_end()
        journals = [fleet.journal() for fleet in self.fleets]
        return History(
            requests=self.requests,
            frames=[frame for journal in journals for frame in journal.frames],
            results=results,
            dead_letters=dead_letters,
            ends={charge_point: ends for journal in journals for charge_point, ends in journal.ends.items()},
            stops=list(stops),
        )


def assert_no_violation(history, found, shown=5):
    """The first of them, in full; the rest counted."""
    if found:
        kinds = sorted({violation.kind for violation in found})
        told = "\n".join(str(violation) for violation in found[:shown])
        raise AssertionError(f"{len(found)} violations in {len(history.requests)} requests, {', '.join(kinds)}:\n{told}")
