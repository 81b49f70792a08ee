"""The full run: many commands to many simulated charge points through a real Kafka, with a report. `./dev load` calls it.

Exit code 0 when the checker has nothing to say, 1 otherwise; the report is written in both cases.
"""

import argparse
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from harness.brokers import RealKafka, kafka_settings
from harness.command_history import violations
from harness.command_load import CommandLoad, Scale
from harness.command_report import Usage, markdown
from harness.gateway import Gateway

CHARGE_POINTS_PER_SIMULATOR = 2500
EXPIRY = 900


def main():
    arguments = _arguments()
    scale = Scale(
        commands=arguments.commands,
        charge_points=arguments.charge_points,
        per_second=arguments.rate,
        partitions=128,
        processes=-(-arguments.charge_points // CHARGE_POINTS_PER_SIMULATOR),
        slow=50,
        expiry=EXPIRY,
        seed=arguments.seed,
    )
    with tempfile.TemporaryDirectory(prefix="commands-", ignore_cleanup_errors=True) as folder:
        history, usage = _run(Path(folder), scale)
    found = violations(history)
    report = markdown(history, found, scale, usage)
    print(report)
    if arguments.report:
        arguments.report.parent.mkdir(parents=True, exist_ok=True)
        arguments.report.write_text(report)
    for violation in found[:20]:
        print(violation, file=sys.stderr)
    return 1 if found else 0


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="?", type=int, default=100_000)
    parser.add_argument("charge_points", nargs="?", type=int, default=5_000)
    parser.add_argument("--rate", type=float, default=1000, help="commands in one second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, help="write the report there, too")
    return parser.parse_args()


def _run(folder, scale):
    (folder / "kafka").mkdir()
    with closing(RealKafka(folder / "kafka")) as kafka:
        gateway = Gateway(folder, kafka_settings(folder, kafka, "load") | {"kafka.partitions": scale.partitions})
        try:
            return _run_with(folder, gateway, scale)
        finally:
            gateway.process.kill()
            gateway.process.wait()


def _run_with(folder, gateway, scale):
    usage = Usage(gateway.process.pid)
    usage.measure("ready, nobody connected")
    with CommandLoad(folder, gateway, scale) as load:
        usage.measure("all charge points connected")
        _say(f"{sum(len(fleet.ids) for fleet in load.fleets):,} charge points are connected")
        load.produce()
        usage.measure("all commands written")
        _say(f"{len(load.requests):,} commands are written, {load.progress.update():,} have ended")
        load.wait_for_the_ends(EXPIRY)
        usage.measure("all commands ended")
        _say(f"all have ended: {dict(load.progress.states)}")
        history = load.history()
    usage.measure("all charge points gone")
    _say("checking")
    assert gateway.stop() == 0, gateway.log_text()
    return history, usage


def _say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
