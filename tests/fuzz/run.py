#!/usr/bin/env python3
"""Runs fuzz targets, as many at a time as there are cores: run.py PROGRAMS FOLDER [--seconds N] [TARGET...].

PROGRAMS holds the built targets. FOLDER keeps for each target what it has learnt (corpus), what it found (findings) and its
log. An input that breaks a property stays in findings until it is removed: each run tries it again first.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

import unpack_corpus

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 600
INPUT_SECONDS_MAX = 10
MEMORY_MB_MAX = 2048
RUNS = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)


class Target:
    def __init__(self, name, programs, folder):
        self.name = name
        self.program = programs / name
        self.folder = folder / name
        self.corpus = self.folder / "corpus"
        self.findings = self.folder / "findings"
        self.log = self.folder / "log"

    def command(self, *options):
        return [str(self.program), f"-timeout={INPUT_SECONDS_MAX}", f"-rss_limit_mb={MEMORY_MB_MAX}",
                f"-artifact_prefix={self.findings}/", *options]

    def call(self, options, log):
        return subprocess.run(self.command(*options), stdout=log, stderr=subprocess.STDOUT, check=False).returncode

    def old_findings(self):
        return sorted(path for path in self.findings.iterdir() if path.is_file())

    def run(self, seconds, unpacked):
        """The line that tells how it ended, and whether nothing was found."""
        self.corpus.mkdir(parents=True, exist_ok=True)
        self.findings.mkdir(exist_ok=True)
        seeds = [path for path in (HERE / "seeds" / self.name, unpacked / self.name) if path.is_dir()]
        words = HERE / f"{self.name}.dict"
        options = [f"-max_total_time={seconds}", "-print_final_stats=1", *([f"-dict={words}"] if words.exists() else [])]
        started = time.monotonic()
        with self.log.open("w", encoding="utf-8") as log:
            again = [path for path in self.old_findings() if self.call([str(path)], log) != 0]
            failed = bool(again) or self.call([*options, str(self.corpus), *map(str, seeds)], log) != 0
        took = f"{time.monotonic() - started:.0f} s"
        if failed:
            last = max([*self.old_findings(), self.log], key=lambda path: path.stat().st_mtime)
            return f"fuzz {self.name}: {took}, FOUND {again[0] if again else last}, told in {self.log}", False
        runs = RUNS.findall(self.log.read_text(encoding="utf-8", errors="replace"))
        return f"fuzz {self.name}: {took}, {int(runs[-1]) if runs else 0:,} inputs, nothing found", True


def arguments():
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Fuzzes the readers of what comes from outside.")
    parser.add_argument("programs", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"for each target (default {SECONDS})")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all of them, where none is named")
    return parser.parse_intermixed_args()


def main():
    given = arguments()
    known = sorted(path.name for path in given.programs.iterdir() if path.is_file() and os.access(path, os.X_OK))
    if unknown := [name for name in given.targets if name not in known]:
        sys.exit(f"no fuzz target {', '.join(unknown)}; there are {', '.join(known)}")
    unpacked = given.folder / "unpacked"
    unpack_corpus.main(unpacked)
    targets = [Target(name, given.programs, given.folder) for name in given.targets or known]
    well = True
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed(pool.submit(target.run, given.seconds, unpacked) for target in targets):
            line, found_nothing = done.result()
            print(line, flush=True)
            well = well and found_nothing
    print(f"fuzz: {len(targets)} targets, " + ("nothing found" if well else "FAILED"))
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
