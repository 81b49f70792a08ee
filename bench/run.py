#!/usr/bin/env python3
"""Measures the gateway beside the floor and prints the figures as Markdown; --report writes docs/performance.md and its plot.

Programs come from CPG_BUILD_DIR. A figure is worth something on a machine that does nothing else.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import cpu  # noqa: E402
import cycles  # noqa: E402
import hostile  # noqa: E402
import latency  # noqa: E402
import memory  # noqa: E402
import upgrades  # noqa: E402
from report import draw, markdown  # noqa: E402
from rig import Rig, Scale  # noqa: E402

REPORT = ROOT / "docs" / "performance.md"

# In the order of a whole run. Each takes the rig and returns a Section.
PARTS = {
    "cpu": cpu.measure,
    "upgrades": upgrades.measure,
    "memory": memory.measure,
    "latency": latency.measure,
    "cycles": cycles.measure,
    "hostile": hostile.measure,
}


def main():
    arguments = _arguments()
    scale = Scale(arguments.repeats, arguments.seconds, arguments.connections, arguments.count)
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        rig = Rig(folder, scale)
        sections = [PARTS[part](rig) for part in PARTS if part in (arguments.parts or PARTS)]
    print(markdown(sections))
    if arguments.report:
        plot = arguments.report.with_suffix(".svg")
        draw(sections, plot)
        arguments.report.write_text(markdown(sections, plot.name))


def _arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measures the gateway beside the floor.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--repeats", type=int, default=Scale.repeats)
    parser.add_argument("--seconds", type=float, default=Scale.seconds, help="of every load that runs for a time")
    parser.add_argument("--connections", type=int, default=Scale.connections, help="of the idle ones")
    parser.add_argument("--count", type=int, default=Scale.cycles, help="connect cycles")
    parser.add_argument("--report", type=Path, nargs="?", const=REPORT, metavar="FILE.md",
                        help=f"write the report and its plot (default: {REPORT.relative_to(ROOT)})")
    arguments = parser.parse_args()
    for part in arguments.parts:
        if part not in PARTS:
            parser.error(f"no part {part}: {', '.join(PARTS)}")
    if arguments.report and arguments.report.suffix != ".md":
        parser.error(f"the report is Markdown, FILE.md: {arguments.report}")
    return arguments


if __name__ == "__main__":
    main()
