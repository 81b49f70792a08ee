"""What a process and the kernel hold at the moment, and what they hold once that has come to rest."""

import os
from pathlib import Path

from .waiting import settled


def user_bytes(pid):
    """Memory of the process's own: heap and stacks, without what it shares with its files."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Anonymous:") * 1024


def settled_user_bytes(pid):
    return settled(lambda: user_bytes(pid), by=65_536)


def settled_slab_bytes():
    """What the kernel of the whole machine holds in small objects; sockets and their files are among them."""
    return settled(lambda: _kilobytes("/proc/meminfo", "Slab:") * 1024, by=1_000_000)


def open_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def _kilobytes(file, label):
    for line in Path(file).read_text().splitlines():
        if line.startswith(label):
            return int(line.split()[1])
    raise RuntimeError(f"{file} tells nothing of {label}")
