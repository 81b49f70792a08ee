#!/usr/bin/env python3
"""Counts the instructions that one message costs, by kind, and holds them against the baselines of bench/instructions.

Unlike time they do not depend on what else the machine does, so a growth is a fact: more than TOLERANCE fails. For each
compiler (a CMake preset) there is one baseline. The profiles stay in build/PRESET/instructions, for callgrind_annotate.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASELINES = ROOT / "bench" / "instructions"
COMPILERS = {"release": "gcc-12", "clang-release": "clang-19"}  # by preset
KINDS = ("Heartbeat", "StatusNotification", "MeterValues")
MESSAGES = 2000
TOLERANCE = 0.10
RENEW = "./dev bench instructions --renew"

# Libraries choose code by the processor (glibc's memcpy, OpenSSL's SHA-256, simdjson). valgrind shows them the same one on every
# machine that has AVX2: an Intel of 2013, with AVX2 and nothing newer. simdjson's choice is named all the same.
ENVIRONMENT = {"SIMDJSON_FORCE_IMPLEMENTATION": "haswell", "LC_ALL": "C", "PATH": os.defpath}


def has_avx2():
    return re.search(r"^flags\s*:.*\bavx2\b", Path("/proc/cpuinfo").read_text(), re.MULTILINE) is not None


def counted(preset, kind):
    """Instructions per message of this kind."""
    build = ROOT / "build" / preset
    profile = build / "instructions" / f"{kind}.callgrind"
    profile.parent.mkdir(exist_ok=True)
    command = ["valgrind", "--tool=callgrind", "--toggle-collect=*serve_counted*", f"--callgrind-out-file={profile}",
               build / "bench-instructions", kind, str(MESSAGES)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not collected or int(collected[1]) == 0:
        sys.exit(f"{kind}, {preset}: nothing was counted\n{done.stdout}{done.stderr}")
    return round(int(collected[1]) / MESSAGES)


def judged(compiler, baseline, counts):
    """Lines that tell how the counts stand against the baseline, and whether all hold."""
    lines, all_hold = [], True
    for kind, count in counts.items():
        before = baseline.get(kind)
        change = count / before - 1 if before else None
        line = f"{compiler}, {kind}: {count:,} instructions"
        if change is None:
            line += f", not in the baseline. To take it in: {RENEW}"
        elif change > TOLERANCE:
            line += f", {change:+.1%} against {before:,}. Make it cheaper, or say in the commit what it is good for and: {RENEW}"
        elif change < -TOLERANCE:
            line += f", {change:+.1%} against {before:,}. So that it stays so: {RENEW}"
        else:
            line += f" ({change:+.1%})"
        all_hold = all_hold and change is not None and change <= TOLERANCE
        lines.append(line)
    return lines, all_hold


def renew(file, counts):
    file.write_text(json.dumps(counts, indent=2) + "\n")
    print(f"{file.relative_to(ROOT)}: {', '.join(f'{kind} {count:,}' for kind, count in counts.items())}")


def compare(file, counts):
    """Prints how the counts stand; whether all hold."""
    lines, all_hold = judged(file.stem, json.loads(file.read_text()) if file.exists() else {}, counts)
    print("\n".join(lines))
    return all_hold


def main():
    arguments = argparse.ArgumentParser(description="Counts the instructions per message and holds them against the baselines.")
    arguments.add_argument("--renew", action="store_true", help="write the counts of now as the baselines")
    arguments.add_argument("--preset", choices=COMPILERS, action="append", help="this one only (default: all)")
    options = arguments.parse_args()
    if not has_avx2():
        sys.exit("the baselines hold for processors with AVX2, which this one lacks: nothing was counted")
    presets = options.preset or list(COMPILERS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = {preset: {kind: pool.submit(counted, preset, kind) for kind in KINDS} for preset in presets}
    all_hold = True
    for preset in presets:
        file = BASELINES / f"{COMPILERS[preset]}.json"
        counts = {kind: count.result() for kind, count in pending[preset].items()}
        if options.renew:
            renew(file, counts)
        else:
            all_hold = compare(file, counts) and all_hold
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
