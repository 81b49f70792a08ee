"""What every report says of itself: when, where and of which commit it was made; and a table in Markdown."""

import os
import platform
import re
import subprocess
import time
from pathlib import Path

from .brokers import CACHE
from .gateway import BUILD


def now():
    return time.strftime("%Y-%m-%d, %H:%M UTC", time.gmtime())


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=BUILD.parent.parent)
    return done.stdout.strip()


def kafka_version():
    jar = next(Path(CACHE, "kafka", "lib").glob("kafka_2.13-*.jar"), None)
    return jar.stem.rpartition("-")[2] if jar else "of an unknown version"


def machine():
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1])
    return f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), {memory / 2**20:.0f} GiB of memory"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
